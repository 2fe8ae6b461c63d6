"""The model of the v2 recipes: a transformer's view of a person, fused with counted successors, in plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from penchant.lake.attributes import Columns
from penchant.recipes.base import Moment
from penchant.recipes.parts.encoder import Encoder
from penchant.recipes.parts.factored import Additions, FactoredModel
from penchant.recipes.parts.fusion import FADING, FLOOR, lift, own_bonus
from penchant.recipes.parts.item_tower import ItemTower
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.new_user import NOBODY_STARTS
from penchant.recipes.parts.occasions import Occasions

ENCODE_TOKENS = 20_000
UNTOUCHED = -20.0
"""Bias of items of which nothing is known, neither events nor metadata: below every other, yet in the list."""
UNKNOWN_TIME = -1


@dataclass(frozen=True)
class SequenceModel(FactoredModel):
    """U users known at training, I items, d dimensions."""

    encoder: Encoder
    item_vectors: np.ndarray
    """(I, d) float32, both what the transformer reads and what it is compared with; the transformer reads its own width
    of it, the first numbers, where a model compares more."""
    item_bias: np.ndarray
    """(I,) float32: recent popularity times its weight, and UNTOUCHED for items of which nothing is known."""
    item_tower: ItemTower
    """What makes vectors of metadata: all there is of the vector of an item without events."""
    user_vectors: np.ndarray
    """(U, d) float32 of each user after the last event known at training, with what their metadata says."""
    newest_times: np.ndarray
    """(U,) int64 time of that event, UNKNOWN_TIME where nobody knows."""
    tastes: np.ndarray
    """(U, d) float32 that the metadata of each user adds; (0, d) where it says nothing."""
    aim: np.ndarray
    """(d,) float32 that is added to everybody: the next event is to be of the type that weighs most."""
    occasions: Occasions
    neighbours: Neighbours
    neighbour_weight: float
    own_weight: float
    """Added to the items of the history."""
    habit_weight: float
    """Of the logarithm of how often they are in it."""
    fresh_weight: float
    """Of how freshly they were taken."""
    recency_weight: float
    """What `item_bias` holds of recent popularity; told in reports only."""
    held_out_ndcg: float
    """NDCG@25 of the events that the fit kept from training, to compare settings by; told in reports only."""
    start: np.ndarray
    """(I,) float32 scores for a person without a history."""

    @property
    def wants(self) -> frozenset[str]:
        return self.occasions.wants | (frozenset(["person"]) if len(self.tastes) else frozenset())

    def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray], newest: np.ndarray | None = None) -> Self:
        vectors, times = self.user_vectors.copy(), self.newest_times.copy()
        vectors[users] = self.encode_many(histories) + self.aim
        if len(self.tastes):
            vectors[users] += self.tastes[users]
        times[users] = UNKNOWN_TIME if newest is None else newest
        return replace(self, user_vectors=vectors, newest_times=times)

    def with_items(self, columns: Columns, count: int) -> Self:
        """The model with `count` more items, in the codes that follow, known by their metadata (rows of `columns`).

        Nothing is learnt: what the model knows of values and texts places them among the others.
        """
        vectors, described = self.item_tower.vectors(columns, count)
        more = self.neighbours.items.shape[1]
        successors = replace(
            self.neighbours,
            items=np.concatenate([self.neighbours.items, np.zeros((count, more), np.int32)]),
            weights=np.concatenate([self.neighbours.weights, np.zeros((count, more), np.float32)]),
        )
        return replace(
            self,
            item_vectors=np.concatenate([self.item_vectors, vectors]),
            item_bias=np.concatenate([self.item_bias, bias_of_unseen(described)]),
            start=np.concatenate([self.start, np.full(count, NOBODY_STARTS, np.float32)]),
            neighbours=successors,
        )

    def with_users(self, count: int) -> Self:
        """The model with `count` more users, in the codes that follow, of whom nothing is known until they are
        `brought_up`; nothing of their metadata even then."""
        more = np.zeros((count, self.user_vectors.shape[1]), np.float32)
        return replace(
            self,
            user_vectors=np.concatenate([self.user_vectors, more]),
            newest_times=np.concatenate([self.newest_times, np.full(count, UNKNOWN_TIME, np.int64)]),
            tastes=np.concatenate([self.tastes, more]) if len(self.tastes) else self.tastes,
        )

    def person_vectors(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        new = [row for row, user in enumerate(users) if user is None]
        vectors = (
            self.user_vectors[[0 if user is None else user for user in users]]
            if len(new) < len(users)
            else (np.empty((len(users), self.item_vectors.shape[1]), np.float32))
        )
        if new:
            vectors[new] = self.encode_many([histories[row] for row in new]) + self.aim
        for row, moment in enumerate(moments or ()):
            added = None if moment is None else self.moment_vector(moment, users[row])
            if added is not None:
                vectors[row] += added
        return vectors

    def moment_vector(self, moment: Moment, user: int | None = None) -> np.ndarray | None:
        newest = moment.newest
        if newest is None and user is not None and self.newest_times[user] != UNKNOWN_TIME:
            newest = int(self.newest_times[user])
        added = self.occasions.vector(moment, newest)
        if user is None and moment.person is not None and len(self.tastes):
            taste = self.tastes[moment.person]
            return taste if added is None else added + taste
        return added

    def additions(self, history: np.ndarray) -> Additions:
        added: Additions = []
        if self.neighbour_weight:
            codes, flow = self.neighbours.reached(history)
            added.append((codes, np.float32(self.neighbour_weight) * lift(flow)))
        if self.own_weight or self.habit_weight or self.fresh_weight:
            added.append(own_bonus(history, self.own_weight, self.habit_weight, self.fresh_weight))
        return added

    def added(self, history: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from penchant.recipes.parts.flows import gained  # half a second, which only those pay who answer

        neighbours = self.neighbours
        return gained(
            history,
            neighbours.influence,
            neighbours.items,
            neighbours.weights,
            FLOOR,
            self.neighbour_weight,
            self.own_weight,
            self.habit_weight,
            self.fresh_weight,
            FADING,
        )

    def terms(self, history: np.ndarray) -> dict[str, Additions]:
        codes, flow = self.neighbours.reached(history)
        return {
            "successors": [(codes, np.float32(self.neighbour_weight) * lift(flow))],
            "own": [own_bonus(history, self.own_weight, 0, 0)],
            "habit": [own_bonus(history, 0, self.habit_weight, 0)],
            "freshness": [own_bonus(history, 0, 0, self.fresh_weight)],
        }

    def encode_many(self, histories: Sequence[np.ndarray]) -> np.ndarray:
        """(B, d) float32 states of the transformer after histories, batched by length; zeros for an empty one."""
        limit, width = self.encoder.position.shape
        read = self.item_vectors[:, :width]
        vectors = np.zeros((len(histories), width), np.float32)
        lengths = np.array([min(len(history), limit) for history in histories])
        batch: list[int] = []
        order = [row for row in np.argsort(lengths, kind="stable").tolist() if lengths[row]]
        for place, row in enumerate(order):
            batch.append(row)
            following = lengths[order[place + 1]] if place + 1 < len(order) else ENCODE_TOKENS
            if following * (len(batch) + 1) > ENCODE_TOKENS:
                vectors[batch] = self.encoder.encode(read, [histories[row] for row in batch])
                batch = []
        return vectors


def bias_of_unseen(described: np.ndarray) -> np.ndarray:
    """(N,) float32 bias of items without events, of which the metadata says something or nothing (N,) bool."""
    return np.where(described, 0, UNTOUCHED).astype(np.float32)
