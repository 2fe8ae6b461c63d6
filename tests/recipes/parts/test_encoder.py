"""The served forward pass in NumPy against the trained one in torch."""

import numpy as np
import torch

from penchant.recipes.parts.dropout import PooledDropout
from penchant.recipes.parts.transformer import Transformer, export

WIDTH, LIMIT, ITEMS = 16, 12, 40


def net(layers: int = 2) -> Transformer:
    generator = torch.Generator().manual_seed(1)
    made = Transformer(WIDTH, layers, 2, LIMIT, PooledDropout(0.3, 0), generator)
    # Zero biases and unit norms would hide a term that one of the two leaves out.
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator) * 0.3)
    return made.eval()


def test_numpy_forward_equals_torch_forward() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((ITEMS, WIDTH)).astype(np.float32)
    histories = [rng.integers(0, ITEMS, length) for length in (1, 5, LIMIT, LIMIT + 7)]
    for layers in (1, 2, 3):
        trained = net(layers)
        encoded = export(trained).encode(vectors, histories)
        for row, history in enumerate(histories):
            newest = history[-LIMIT:]
            with torch.no_grad():
                states = trained(torch.from_numpy(vectors[newest])[None])
            np.testing.assert_allclose(encoded[row], states[0, -1].numpy(), atol=1e-4)


def test_a_state_depends_on_nothing_newer() -> None:
    x = torch.randn(1, 8, WIDTH, generator=torch.Generator().manual_seed(2))
    changed = x.clone()
    changed[0, 5:] += 1
    trained = net()
    with torch.no_grad():
        before, after = trained(x)[0], trained(changed)[0]
    torch.testing.assert_close(before[:5], after[:5])
    assert (before[5:] - after[5:]).abs().max() > 0.01
