"""The model of user segments: how likely each user is to take an item, times how much the user will take.

    affinity(u, S) = log sum over i in S of p(i | u) + activity(u)

p(. | u) is a softmax over the catalogue, so that users whose scores are all high gain nothing by it; activity is the
log of how much the user is expected to take. This is the split of an intensity into the user's own and the preference
for the item (Ma et al., "Recurrent intensity modeling for user recommendation and online matching", 2021). The softmax
is flatter than that of the next item, because a segment is about a longer time, and it adds to the sequence model what
the whole history says (EASE) and what is in the history already.

Only items that are asked about are scored, for a block of users at a time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Moment
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.segments import SegmentModel
from penchant.recipes.parts.sequence_model import SequenceModel

if TYPE_CHECKING:  # scipy is slow to import, and the catalogue of recipes is read without it
    from scipy.sparse import csr_matrix

    Toward: TypeAlias = np.ndarray | csr_matrix

FLOOR = 0.02
"""Keeps an item that nothing in the history speaks for from being excluded."""
SCORES_AT_ONCE = 8_000_000
"""Users times items of a block: 32 MB for each term of the scores."""
USERS_AT_ONCE = 20_000
AFFINITIES_AT_ONCE = 50_000_000
"""Questions times users that are answered in one pass over the users: 200 MB."""
ABSENT = -1e9
"""Activity of a user without an event, of whom nothing is known."""
SMALLEST = -80.0
"""Of a log probability that is still a float32 when it is none."""


@dataclass(frozen=True)
class Weights:
    """The defaults stand where validation cannot tell better."""

    sequence: float = 0.3
    """Of the sequence model's scores."""
    companions: float = 1.0
    """Of the logarithm of what the whole history says."""
    own: float = 0.0
    """Added to items in the history."""
    habit: float = 0.0
    """Of the logarithm of how often they are in it."""
    frequency: float = 1.0
    """Of the logarithm of how many events a user has."""
    half_life: float = 0.0
    """Seconds in which the activity of somebody who does nothing halves; 0 for never."""


@dataclass(frozen=True)
class Taken:
    """What each of U users took: those of user u are `offsets[u]:offsets[u + 1]` of N pairs of user and item."""

    offsets: np.ndarray
    """(U + 1,) int64."""
    items: np.ndarray
    """(N,) int32, ascending within a user."""
    times: np.ndarray
    """(N,) float32: how often."""

    @staticmethod
    def of(offsets: np.ndarray, item: np.ndarray, item_count: int) -> "Taken":
        """Of histories, as a training set has them."""
        from scipy.sparse import csr_matrix

        ones = np.ones(len(item), np.float32)
        pairs = csr_matrix((ones, item, offsets), (len(offsets) - 1, item_count), copy=True)
        pairs.sum_duplicates()
        return Taken(pairs.indptr.astype(np.int64), pairs.indices.astype(np.int32), pairs.data)

    def rows(self, users: slice, values: np.ndarray, item_count: int) -> "csr_matrix":
        """(B, I) of some users, with `values` (N,) at their pairs."""
        from scipy.sparse import csr_matrix

        offsets = self.offsets[users.start : users.stop + 1]
        part = slice(offsets[0], offsets[-1])
        return csr_matrix((values[part], self.items[part], offsets - offsets[0]), (len(offsets) - 1, item_count))

    def replaced(self, users: np.ndarray, newer: "Taken", item_count: int) -> "Taken":
        """With the rows of `newer` in the place of those of `users`."""
        from scipy.sparse import vstack

        rows = np.arange(len(self.offsets) - 1)
        rows[users] = len(rows) + np.arange(len(users))
        both = [each.rows(slice(0, len(each.offsets) - 1), each.times, item_count) for each in (self, newer)]
        pairs = vstack(both, "csr")[rows]
        return Taken(pairs.indptr.astype(np.int64), pairs.indices.astype(np.int32), pairs.data)


@dataclass(frozen=True)
class Tastes:
    """What gives the scores of items, of U users and I items."""

    user_vectors: np.ndarray
    """(U, d) float32."""
    item_vectors: np.ndarray
    """(I, d) float32."""
    item_bias: np.ndarray
    """(I,) float32."""
    companions: np.ndarray
    """(I, I) float16 of `ease.py`; (0, 0) where the catalogue is too large for it, and `neighbours` serve."""
    neighbours: Neighbours
    taken: Taken

    def terms(self, users: slice, codes: np.ndarray, toward: "Toward") -> tuple[np.ndarray, np.ndarray]:
        """(B, C) float32 each, of a block of users and some items (codes (C,), and `toward` them): the scores of the
        sequence model, and the log of what the whole history says."""
        logits = self.user_vectors[users] @ self.item_vectors[codes].T
        logits += self.item_bias[codes]
        rows = self.taken.rows(users, np.ones(len(self.taken.items), np.float32), len(self.item_bias))
        flow = rows @ toward
        spoken = np.maximum(flow if isinstance(flow, np.ndarray) else flow.toarray(), 0)
        spoken += np.float32(FLOOR)
        return logits, np.log(spoken, out=spoken)

    def add_own(self, scores: np.ndarray, users: slice, codes: np.ndarray, weights: Weights) -> None:
        """Adds what an item in the history gains, to (B, C) scores in place."""
        if not weights.own and not weights.habit:
            return
        gains = (weights.own + weights.habit * np.log(self.taken.times)).astype(np.float32)
        rows = self.taken.rows(users, gains, len(self.item_bias))
        pairs = (rows if len(codes) == len(self.item_bias) else rows[:, codes]).tocoo()
        scores[pairs.row, pairs.col] += pairs.data

    def scores(self, users: slice, codes: np.ndarray, weights: Weights, toward: "Toward") -> np.ndarray:
        """(B, C) float32."""
        logits, spoken = self.terms(users, codes, toward)
        logits *= np.float32(weights.sequence)
        spoken *= np.float32(weights.companions)
        logits += spoken
        self.add_own(logits, users, codes, weights)
        return logits

    def toward(self, codes: np.ndarray) -> "Toward":
        """(I, C): what each item in a history says for each of these."""
        if len(self.companions):
            return self.companions[:, codes].astype(np.float32)
        from scipy.sparse import csr_matrix

        near = self.neighbours
        place = np.full(len(self.item_bias), -1, np.int32)
        place[codes] = np.arange(len(codes), dtype=np.int32)
        columns = place[near.items]
        wanted = (columns >= 0) & (near.weights > 0)
        offsets = np.concatenate([[0], np.cumsum(wanted.sum(axis=1))])
        return csr_matrix((near.weights[wanted], columns[wanted], offsets), (len(place), len(codes)))

    def blocks(self, item_count: int) -> Iterator[slice]:
        """Of users, so that their scores of so many items are a bounded number."""
        users = len(self.user_vectors)
        step = max(1, min(USERS_AT_ONCE, SCORES_AT_ONCE // max(1, item_count)))
        return (slice(start, min(start + step, users)) for start in range(0, users, step))

    def totals(self, weights: Weights, breathe: Callable[[], None] = lambda: None) -> np.ndarray:
        """(U,) float32: log of the sum over the catalogue of the exponentials of the scores."""
        everything, parts = np.arange(len(self.item_bias)), [np.empty(0, np.float32)]
        toward = self.toward(everything)
        for users in self.blocks(len(everything)):
            breathe()
            parts.append(log_sum(self.scores(users, everything, weights, toward)))
        return np.concatenate(parts)


@dataclass(frozen=True)
class AffinityModel(SegmentModel):
    """U users known at training and I items."""

    sequence: SequenceModel
    companions: np.ndarray
    """As in `Tastes`."""
    taken: Taken
    total: np.ndarray
    """(U,) float32 of `Tastes.totals`."""
    activity: np.ndarray
    """(U,) float32."""
    weights: Weights

    @classmethod
    def of(
        cls,
        sequence: SequenceModel,
        companions: np.ndarray,
        data: TrainingSet,
        weights: Weights,
        breathe: Callable[[], None] = lambda: None,
    ) -> "AffinityModel":
        """`sequence` has the vectors of the users of `data`. `breathe` is called again and again."""
        taken = Taken.of(data.offsets, data.item, len(data.items))
        model = AffinityModel(sequence, companions, taken, np.empty(0), activity_of(data, weights), weights)
        return replace(model, total=model.tastes.totals(weights, breathe))

    @property
    def wants(self) -> frozenset[str]:
        return self.sequence.wants

    @property
    def tastes(self) -> Tastes:
        s = self.sequence
        return Tastes(s.user_vectors, s.item_vectors, s.item_bias, self.companions, s.neighbours, self.taken)

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        return self.sequence.scores(history, user)

    def scores_asked(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        return self.sequence.scores_asked(histories, users, moments)

    def questions(self) -> list[np.ndarray]:
        return list(np.arange(len(self.sequence.item_bias))[:, None])

    def affinities(self, asked: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        at_once = max(1, AFFINITIES_AT_ONCE // max(1, len(self.activity)))
        for start in range(0, len(asked), at_once):
            yield from self._affinities(asked[start : start + at_once])

    def _affinities(self, asked: Sequence[np.ndarray]) -> np.ndarray:
        """(Q, U) float32, in one pass over the users."""
        codes, tastes = np.unique(np.concatenate(asked)), self.tastes
        found = np.empty((len(asked), len(self.activity)), np.float32)
        places, toward = [np.searchsorted(codes, each) for each in asked], tastes.toward(codes)
        for users in tastes.blocks(len(codes)):
            shares = tastes.scores(users, codes, self.weights, toward) - self.total[users, None]
            found[:, users] = any_of(shares, places).T
        found += self.activity
        return found

    def knowing(self, data: TrainingSet) -> Self:
        users = np.flatnonzero(np.diff(data.offsets))
        histories = [data.history(user) for user in users.tolist()]
        sequence = self.sequence.brought_up(users, histories, data.timestamp[data.offsets[1:][users] - 1])
        fresh = AffinityModel.of(sequence, self.companions, data, self.weights)
        return replace(self, sequence=fresh.sequence, taken=fresh.taken, total=fresh.total, activity=fresh.activity)

    def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray], newest: np.ndarray | None = None) -> Self:
        """How active they are stays as it was, which depends on the end of all data; `knowing` brings that up too."""
        lengths = [len(history) for history in histories]
        offsets, items = np.concatenate([[0], np.cumsum(lengths)]), len(self.sequence.item_bias)
        newer = Taken.of(offsets, np.concatenate([np.empty(0, np.int32), *histories]), items)
        sequence = self.sequence.brought_up(users, histories, newest)
        model = replace(self, sequence=sequence, taken=self.taken.replaced(users, newer, items))
        return replace(model, total=model.tastes.totals(self.weights))


def activity_of(data: TrainingSet, weights: Weights) -> np.ndarray:
    """(U,) float32: log of how much each user is expected to take, up to a constant, from how many events there are
    and how long ago the newest is."""
    counts = np.diff(data.offsets)
    activity = weights.frequency * np.log(counts + 0.5)
    if weights.half_life:
        activity -= np.log(2) * idle_seconds(data) / weights.half_life
    activity[counts == 0] = ABSENT
    return activity.astype(np.float32)


def idle_seconds(data: TrainingSet) -> np.ndarray:
    """(U,) float64 from a user's newest event to the end of the data; 0 for users without one."""
    idle = np.zeros(len(data.users))
    some = np.diff(data.offsets) > 0
    if some.any():
        newest = data.timestamp[data.offsets[1:][some] - 1]
        # A few events dated into the future must not make everybody else a stranger.
        idle[some] = np.maximum(np.quantile(data.timestamp, 0.999) - newest, 0)
    return idle


def any_of(shares: np.ndarray, asked: Sequence[np.ndarray]) -> np.ndarray:
    """(B, Q): log of the sum of the probabilities of several items, from their logs (B, C); `asked` are Q arrays of
    places among the C."""
    lengths = [len(places) for places in asked]
    if all(length == 1 for length in lengths):
        return shares[:, np.concatenate(asked)]
    from scipy.sparse import csr_matrix

    offsets = np.concatenate([[0], np.cumsum(lengths)])
    members = csr_matrix(
        (np.ones(offsets[-1], np.float32), np.concatenate(asked), offsets), (len(asked), shares.shape[1])
    )
    chances = np.exp(np.maximum(shares, SMALLEST))
    return np.log((members @ chances.T).T)


def log_sum(scores: np.ndarray) -> np.ndarray:
    """(B,) float32: log of the sum of the exponentials of each row (B, I)."""
    highest = scores.max(axis=1)
    return highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))
