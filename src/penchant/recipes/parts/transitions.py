"""Counts of which items follow which, so many events apart: the raw material of PPMI, of co-occurrence and of SLIT.

Sums over pairs of events are taken one lag at a time over the flat event arrays; no history is ever a Python list. A
stretch of items or of events after the other, so that what is needed meanwhile does not grow with the events.
"""

from collections.abc import Callable, Iterator

import numpy as np
import scipy.sparse as sparse

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.stretches import stacked, stretches

Kernel = Callable[[int, np.ndarray], np.ndarray | float]
"""Weight of the pairs `lag` events apart, given the row numbers of their later events."""
Breathe = Callable[[], None]
"""Called every second or so: what it raises ends the counting."""

EVENTS_AT_ONCE = 1_000_000
"""Events whose pairs are counted in one go: some tens of megabytes."""
STRETCHES_AT_MOST = 16
"""Each costs a look at all events."""


def in_silence() -> None:
    """For whom nobody waits."""


class Transitions:
    """The ordered pairs of events inside histories."""

    def __init__(self, data: TrainingSet) -> None:
        self.item = data.item
        self.item_count = len(data.items)
        newest = (data.offsets[1:] - 1).astype(np.int32)
        self.newer = np.repeat(newest, np.diff(data.offsets)) - np.arange(len(data.item), dtype=np.int32)
        """(E,) int32 how many events of the same history are newer."""
        self.weight = data.weight / data.weight.mean() if len(data.weight) and np.ptp(data.weight) > 0 else None
        """(E,) weight of each event as a target, 1 on average; None where all are alike."""

    def _pairs(
        self, lags: range, kernel: Kernel, weighted: bool, earlier: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """For each lag the items of pairs and their weights, in the order of the events `earlier`."""
        for lag in lags:
            earlier = earlier[self.newer[earlier] >= lag]
            later = earlier + lag
            values = np.broadcast_to(np.asarray(kernel(lag, later), np.float32), later.shape)
            if weighted and self.weight is not None:
                values = values * self.weight[later]
            yield self.item[earlier], self.item[later], values

    def sparse(self, lags: range, kernel: Kernel, breathe: Breathe = in_silence) -> sparse.csr_matrix:
        """(I, I) float32: row = earlier item, column = later item, summed over `lags`, by the later event's weight."""
        parts = []
        events = np.append(0, np.cumsum(np.bincount(self.item, minlength=self.item_count)))
        for start, stop in stretches(events, max(EVENTS_AT_ONCE, len(self.item) // STRETCHES_AT_MOST)):
            breathe()
            shape = (stop - start, self.item_count)
            part = sparse.csr_matrix(shape, dtype=np.float32)
            of_these = np.flatnonzero((self.item >= start) & (self.item < stop))
            for earlier, later, values in self._pairs(lags, kernel, True, of_these):
                if len(later):
                    part = part + sparse.csr_matrix((values, (earlier - np.int32(start), later)), shape=shape)
            parts.append(part)
        return stacked(parts, self.item_count)

    def dense(self, lags: range, kernel: Kernel, weighted: bool) -> np.ndarray:
        """The same as a (I, I) float32 array, for small catalogues."""
        total = np.zeros(self.item_count**2, np.float32)
        for lag in lags:
            for start in range(0, len(self.item), EVENTS_AT_ONCE):
                events = np.arange(start, min(start + EVENTS_AT_ONCE, len(self.item)))
                for earlier, later, values in self._pairs(range(lag, lag + 1), kernel, weighted, events):
                    place = earlier.astype(np.int64) * self.item_count + later
                    np.add.at(total, place, np.ascontiguousarray(values))
        return total.reshape(self.item_count, self.item_count)
