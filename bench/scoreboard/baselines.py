"""What a recipe has to beat: lists and closed forms that take seconds, each tuned on a window before the test.

The window is the newest tenth of the training events, cut off as the test is (`penchant.measure.temporal`); the
settings with the highest NDCG@10 there are fitted again on the whole training. Whether the items of the history are
taken out of the list is one more setting: films are not rated twice, goods are bought again.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse as sparse

from penchant.lake.training_set import TrainingSet
from penchant.measure.temporal import temporal_split
from penchant.recipes.parts.transitions import Transitions

from .tasks import Asked, Scorer, temporal_task

DAY = 86_400
TUNING_USERS = 1_000
EASE_ITEMS = 8_000
"""The most frequent items, which EASE relates; it needs the square of them in memory, and their cube of time."""


class Baseline(ABC):
    """Fits in two steps, so that settings of scoring alone are tried without counting again."""

    name: str
    counted_with: Mapping[str, Sequence[Any]] = {}
    """Settings of `count`, and what is tried for each."""
    scored_with: Mapping[str, Sequence[Any]] = {}
    """Settings of `score`."""

    @abstractmethod
    def count(self, training: TrainingSet, *_: Any, **settings: Any) -> Any: ...

    @abstractmethod
    def score(self, counts: Any, histories: Sequence[np.ndarray], *_: Any, **settings: Any) -> np.ndarray:
        """(B, I) float32."""

    def scorer(self, counts: Any, without_seen: bool, **settings: Any) -> Scorer:
        def scores(asked: Asked) -> np.ndarray:
            found = self.score(counts, asked.histories, **settings)
            if without_seen:
                for row, history in enumerate(asked.histories):
                    found[row, history] = -np.inf
            return found

        return scores

    def tuned(self, training: TrainingSet) -> tuple[Scorer, dict[str, Any]]:
        """The best of all combinations, and its settings."""
        window = temporal_task(temporal_split(training, most_users=TUNING_USERS))
        best = -1.0
        chosen: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        for counting in combinations(self.counted_with):
            counts = self.count(window.training, **counting)
            for scoring in combinations({**self.scored_with, "without_seen": (False, True)}):
                value = float(np.nanmean(window.judge(self.scorer(counts, **scoring)).each["NDCG@10"]))
                if value > best:
                    best, chosen = value, (counting, scoring)
        counting, scoring = chosen
        return self.scorer(self.count(training, **counting), **scoring), counting | scoring | {
            "held out": round(best, 4)
        }


def combinations(choices: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())]


class PopularLately(Baseline):
    """Events of the last days, the newest of all counting as now."""

    name = "popular in the last days"
    counted_with = {"days": (1, 7, 30)}

    def count(self, training: TrainingSet, days: int) -> np.ndarray:
        recent = training.timestamp > training.timestamp.max() - days * DAY
        return np.bincount(training.item[recent], minlength=len(training.items)).astype(np.float32)

    def score(self, counts: np.ndarray, histories: Sequence[np.ndarray]) -> np.ndarray:
        return np.tile(counts, (len(histories), 1))


class CoOccurrence(Baseline):
    """What follows within a few events, discounted by distance and by how common both items are."""

    name = "decayed co-occurrence"
    counted_with = {"window": (1, 5, 10), "discount": (0.0, 0.3, 0.6)}
    scored_with = {"decay": (0.3, 0.5, 0.8, 0.9)}

    def count(self, training: TrainingSet, window: int, discount: float) -> sparse.csr_matrix:
        counts = Transitions(training).sparse(range(1, window + 1), lambda lag, _: 1 / lag)
        earlier = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1e-9)
        later = np.maximum(np.asarray(counts.sum(axis=0)).ravel(), 1)
        return sparse.csr_matrix(
            sparse.diags(earlier**-0.5) @ counts @ sparse.diags(later**-discount), dtype=np.float32
        )

    def score(self, counts: sparse.csr_matrix, histories: Sequence[np.ndarray], decay: float) -> np.ndarray:
        return (faded(histories, counts.shape[0], decay) @ counts).toarray()


class Ease(Baseline):
    """The linear autoencoder of Steck (WWW 2019): one ridge regression of all items on one another."""

    name = "EASE"
    counted_with = {"ridge": (10.0, 50.0, 250.0, 1000.0)}
    scored_with = {"decay": (0.5, 0.8, 0.95, 1.0)}

    def count(self, training: TrainingSet, ridge: float) -> tuple[np.ndarray, np.ndarray, int]:
        frequency = np.bincount(training.item, minlength=len(training.items))
        items = np.sort(np.argsort(-frequency, kind="stable")[: min(EASE_ITEMS, (frequency > 0).sum())])
        taken = taken_by(training)[:, items]
        gram = (taken.T @ taken).toarray().astype(np.float64)
        gram[np.diag_indices_from(gram)] += ridge
        inverse = scipy.linalg.inv(gram, overwrite_a=True, check_finite=False)
        weights = (-inverse / np.diag(inverse)).astype(np.float32)
        np.fill_diagonal(weights, 0)
        return items, weights, len(training.items)

    def score(
        self, counts: tuple[np.ndarray, np.ndarray, int], histories: Sequence[np.ndarray], decay: float
    ) -> np.ndarray:
        items, weights, catalogue = counts
        scores = np.zeros((len(histories), catalogue), np.float32)
        scores[:, items] = faded(histories, catalogue, decay)[:, items] @ weights
        return scores


class LastItem(Baseline):
    """Neighbours of the newest item alone: cosine of who took both, shrunk; popular items behind."""

    name = "last-item neighbours"
    counted_with = {"shrinkage": (0, 5, 10, 50)}

    def count(self, training: TrainingSet, shrinkage: float) -> tuple[sparse.csr_matrix, np.ndarray]:
        taken = taken_by(training)
        people = np.asarray(taken.sum(axis=0)).ravel()
        both = sparse.csr_matrix(taken.T @ taken)
        both.setdiag(0)
        both.eliminate_zeros()
        scale = sparse.diags(1 / np.sqrt(np.maximum(people, 1)))
        cosine = sparse.csr_matrix(scale @ both @ scale)
        cosine.data = cosine.data * (both.data / (both.data + shrinkage))
        return cosine, (people / (people.max() + 1) * 1e-6).astype(np.float32)

    def score(self, counts: tuple[sparse.csr_matrix, np.ndarray], histories: Sequence[np.ndarray]) -> np.ndarray:
        cosine, behind = counts
        return cosine[[int(history[-1]) for history in histories]].toarray().astype(np.float32) + behind


def taken_by(training: TrainingSet) -> sparse.csr_matrix:
    """(U, I) float32 of ones: who took what, however often."""
    shape = (len(training.users), len(training.items))
    taken = sparse.csr_matrix(
        (np.ones(len(training.item), np.float32), training.item, training.offsets), shape, copy=True
    )
    taken.sum_duplicates()
    taken.data[:] = 1
    return taken


def faded(histories: Sequence[np.ndarray], items: int, decay: float) -> sparse.csr_matrix:
    """(B, I) float32: each history's items, the newest weighing 1, each older one `decay` times as much."""
    lengths = np.array([len(history) for history in histories])
    ages = np.concatenate([np.arange(length)[::-1] for length in lengths])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    weights = np.power(np.float32(decay), ages.astype(np.float32))
    return sparse.csr_matrix((weights, np.concatenate(histories), offsets), (len(histories), items))


def first_order_markov(training: TrainingSet) -> Scorer:
    """The most frequent next items of the last item, the popular ones behind: a plain list to hold others against."""
    following = Transitions(training).sparse(range(1, 2), lambda lag, _: 1.0)
    popular = np.bincount(training.item, minlength=len(training.items)).astype(np.float64)
    behind = popular / (popular.max() + 1)

    def scores(asked: Asked) -> np.ndarray:
        return following[[int(history[-1]) for history in asked.histories]].toarray() + behind

    return scores


def popularity(training: TrainingSet) -> Scorer:
    counts = np.bincount(training.item, minlength=len(training.items)).astype(np.float32)
    return lambda asked: np.tile(counts, (len(asked.histories), 1))


TUNED: tuple[type[Baseline], ...] = (PopularLately, CoOccurrence, Ease, LastItem)
