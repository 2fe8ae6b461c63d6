"""Counts of which items follow which, so many events apart: the raw material of PPMI, of co-occurrence and of SLIT.

Sums over pairs of events are taken one lag at a time over the flat event arrays; no history is ever a Python list.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sparse

from penchant.lake.training_set import TrainingSet

Kernel = Callable[[int, np.ndarray], np.ndarray | float]
"""Weight of the pairs `lag` events apart, given the row numbers of their later events."""


class Transitions:
    """The ordered pairs of events inside histories."""

    def __init__(self, data: TrainingSet) -> None:
        lengths = np.diff(data.offsets)
        self.item = data.item
        self.item_count = len(data.items)
        self.place = np.arange(len(data.item)) - np.repeat(data.offsets[:-1], lengths)
        """(E,) how many events of the same history are older."""
        self.newer = np.repeat(lengths, lengths) - self.place - 1
        """(E,) how many are newer."""
        self.weight = data.weight / data.weight.mean() if len(data.weight) and np.ptp(data.weight) > 0 else None
        """(E,) weight of each event as a target, 1 on average; None where all are alike."""

    def _lag(self, lag: int, kernel: Kernel, weighted: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        later = np.flatnonzero(self.place >= lag)
        values = np.broadcast_to(np.asarray(kernel(lag, later), np.float32), later.shape)
        if weighted and self.weight is not None:
            values = values * self.weight[later]
        return self.item[later - lag], self.item[later], values

    def sparse(self, lags: range, kernel: Kernel) -> sparse.csr_matrix:
        """(I, I) float32: row = earlier item, column = later item, summed over `lags`, by the later event's weight."""
        shape = (self.item_count, self.item_count)
        total = sparse.csr_matrix(shape, dtype=np.float32)
        for lag in lags:
            earlier, later, values = self._lag(lag, kernel, weighted=True)
            if len(later):
                total = total + sparse.csr_matrix((values, (earlier, later)), shape=shape)
        return total

    def dense(self, lags: range, kernel: Kernel, weighted: bool) -> np.ndarray:
        """The same as a (I, I) float32 array, for small catalogues."""
        total = np.zeros(self.item_count**2, np.float32)
        for lag in lags:
            earlier, later, values = self._lag(lag, kernel, weighted)
            np.add.at(total, earlier.astype(np.int64) * self.item_count + later, np.ascontiguousarray(values))
        return total.reshape(self.item_count, self.item_count)
