"""The model of related items: of each item its strongest companions, and the popular items behind them."""

from dataclasses import dataclass

import numpy as np

from penchant.recipes.base import Model


@dataclass(frozen=True)
class RelatedModel(Model):
    """Row i of N weights in all is `offsets[i]:offsets[i + 1]`; most items have few companions."""

    offsets: np.ndarray
    """(I + 1,) int64."""
    items: np.ndarray
    """(N,) int32 codes of companions."""
    weights: np.ndarray
    """(N,) float32, above 0."""
    ranking: np.ndarray
    """(I,) float32, minus the place of each item among the popular ones."""

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        """The companions of the newest item of `history`, then the popular items, and that item itself at the end."""
        scores = np.array(self.ranking)
        if len(history):
            asked = int(history[-1])
            row = slice(self.offsets[asked], self.offsets[asked + 1])
            scores[self.items[row]] = self.weights[row]
            scores[asked] = -len(scores)
        return scores
