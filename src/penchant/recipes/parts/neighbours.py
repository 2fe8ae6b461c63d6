"""Each item's strongest successors, and the score they give to a decayed history: the counting half of a v2 model.

Rows are cut to the same length, so that a request is one pass over a few stretches of memory.
"""

from dataclasses import dataclass
from functools import cached_property

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
        """`follow` without the items that nothing flows to: distinct codes, ascending, and their weights (float32)."""
        from penchant.recipes.parts.flows import flowing  # half a second, which only those pay who answer

        return unpacked(flowing(*self._newest(history), self.items, self.weights))

    def _flows(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Items, repeated, and the weight that flows to each from one event."""
        newest, influence = self._newest(history)
        flows = self.weights[newest] * influence[:, None]
        return self.items[newest].ravel(), flows.ravel()

    def _newest(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The events that count, oldest first, and the influence of each (float32)."""
        influence = self.influence[-len(history) :]
        return history[-len(influence) :], influence

    @cached_property
    def influence(self) -> np.ndarray:
        """(D,) float32 of each of the newest events that count, the oldest first."""
        depth = 1 + int(np.log(NEGLIGIBLE) / np.log(self.decay))
        return np.power(np.float32(self.decay), np.arange(depth - 1, -1, -1, dtype=np.float32))


def unpacked(pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (n,) int64, ascending, and values (n,) float32 of uint64 `pairs`, a code in the upper 32 bits and the bits
    of its value in the lower: to sort such pairs takes a third of the time of finding an order and following it."""
    pairs.sort()
    return (pairs >> np.uint64(32)).astype(np.int64), pairs.astype(np.uint32).view(np.float32)
