"""Each item's strongest successors, and the score they give to a decayed history: the counting half of a v2 model.

Rows are cut to the same length, so that a request is one pass over a few stretches of memory.
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
        items, flows = self._flows(history)
        return np.bincount(items, flows, minlength=len(self.items))

    def reached(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`follow` without the items that nothing flows to: distinct codes, ascending, and their weights (float64)."""
        from penchant.recipes.parts.flows import flowing  # half a second, which only those pay who answer

        codes, flows = flowing(*self._newest(history), self.items, self.weights)
        order = np.argsort(codes)
        return codes[order].astype(np.int64), flows[order]

    def _flows(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Items, repeated, and the weight that flows to each from one event."""
        newest, influence = self._newest(history)
        flows = self.weights[newest] * influence[:, None]
        return self.items[newest].ravel(), flows.ravel()

    def _newest(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The events that count, oldest first, and the influence of each (float32)."""
        depth = min(len(history), 1 + int(np.log(NEGLIGIBLE) / np.log(self.decay)))
        return history[-depth:], np.power(np.float32(self.decay), np.arange(depth - 1, -1, -1, dtype=np.float32))
