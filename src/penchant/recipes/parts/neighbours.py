"""Each item's strongest successors, and the score they give to a decayed history: the counting half of a v2 model.

Rows are cut to the same length, so that a request is two gathers and one histogram instead of a loop over rows.
"""

from dataclasses import dataclass

import numpy as np

NEGLIGIBLE = 0.01
"""An event whose decayed weight is below this is left out."""


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
        depth = min(len(history), 1 + int(np.log(NEGLIGIBLE) / np.log(self.decay)))
        newest = history[-depth:]
        influence = np.power(np.float32(self.decay), np.arange(depth - 1, -1, -1, dtype=np.float32))
        flows = self.weights[newest] * influence[:, None]
        return np.bincount(self.items[newest].ravel(), flows.ravel(), minlength=len(self.items))
