"""The model of related items: of each item its strongest companions, and the popular items behind them."""

from collections.abc import Sequence
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

    def lists(self, histories: Sequence[np.ndarray], count: int) -> np.ndarray:
        """Each distinct item is looked up once, and no item that is neither a companion nor popular is looked at."""
        count = min(count, len(self.ranking))
        newest = np.array([history[-1] if len(history) else -1 for history in histories], np.int64)
        asked, place = np.unique(newest, return_inverse=True)
        popular = np.argsort(-self.ranking, kind="stable")
        found = np.empty((len(asked), count), np.int64)
        for row, item in enumerate(asked.tolist()):
            found[row] = popular[:count] if item < 0 else self._answer(item, popular, count)
        return found[place]

    def _answer(self, item: int, popular: np.ndarray, count: int) -> np.ndarray:
        row = slice(self.offsets[item], self.offsets[item + 1])
        companions = self.items[row]
        first = companions[np.argsort(-self.weights[row], kind="stable")[:count]]
        if len(first) == count:
            return first
        behind = popular[: count + len(companions) + 1]
        behind = behind[(behind != item) & ~np.isin(behind, companions)]
        return np.concatenate([first, behind, [item]])[:count]
