"""The model of the v2 recipes: a transformer's view of a person, fused with counted successors, in plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from penchant.recipes.parts.encoder import Encoder
from penchant.recipes.parts.factored import Additions, FactoredModel
from penchant.recipes.parts.fusion import lift, own_bonus
from penchant.recipes.parts.neighbours import Neighbours

ENCODE_TOKENS = 20_000


@dataclass(frozen=True)
class SequenceModel(FactoredModel):
    """U users known at training, I items, d dimensions."""

    encoder: Encoder
    item_vectors: np.ndarray
    """(I, d) float32, both what the transformer reads and what it is compared with."""
    item_bias: np.ndarray
    """(I,) float32: recent popularity times its weight, and a large negative number for items nobody has touched."""
    user_vectors: np.ndarray
    """(U, d) float32 of each user after the last event known at training."""
    neighbours: Neighbours
    neighbour_weight: float
    own_weight: float
    """Added to the items of the history."""
    habit_weight: float
    """Of the logarithm of how often they are in it."""
    recency_weight: float
    """What `item_bias` holds of recent popularity; told in reports only."""
    held_out_ndcg: float
    """NDCG@25 of the events that the fit kept from training, to compare settings by; told in reports only."""
    start: np.ndarray
    """(I,) float32 scores for a person without a history."""

    def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray]) -> Self:
        vectors = self.user_vectors.copy()
        vectors[users] = self.encode_many(histories)
        return replace(self, user_vectors=vectors)

    def person_vectors(self, histories: Sequence[np.ndarray], users: Sequence[int | None]) -> np.ndarray:
        vectors = np.empty((len(users), self.item_vectors.shape[1]), np.float32)
        new = [row for row, user in enumerate(users) if user is None]
        if new:
            vectors[new] = self.encode_many([histories[row] for row in new])
        known = {row: user for row, user in enumerate(users) if user is not None}
        if known:
            vectors[list(known)] = self.user_vectors[list(known.values())]
        return vectors

    def additions(self, history: np.ndarray) -> Additions:
        added: Additions = []
        if self.neighbour_weight:
            codes, flow = self.neighbours.reached(history)
            added.append((codes, np.float32(self.neighbour_weight) * lift(flow)))
        if self.own_weight or self.habit_weight:
            added.append(own_bonus(history, self.own_weight, self.habit_weight))
        return added

    def encode_many(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """(B, d) float32 vectors of histories, batched by length; zeros for an empty one."""
        vectors = np.zeros((len(histories), self.item_vectors.shape[1]), np.float32)
        limit = len(self.encoder.position)
        lengths = np.array([min(len(history), limit) for history in histories])
        batch: list[int] = []
        order = [row for row in np.argsort(lengths, kind="stable").tolist() if lengths[row]]
        for place, row in enumerate(order):
            batch.append(row)
            following = lengths[order[place + 1]] if place + 1 < len(order) else ENCODE_TOKENS
            if following * (len(batch) + 1) > ENCODE_TOKENS:
                vectors[batch] = self.encoder.encode(self.item_vectors, [histories[row] for row in batch])
                batch = []
        return vectors
