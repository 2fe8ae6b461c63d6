"""Large matrices a stretch of rows after the other: what is needed meanwhile does not grow with them."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import scipy.sparse as sparse


def stretches(sums: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows whose sizes add up to `most` or a little less, or of one row; `sums` (R + 1,) are cumulative."""
    bounds, rows = [0], len(sums) - 1
    while bounds[-1] < rows:
        reached = int(np.searchsorted(sums, int(sums[bounds[-1]]) + most, side="right")) - 1
        bounds.append(max(bounds[-1] + 1, reached))
    return pairwise(bounds)


def stacked(parts: list[sparse.csr_matrix], columns: int) -> sparse.csr_matrix:
    """One below the other. The list is emptied meanwhile, so that not everything is there twice."""
    if not parts:
        return sparse.csr_matrix((0, columns), dtype=np.float32)
    lengths = np.concatenate([np.diff(part.indptr) for part in parts])
    indices, data = np.concatenate([part.indices for part in parts]), [part.data for part in parts]
    parts.clear()
    values = np.concatenate(data)
    offsets = np.append(0, np.cumsum(lengths, dtype=np.int64)).astype(indices.dtype)
    return sparse.csr_matrix((values, indices, offsets), (len(lengths), columns))
