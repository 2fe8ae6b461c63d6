"""The model of semantic similarity: a vector of each item's text, and how popular and how new it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.recipes.base import Moment
from penchant.recipes.parts.factored import Additions, FactoredModel

ITSELF = -1e6
"""Puts the item that is asked about behind every other."""


@dataclass(frozen=True)
class SemanticModel(FactoredModel):
    """I items. The score of j for i is the cosine of their texts.

    Asked about an item that it does not know, or that has no text, it has the popular ones; none where there are no
    interactions.
    """

    item_vectors: np.ndarray
    """(I, d) float32 of length 1; 0 for an item without a text."""
    item_bias: np.ndarray
    """(I,) float32, so small that it only divides ties: the more popular first."""
    popularity: np.ndarray
    """(I,) float32, 0 to 1, by interactions."""
    freshness: np.ndarray
    """(I,) float32, 0 for the oldest and those of unknown age to 1 for the newest."""
    start: np.ndarray
    """(I,) float32, minus the place of each item among the popular ones; minus infinity where nobody knows."""

    def person_vectors(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        return self.item_vectors[[int(history[-1]) for history in histories]]

    def additions(self, history: np.ndarray) -> Additions:
        itself = (history[-1:].astype(np.int64), np.array([ITSELF], np.float32))
        if not self.item_vectors[history[-1]].any():  # it has no text: the popular ones
            return [(np.arange(len(self.start)), self.start - self.item_bias), itself]
        return [itself]
