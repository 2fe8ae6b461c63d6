"""Metadata as numbers: what an Encoding makes of columns, and a linear tower multiplies."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy.sparse as sparse


@dataclass(frozen=True)
class Features:
    """Rows of items or users. A linear tower is a matrix W of `width` rows: `features @ W`."""

    sparse: "sparse.csr_matrix"
    """(N, F) float32: categories and numbers."""
    dense: np.ndarray
    """(N, D) float32: texts."""

    @property
    def width(self) -> int:
        """F + D."""
        return int(self.sparse.shape[1]) + self.dense.shape[1]

    @property
    def some(self) -> np.ndarray:
        """(N,) bool: whether a row says anything at all."""
        return (np.diff(self.sparse.indptr) > 0) | self.dense.any(axis=1)

    def take(self, rows: np.ndarray) -> "Features":
        return Features(self.sparse[rows], self.dense[rows])

    def __matmul__(self, weights: np.ndarray) -> np.ndarray:
        """(N, d) float32 of (F + D, d) weights."""
        split = self.sparse.shape[1]
        return (self.sparse @ weights[:split] + self.dense @ weights[split:]).astype(np.float32)
