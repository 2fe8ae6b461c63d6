"""Each item's strongest successors, and the score they give to a decayed history: the counting half of a v2 model.

Rows are cut to the same length, so that a request is two gathers and one histogram instead of a loop over rows.
"""

from dataclasses import dataclass

import numpy as np

from penchant.recipes.parts.factored import first_of_each

NEGLIGIBLE = 0.01
"""An event whose decayed weight is below this is left out."""
COUNTED = 32_000
"""Items up to which a histogram over all is faster than summing what was sorted."""
PLACE_BITS = 32


@dataclass(frozen=True)
class Neighbours:
    items: np.ndarray
    """(I, K) int32 successors of each item; unused places hold item 0 with weight 0."""
    weights: np.ndarray
    """(I, K) float32."""
    decay: float
    """What an event's influence is multiplied by for each newer event."""

    def follow(self, history: np.ndarray) -> np.ndarray:
        """(I,) float64 weight that flows from the newest events of `history` (not empty) to each item."""
        items, flows = self._flows(history)
        return np.bincount(items, flows, minlength=len(self.items))

    def reached(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`follow` without the items that nothing flows to: distinct codes, ascending, and their weights (float64)."""
        if len(self.items) <= COUNTED:
            whole = self.follow(history)
            codes = np.flatnonzero(whole > 0)  # of a boolean, which is faster than of numbers
            return codes, whole[codes]
        items, flows = self._flows(history)
        some = np.flatnonzero(flows)
        # Sorting one number of code and place is several times faster than an argsort.
        keys = np.sort((items[some].astype(np.int64) << PLACE_BITS) | some)
        codes = keys >> PLACE_BITS
        first = first_of_each(codes)
        weights = flows[keys & ((1 << PLACE_BITS) - 1)].astype(np.float64)
        return codes[first], np.add.reduceat(weights, first) if len(first) else weights

    def _flows(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Items, repeated, and the weight that flows to each from one event."""
        depth = min(len(history), 1 + int(np.log(NEGLIGIBLE) / np.log(self.decay)))
        newest = history[-depth:]
        influence = np.power(np.float32(self.decay), np.arange(depth - 1, -1, -1, dtype=np.float32))
        flows = self.weights[newest] * influence[:, None]
        return self.items[newest].ravel(), flows.ravel()
