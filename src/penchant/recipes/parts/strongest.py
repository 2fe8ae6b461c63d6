"""Cuts each row of an item-item matrix to its largest positive weights, which makes a `Neighbours`."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sparse

from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.stretches import stretches

ENTRIES_AT_ONCE = 1_000_000
"""Of a sparse matrix, that are sorted in one go."""


def strongest(row_block: Callable[[int, int], np.ndarray], item_count: int, size: int, decay: float) -> Neighbours:
    """The `size` largest positive weights of each row; `row_block(start, stop)` gives dense rows."""
    size = min(size, item_count)
    items = np.zeros((item_count, size), np.int32)
    weights = np.zeros((item_count, size), np.float32)
    block = max(1, 4_000_000 // item_count)
    for start in range(0, item_count, block):
        rows = row_block(start, min(start + block, item_count))
        best = np.argpartition(rows, -size, axis=1)[:, -size:] if size < item_count else np.argsort(rows, axis=1)
        values = np.maximum(np.take_along_axis(rows, best, axis=1), 0)
        items[start : start + len(rows)] = np.where(values > 0, best, 0)
        weights[start : start + len(rows)] = values
    return Neighbours(items, weights, decay)


def strongest_sparse(matrix: sparse.csr_matrix, size: int, decay: float) -> Neighbours:
    """The same from a sparse matrix, whose rows are never made dense."""
    lengths = np.diff(matrix.indptr)
    size = int(min(size, max(lengths.max(initial=0), 1)))
    items = np.zeros((matrix.shape[0], size), np.int32)
    weights = np.zeros((matrix.shape[0], size), np.float32)
    for start, stop in stretches(matrix.indptr, ENTRIES_AT_ONCE):
        entries = slice(matrix.indptr[start], matrix.indptr[stop])
        rows = np.repeat(np.arange(start, stop), lengths[start:stop])
        place = np.arange(entries.start, entries.stop) - np.repeat(matrix.indptr[start:stop], lengths[start:stop])
        kept = place < size
        order = np.lexsort((-matrix.data[entries], rows))[kept]
        items[rows[kept], place[kept]] = matrix.indices[entries][order]
        weights[rows[kept], place[kept]] = matrix.data[entries][order]
    return Neighbours(items, weights, decay)
