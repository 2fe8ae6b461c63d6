"""Numbers: each column is divided at its quantiles, and a value lies between two of the marks, nearer to one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penchant.lake.attributes import Columns, Numbers
from penchant.recipes.parts.metadata.keys import keys, places

if TYPE_CHECKING:
    import scipy.sparse as sparse

MARKS = 16
"""A scale has as many, or one for each different value."""


@dataclass(frozen=True)
class Scales:
    """Values of any size and spread are read alike, a price as well as a time."""

    columns: np.ndarray
    """(K,) uint64 keys of the columns, ascending."""
    marks: np.ndarray
    """(K, MARKS) float64, ascending; the last repeats where there are fewer."""

    @staticmethod
    def fit(columns: Columns) -> "Scales":
        """A column of one value, or none, has no scale: it divides nothing."""
        found: list[tuple[int, np.ndarray]] = []
        for name, column in columns.items():
            if isinstance(column, Numbers):
                values = column.values[np.isfinite(column.values)]
                marks = np.unique(values)
                if len(marks) > MARKS:
                    marks = np.unique(np.quantile(values, np.linspace(0, 1, MARKS), method="nearest"))
                if len(marks) > 1:
                    found.append((int(keys(name)[0]), np.pad(marks, (0, MARKS - len(marks)), mode="edge")))
        found.sort(key=lambda pair: pair[0])
        return Scales(
            np.array([key for key, _ in found], np.uint64),
            np.array([marks for _, marks in found], np.float64).reshape(len(found), MARKS),
        )

    def features(self, columns: Columns, rows: int) -> "sparse.csr_matrix":
        """(N, K MARKS) float32: two neighbouring marks of each scale, whose weights are 1 together; a null has none."""
        import scipy.sparse as sparse

        row, place, weight = [np.empty(0, np.int64)], [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        for name, column in sorted(columns.items()):
            scale = int(places(self.columns, keys(name))[0]) if isinstance(column, Numbers) else -1
            if isinstance(column, Numbers) and scale >= 0:
                some = np.flatnonzero(~np.isnan(column.values))
                marks = np.unique(self.marks[scale])
                at = np.interp(column.values[some], marks, np.arange(len(marks)))
                lower = np.minimum(at.astype(np.int64), len(marks) - 2)
                row += [some, some]
                place += [scale * MARKS + lower, scale * MARKS + lower + 1]
                weight += [(lower + 1 - at).astype(np.float32), (at - lower).astype(np.float32)]
        shape = (rows, len(self.columns) * MARKS)
        matrix = sparse.csr_matrix((np.concatenate(weight), (np.concatenate(row), np.concatenate(place))), shape)
        matrix.eliminate_zeros()
        return matrix
