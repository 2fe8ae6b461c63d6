"""The linear tower over metadata, trained by torch: import it in `fit` only."""

import numpy as np
import torch
from torch.nn import functional

from penchant.recipes.parts.metadata.features import Features
from penchant.recipes.parts.row_adam import RowAdam

START = 0.02
"""Standard deviation of a weight before training."""


class Tower:
    """`features @ weights`, with a gradient. Of each step: one call with the rows it touches, `backward`, and `step`.

    A step costs what its rows have, not what the catalogue has; features that it does not touch keep their moments, as
    in RowAdam.
    """

    def __init__(
        self, features: Features, size: int, generator: torch.Generator, device: torch.device | str = "cpu"
    ) -> None:
        self.features = features
        split = features.sparse.shape[1]
        start = (START * torch.randn(features.width, size, generator=generator)).to(device)
        self.values, self.texts = RowAdam(start[:split].clone()), RowAdam(start[split:].clone())
        self._of_texts = torch.arange(features.width - split, device=device)
        self._touched = torch.empty(0, dtype=torch.long)
        self._values, self._texts = self.values.table, self.texts.table

    def __call__(self, rows: np.ndarray) -> torch.Tensor:
        """(B, size) of the rows (B,) int."""
        device = self.values.table.device
        self._texts = self.texts.table.clone().requires_grad_()
        vectors = torch.from_numpy(self.features.dense[rows]).to(device) @ self._texts
        some = self.features.sparse[rows]
        touched, places = np.unique(some.indices, return_inverse=True)
        self._touched = torch.from_numpy(touched.astype(np.int64)).to(device)
        if not len(touched):
            return vectors
        self._values = self.values.table[self._touched].requires_grad_()
        return vectors + functional.embedding_bag(
            torch.from_numpy(places.astype(np.int64)).to(device),
            self._values,
            torch.from_numpy(some.indptr.astype(np.int64)).to(device),
            per_sample_weights=torch.from_numpy(some.data).to(device),
            mode="sum",
            include_last_offset=True,
        )

    def step(self, learning_rate: float) -> None:
        """Moves the weights of the newest call against their gradient."""
        if len(self._touched) and self._values.grad is not None:
            self.values.step(self._touched, self._values.grad, learning_rate)
        if len(self._of_texts) and self._texts.grad is not None:
            self.texts.step(self._of_texts, self._texts.grad, learning_rate)

    def weights(self) -> np.ndarray:
        """(F + D, size) float32, what `Features @` takes."""
        return np.concatenate([self.values.table.cpu().numpy(), self.texts.table.cpu().numpy()])
