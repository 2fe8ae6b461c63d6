"""Categories: each value of each column that two rows share is a feature."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penchant.lake.attributes import Categories, Columns
from penchant.recipes.parts.metadata.keys import keys, places

if TYPE_CHECKING:
    import scipy.sparse as sparse

VALUES = 100_000
"""Values that are kept, the commonest."""


@dataclass(frozen=True)
class Values:
    known: np.ndarray
    """(V,) uint64 keys, ascending."""

    @staticmethod
    def fit(columns: Columns) -> "Values":
        """A value that one row alone has says nothing about another, and is left out."""
        found, counts = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
        for name, column in sorted(columns.items()):
            if isinstance(column, Categories):
                found.append(keys(name, column.words))
                counts.append(np.bincount(column.codes, minlength=len(column.words)))
        key, count = np.concatenate(found), np.concatenate(counts)
        shared = np.flatnonzero(count >= 2)
        shared = shared[np.argsort(-count[shared], kind="stable")[:VALUES]]
        return Values(np.unique(key[shared]))

    def features(self, columns: Columns, rows: int) -> "sparse.csr_matrix":
        """(N, V) float32; the k values of a row in one column weigh 1 / sqrt(k) each."""
        import scipy.sparse as sparse

        row, place, weight = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for name, column in sorted(columns.items()):
            if isinstance(column, Categories):
                lengths = np.diff(column.offsets)
                row.append(np.repeat(np.arange(rows), lengths))
                place.append(places(self.known, keys(name, column.words))[column.codes])
                weight.append(np.repeat(1 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32))
        at, to, of = np.concatenate(row), np.concatenate(place), np.concatenate(weight)
        known = to >= 0
        return sparse.csr_matrix((of[known], (at[known], to[known])), (rows, len(self.known)), dtype=np.float32)
