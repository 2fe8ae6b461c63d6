"""The model of similar items: a vector of each item, how popular it is, and who followed whom.

Kept as vectors rather than as lists of companions. Lists would need all pairs of a million items at training, and
gigabytes; vectors are looked into by the index of `serving/`, and whatever a filter leaves over is in order of
similarity down to the last item.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.recipes.base import Moment
from penchant.recipes.parts.factored import Additions, FactoredModel
from penchant.recipes.parts.fusion import lift
from penchant.recipes.parts.neighbours import Neighbours

ITSELF = -1e6
"""Puts the item that is asked about behind every other."""


@dataclass(frozen=True)
class SimilarModel(FactoredModel):
    """I items. The score of j for i is an estimate of how likely j is to follow i, less the discount of its popularity.

    Asked about the newest item of a history; an item of which it knows nothing has the popular ones.
    """

    item_vectors: np.ndarray
    """(I, d) float32, of the same length all but those of which nothing is known, which are 0."""
    item_bias: np.ndarray
    """(I,) float32: log popularity times its weight, less the discount."""
    neighbours: Neighbours
    neighbour_weight: float
    popularity_weight: float
    """What `item_bias` holds of log popularity before the discount; told in reports only."""
    held_out_ndcg: float
    """NDCG@25 of the events that the fit kept from training, to compare settings by; told in reports only."""
    start: np.ndarray
    """(I,) float32, minus the place of each item among the popular ones."""

    def person_vectors(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        return self.item_vectors[[int(history[-1]) for history in histories]]

    def additions(self, history: np.ndarray) -> Additions:
        newest = history[-1:]
        itself = (newest.astype(np.int64), np.array([ITSELF], np.float32))
        codes, flow = self.neighbours.reached(newest)
        if not len(codes) and not self.item_vectors[newest[0]].any():  # nothing is known of it: the popular ones
            return [(np.arange(len(self.start)), self.start - self.item_bias), itself]
        return [(codes, np.float32(self.neighbour_weight) * lift(flow)), itself]
