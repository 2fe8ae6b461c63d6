"""The tower of occasions: weights from features, what it hides, and what it leaves at 0."""

import numpy as np
import scipy.sparse as sparse
import torch

from penchant.recipes.parts.occasion_tower import OccasionTower

FEATURES = sparse.csr_matrix(np.array([[1, 0, 0.5, 0], [0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]], np.float32))
GROUP = np.array([0, 0, 2, 3])


def tower(hidden: float) -> OccasionTower:
    return OccasionTower(FEATURES, GROUP, 3, hidden, np.random.default_rng(0))


def learn(made: OccasionTower, steps: int) -> None:
    target = torch.tensor([[1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, -1.0]])
    for _ in range(steps):
        ((made(np.arange(4)) - target) ** 2).sum().backward()
        made.step(0.02)


def test_it_learns_what_features_say() -> None:
    made = tower(0.0)
    learn(made, 600)
    np.testing.assert_allclose(FEATURES @ made.weights(), [[1, 0, 0], [0, 2, 0], [0, 0, 0], [1, 0, -1]], atol=0.02)


def test_what_never_occurs_stays_at_zero() -> None:
    made = tower(0.2)
    learn(made, 20)
    assert not made.weights()[3].any()
    assert made.weights()[:3].any(axis=1).all()


def test_groups_are_hidden_by_themselves_and_together() -> None:
    made = tower(0.3)
    with torch.no_grad():
        made.table.table[:] = torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 1.0, 0], [0, 0, 0]])
    seen = torch.stack([made(np.array([0]))[0] for _ in range(2_000)]).detach().numpy()
    shares = {(bool(row[0]), bool(row[1])) for row in seen}
    assert shares == {(True, True), (True, False), (False, True), (False, False)}
    assert np.mean(seen[:, 0] > 0) == np.clip(np.mean(seen[:, 0] > 0), 0.45, 0.53)  # .7 squared
    assert np.mean(seen[:, :2].any(axis=1)) < 0.7 + 0.03
