"""Inverted lists over item vectors: a person's best items without a product with every vector of a large catalogue.

IVF of Jégou, Douze & Schmid, "Product quantization for nearest neighbor search" (TPAMI 2011), without the quantization:
items are put into the list of their nearest centroid, a request looks into the most promising lists only and scores
their items exactly, together with the items that the person's history points to. How many lists that takes for a recall
of 0.99 is measured when the index is built, on the people that the model knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Self

import numpy as np

from ..recipes.parts.factored import FactoredModel
from . import kernels
from .allowed import Allowed
from .scored import SELECTIVE, Lazy, codes_of, log_total, sorted_keys, top

DEPTHS = (100, 200, 500)
"""How far down a person's list the recall is measured: few results and a filter ask little, many results more."""
FEWEST = 25
"""What is asked for by default; it must be found as surely as the rest."""
RECALL = 0.995
"""Share of a person's best items that a search must find, on the measured people: some above the promised 0.99."""
ITEMS_FROM = 50_000
"""Catalogues below are scored whole, which costs less than looking into lists."""
WORTH_WHILE = 0.25
"""Share of the items up to which looking into lists is worth its trouble."""
LIST_ITEMS = 256
"""Items of a list, on average."""
MOST_LISTS = 1_024
SAMPLE = 48
"""Items for each list that the centroids are learnt from."""
ROUNDS = 8
AT_ONCE = 4_000_000
"""Numbers in an intermediate matrix: 16 MB."""
SEED = 20240101
SAMPLED = 256
"""Items that a filter is asked about before any list is looked into. With a quarter as many, half of the guesses were
wrong, and it had to be looked again."""


@dataclass(frozen=True)
class Index:
    """I items of d dimensions in L lists. List l has the places `starts[l]` to `starts[l + 1]`."""

    centroids: np.ndarray
    """(L, d + 1) float32: the mean of a list's vectors, and of their biases."""
    starts: np.ndarray
    """(L + 1,) int64."""
    order: np.ndarray
    """(I,) int32: the item at each place; ascending within a list."""
    place: np.ndarray
    """(I,) int32: the place of each item."""
    vectors: np.ndarray
    """(I, d) float32 in the order of places, so that a list is one stretch of memory."""
    biases: np.ndarray
    """(I,) float32 in the order of places."""
    probes: np.ndarray
    """(len(DEPTHS),) int64: lists to look into for a recall of RECALL at each of DEPTHS."""

    def state(self) -> dict[str, np.ndarray]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(**{field.name: arrays[field.name] for field in fields(cls)})

    @cached_property
    def sample(self) -> np.ndarray:
        """Items from all over the catalogue, by which the share that a filter lets stay is guessed."""
        return np.linspace(0, len(self.order) - 1, SAMPLED).astype(np.int64)

    @cached_property
    def placed(self) -> np.ndarray:
        """(I, 2) int32: the list of each item, and its place."""
        lists = np.empty(len(self.order), np.int32)
        lists[self.order] = np.repeat(np.arange(len(self.centroids), dtype=np.int32), np.diff(self.starts))
        return np.column_stack([lists, self.place])

    @property
    def share(self) -> float:
        """Of the items, those that a search for the smallest depth looks at, on average."""
        return float(self.probes[0]) / len(self.centroids)


class Probed(Lazy):
    """A person's scores in the most promising lists; more of them, and in the end all items, where a filter asks."""

    def __init__(self, model: FactoredModel, index: Index, vector: np.ndarray, history: np.ndarray):
        super().__init__(model, vector, history)
        self.index = index
        self._level = -1
        self._codes: np.ndarray
        self._scores: np.ndarray
        self._keys = np.empty(0, np.uint64)
        """Of the best that were found last."""
        self._total: np.float32 | None = None

    def best(self, n: int, allowed: Allowed | None = None) -> np.ndarray:
        share = 1.0 if allowed is None else allowed.share(self.index.sample)
        for level, depth in enumerate(DEPTHS):
            if n <= depth * share:  # else it would hardly find enough that may stay
                self._look_into(level)
                found = self._first(n if allowed is None else depth)
                if allowed is not None:
                    found = found[allowed.among(found)]
                if len(found) >= n:
                    return found[:n]
        # As many as were asked for are not near: nothing less than all items tells which they are.
        return self._best_of_all(n, allowed)

    def shares(self, codes: np.ndarray) -> np.ndarray:
        """Over the items that were looked at: Amazon's v2 recipes, too, share out over a part of the catalogue."""
        if self._level < 0:
            self._look_into(0)
        if self._total is None:
            self._total = log_total(self._scores)
        scores, known = kernels.told(codes, self._keys)
        return np.exp((scores if known == len(codes) else self.of(codes)) - self._total)

    def _first(self, n: int) -> np.ndarray:
        """The best n of what was looked at; of equal scores codes decide, and not where the lists have them."""
        self._keys = sorted_keys(self._scores, self._codes, n)
        return codes_of(self._keys, n)

    def _best_of_all(self, n: int, allowed: Allowed | None) -> np.ndarray:
        if allowed is not None:
            mask = allowed.mask()[: len(self.index.order)]
            if np.count_nonzero(mask) * SELECTIVE < len(mask):
                codes = np.flatnonzero(mask)
                return codes[top(self.of(codes), n)]
        return self.row.best(n, allowed)

    def _look_into(self, level: int) -> None:
        """Score the items of the lists of a level, and those that the history adds to. A higher level has the lists of
        the lower."""
        if level <= self._level:
            return
        index = self.index
        self._scores, self._codes = kernels.looked_into(
            self.vector,
            index.centroids,
            int(index.probes[level]),
            index.starts,
            index.order,
            index.placed,
            index.vectors,
            index.biases,
            self.where,
            self.values,
        )
        self._level, self._total = level, None


def build_index(model: FactoredModel, histories: Sequence[np.ndarray], users: Sequence[int]) -> Index | None:
    """The index of a model, measured on people (`users`, with `histories` that are not empty); None where whole rows
    are as fast: few items, nobody to measure with, or items that no lists of few can tell apart."""
    count = len(model.item_vectors)
    if count < ITEMS_FROM or not len(users):
        return None
    people = model.person_vectors(histories, users)
    spread = spread_of(model, people)
    centroids = means(spread, max(1, min(MOST_LISTS, count // LIST_ITEMS)))
    lists = nearest(spread, centroids)
    order = np.argsort(lists, kind="stable").astype(np.int32)
    sizes = np.bincount(lists, minlength=len(centroids))
    kept = np.flatnonzero(sizes)
    starts = np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64)
    place = np.empty(count, np.int32)
    place[order] = np.arange(count, dtype=np.int32)
    vectors, biases = model.item_vectors[order], model.item_bias[order]
    totals = np.add.reduceat(np.column_stack([vectors, biases]), starts[:-1], axis=0)
    index = Index(
        (totals / np.diff(starts)[:, None]).astype(np.float32),
        starts,
        order,
        place,
        vectors,
        biases,
        np.zeros(0, np.int64),
    )
    probes = measured(model, index, people, histories, users)
    index = replace(index, probes=probes)
    return index if index.share <= WORTH_WHILE else None


def spread_of(model: FactoredModel, people: np.ndarray) -> np.ndarray:
    """(I, d + 1) items in a space where the squared distance of two is the mean squared difference of their scores,
    over `people` (P, d): lists of near items are then lists of items that are scored alike."""
    moment = people.T.astype(np.float64) @ people / len(people)
    moment += np.eye(len(moment)) * (1e-3 * np.trace(moment) / len(moment) + 1e-12)
    return np.column_stack([model.item_vectors @ np.linalg.cholesky(moment).astype(np.float32), model.item_bias])


def means(points: np.ndarray, count: int) -> np.ndarray:
    """(count, d) centroids by Lloyd's k-means on a sample of points (N, d)."""
    generator = np.random.default_rng(SEED)
    sample = points[np.sort(generator.choice(len(points), min(len(points), SAMPLE * count), replace=False))]
    centroids = sample[generator.choice(len(sample), count, replace=False)]
    for _ in range(ROUNDS):
        lists = nearest(sample, centroids)
        sizes = np.bincount(lists, minlength=count)
        filled = np.flatnonzero(sizes)
        first = np.concatenate([[0], np.cumsum(sizes[filled])[:-1]])
        totals = np.add.reduceat(sample[np.argsort(lists, kind="stable")], first, axis=0)
        centroids = sample[generator.choice(len(sample), count, replace=False)]  # for those that nobody is near to
        centroids[filled] = totals / sizes[filled][:, None]
    return centroids


def nearest(points: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """(N,) the centroid that is nearest to each point."""
    half = np.square(centroids).sum(axis=1) / 2
    step = max(1, AT_ONCE // len(centroids))
    parts = [
        (points[start : start + step] @ centroids.T - half).argmax(axis=1) for start in range(0, len(points), step)
    ]
    return np.concatenate(parts)


def measured(
    model: FactoredModel, index: Index, people: np.ndarray, histories: Sequence[np.ndarray], users: Sequence[int]
) -> np.ndarray:
    """`Index.probes`: the exact best items of some people, and how far down their lists they are."""
    ranks = np.empty((len(people), min(DEPTHS[-1], len(index.order))), np.int64)
    step = max(1, AT_ONCE // len(index.order))
    for start in range(0, len(people), step):
        part = range(start, min(start + step, len(people)))
        rows = model.scores_asked([histories[row] for row in part], [users[row] for row in part])
        for row, scores in zip(part, rows, strict=True):
            best = top(scores, ranks.shape[1])
            promising = index.centroids[:, :-1] @ people[row] + index.centroids[:, -1]
            rank = np.empty(len(promising), np.int64)
            rank[np.argsort(-promising)] = np.arange(len(promising))
            ranks[row] = rank[index.starts.searchsorted(index.place[best], side="right") - 1]
            for where, values in model.additions(histories[row]):
                ranks[row, np.isin(best, where[values > 0])] = -1  # found without any list
    lists = [max(lists_for(ranks[:, :shown]) for shown in (FEWEST, depth)) for depth in DEPTHS]
    return np.maximum.accumulate(np.array(lists, np.int64))


def lists_for(ranks: np.ndarray) -> int:
    """How many lists hold RECALL of the items whose lists have these ranks."""
    ordered = np.sort(ranks, axis=None)
    return max(1, int(ordered[int(np.ceil(RECALL * len(ordered))) - 1]) + 1)
