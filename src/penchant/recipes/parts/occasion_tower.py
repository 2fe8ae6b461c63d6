"""The vectors of occasions, trained beside the transformer (imports torch): import it in `fit` only."""

import numpy as np
import scipy.sparse as sparse
import torch
from torch.nn import functional

from penchant.recipes.parts.occasions import GROUPS
from penchant.recipes.parts.row_adam import RowAdam


class OccasionTower:
    """`features @ weights`, of which any group of features, or all of them, may be hidden while training: so a request
    of which less is known is answered as well. Of each step: one call, `backward`, and `step`.

    Weights start at 0, and those of what never occurs stay there.
    """

    def __init__(
        self,
        features: sparse.csr_matrix,
        group: np.ndarray,
        size: int,
        hidden: float,
        rng: np.random.Generator,
        device: torch.device | str = "cpu",
    ) -> None:
        """`group` (F,) is the place in GROUPS of each feature; `hidden` the share of what is kept from view."""
        self.features, self.group, self.hidden, self.rng = features, group, hidden, rng
        self.table = RowAdam(torch.zeros(len(group), size, device=device))
        self._touched = torch.empty(0, dtype=torch.long)
        self._rows = self.table.table

    def __call__(self, rows: np.ndarray) -> torch.Tensor:
        """(B, size) of the rows (B,) int of the features."""
        some = self.features[rows]
        shown = self.rng.random((len(rows), len(GROUPS)), np.float32) >= self.hidden
        shown &= self.rng.random((len(rows), 1), np.float32) >= self.hidden
        of_row = np.repeat(np.arange(len(rows)), np.diff(some.indptr))
        weights = some.data * shown[of_row, self.group[some.indices]]
        touched, places = np.unique(some.indices, return_inverse=True)
        device = self.table.table.device
        self._touched = torch.from_numpy(touched.astype(np.int64)).to(device)
        self._rows = self.table.table[self._touched].requires_grad_()
        return functional.embedding_bag(
            torch.from_numpy(places.astype(np.int64)).to(device),
            self._rows,
            torch.from_numpy(some.indptr.astype(np.int64)).to(device),
            per_sample_weights=torch.from_numpy(weights.astype(np.float32)).to(device),
            mode="sum",
            include_last_offset=True,
        )

    def step(self, learning_rate: float) -> None:
        """Moves the weights of the newest call against their gradient."""
        if len(self._touched) and self._rows.grad is not None:
            self.table.step(self._touched, self._rows.grad, learning_rate)

    def weights(self) -> np.ndarray:
        """(F, size) float32."""
        return self.table.table.cpu().numpy()
