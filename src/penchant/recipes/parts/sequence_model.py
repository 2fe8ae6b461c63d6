"""The model of the v2 recipes: a transformer's view of a person, fused with counted successors, in plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from penchant.recipes.base import Model
from penchant.recipes.parts.encoder import Encoder
from penchant.recipes.parts.fusion import add_own, log_flow
from penchant.recipes.parts.neighbours import Neighbours

ENCODE_TOKENS = 20_000


@dataclass(frozen=True)
class SequenceModel(Model):
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

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        if len(history) == 0:
            return np.array(self.start)
        vector = self.encoder.encode(self.item_vectors, [history])[0] if user is None else self.user_vectors[user]
        scores = self.item_vectors @ vector
        scores += self.item_bias
        self._add_terms(scores, history)
        return scores

    def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray]) -> Self:
        vectors = self.user_vectors.copy()
        vectors[users] = self.encode_many(histories)
        return replace(self, user_vectors=vectors)

    def scores_many(self, histories: Sequence[np.ndarray], users: np.ndarray | None = None) -> np.ndarray:
        vectors = self.encode_many(histories) if users is None else self.user_vectors[users]
        scores = vectors @ self.item_vectors.T
        scores += self.item_bias
        for row, history in enumerate(histories):
            if len(history):
                self._add_terms(scores[row], history)
            else:
                scores[row] = self.start
        return scores

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

    def _add_terms(self, scores: np.ndarray, history: np.ndarray) -> None:
        """Adds to the scores (I,), in place, what depends on the history beside the transformer."""
        if self.neighbour_weight:
            flow = log_flow(self.neighbours.follow(history))
            flow *= np.float32(self.neighbour_weight)
            scores += flow
        if self.own_weight or self.habit_weight:
            add_own(scores, history, self.own_weight, self.habit_weight)
