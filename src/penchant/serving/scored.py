"""One person's scores, ready to be asked for the best items, for single scores and for shares.

`Scored` is what an answer is made from. `Row` has a score for every item; `Lazy` computes only what it is asked for.
"""

from functools import cached_property
from math import isqrt
from typing import Protocol

import numpy as np

from ..recipes.parts.factored import FactoredModel
from . import kernels
from .allowed import Allowed

SELECTIVE = 8
"""A filter that leaves less than one item in so many has its items scored by themselves."""
BLOCKS = 1_024
"""Fewest blocks that `top` makes; with more items it makes about sqrt(n I), where its two steps cost alike."""

FEW = 16_000
"""Items up to which counting scores into buckets is faster than the maxima of blocks."""
SUMMED = 65_536
"""Scores whose exponentials are held at a time: they stay in the cache."""


class Scored(Protocol):
    """I items, of which higher scores are better. An item with a score of -inf is never answered."""

    def best(self, n: int, allowed: Allowed | None = None) -> np.ndarray:
        """(<= n,) int64 codes, best first; of equal scores the smaller code first. Fewer where fewer are allowed."""

    def of(self, codes: np.ndarray) -> np.ndarray:
        """(n,) float32 unnormalised log-scores."""

    def shares(self, codes: np.ndarray) -> np.ndarray:
        """(n,) float32 softmax over the items that were considered."""


class Row:
    """A score for every item, computed. May be shared by many who ask at once: what it keeps only makes it faster."""

    def __init__(self, scores: np.ndarray):
        scores.setflags(write=False)
        self.scores = scores
        self._first = np.empty(0, np.int64)

    def best(self, n: int, allowed: Allowed | None = None) -> np.ndarray:
        if allowed is None:
            return self.first(n)
        # Most filters leave enough of the best, and asking about a few items is far cheaper than a mask of all.
        wanted = more_than(n)
        first = self.first(wanted)
        passing = first[allowed.among(first)]
        if len(passing) >= n or len(first) < wanted:
            return passing[:n]
        return best_masked(self.scores, n, allowed.mask()[: len(self.scores)])

    def first(self, n: int) -> np.ndarray:
        """The best `n` of all. They are kept, because a shared row is asked again and again."""
        first = self._first
        if len(first) < n:
            first = self._first = top(self.scores, n)
        return first[:n]

    def of(self, codes: np.ndarray) -> np.ndarray:
        return self.scores[codes]

    def shares(self, codes: np.ndarray) -> np.ndarray:
        return np.exp(self.scores[codes] - self._total)

    @cached_property
    def _total(self) -> np.float32:
        return log_total(self.scores)


class Lazy:
    """A factored model's scores of single items at once; all of them only if somebody asks for the best."""

    def __init__(self, model: FactoredModel, vector: np.ndarray, history: np.ndarray):
        self.model, self.vector = model, vector
        self.where, self.values = model.added(history)

    def best(self, n: int, allowed: Allowed | None = None) -> np.ndarray:
        return self.row.best(n, allowed)

    def of(self, codes: np.ndarray) -> np.ndarray:
        model = self.model
        return kernels.scores_of(codes, model.item_vectors, model.item_bias, self.vector, self.where, self.values)

    def shares(self, codes: np.ndarray) -> np.ndarray:
        return self.row.shares(codes)

    @cached_property
    def row(self) -> Row:
        return whole_row(self.model, self.model.item_vectors @ self.vector, self.where, self.values)


def whole_row(model: FactoredModel, products: np.ndarray, where: np.ndarray, values: np.ndarray) -> Row:
    """Of a person's products (I,) with all items, which are changed, and what the history adds to some."""
    products += model.item_bias
    kernels.add_at(products, where, values)
    return Row(products)


def top(scores: np.ndarray, n: int) -> np.ndarray:
    """(<= n,) places of the largest of `scores` (I,), largest first, of equals the smaller first; never one of -inf.

    Exact. The items are seen as blocks, block b having those whose place is b modulo the number of blocks, so that the
    maxima of all blocks are one vectorised pass. At least n items reach the n-th largest maximum, so only blocks that
    reach it can hold any of the best n.
    """
    size, n = len(scores), min(n, len(scores))
    if n <= 0:
        return np.empty(0, np.int64)
    if size <= FEW:
        return by_keys(scores, None, n)
    blocks = max(BLOCKS, 1 << (isqrt(size * n).bit_length()))
    if size < 4 * blocks:
        return sorted_top(scores, np.arange(size), n)
    whole = size - size % blocks
    table = scores[:whole].reshape(-1, blocks)
    maxima = table.max(axis=0)
    rest = scores[whole:]
    np.maximum(maxima[: len(rest)], rest, out=maxima[: len(rest)])
    bound = np.partition(maxima, blocks - n)[blocks - n]
    reaching = np.flatnonzero(maxima >= bound)
    if 2 * len(reaching) > blocks:  # a bound that so many share excludes nobody
        return sorted_top(scores, np.arange(size), n)
    rows, columns = np.nonzero(table[:, reaching] >= bound)
    places = np.concatenate([rows * blocks + reaching[columns], whole + np.flatnonzero(rest >= bound)])
    return sorted_top(scores[places], places, n)


def by_keys(scores: np.ndarray, codes: np.ndarray | None, n: int) -> np.ndarray:
    """`top` by one pass of compiled code. With `codes` (I,) it gives codes instead of places."""
    return codes_of(sorted_keys(scores, codes, n), n)


def sorted_keys(scores: np.ndarray, codes: np.ndarray | None, n: int) -> np.ndarray:
    """Those of `kernels.promising`, ascending."""
    keys: np.ndarray = kernels.promising(scores, codes, n)
    keys.sort()
    return keys


def codes_of(keys: np.ndarray, n: int) -> np.ndarray:
    """Those of the `n` largest keys, the largest first."""
    return kernels.LARGEST - (keys[: -n - 1 : -1] & kernels.LARGEST).astype(np.int64)


def sorted_top(scores: np.ndarray, places: np.ndarray, n: int) -> np.ndarray:
    """`top` of some items only, whose scores and places (both (M,), places ascending) are given."""
    if len(scores) > n:
        bound = np.partition(scores, len(scores) - n)[len(scores) - n]
        above = np.flatnonzero(scores > bound)
        kept = np.concatenate([above, np.flatnonzero(scores == bound)[: n - len(above)]])
        scores, places = scores[kept], places[kept]
    order = np.lexsort((places, -scores))
    return places[order[: np.count_nonzero(scores > -np.inf)]]


def best_masked(scores: np.ndarray, n: int, mask: np.ndarray) -> np.ndarray:
    """The best n of the items of a mask (I,)."""
    if np.count_nonzero(mask) * SELECTIVE < len(mask):
        codes = np.flatnonzero(mask)
        return codes[top(scores[codes], n)]
    # Infinity for what is allowed, minus infinity for what is not: no branch, so ten times faster than np.where.
    return top(np.minimum(scores, (mask.astype(np.float32) - np.float32(0.5)) * np.float32(np.inf)), n)


def more_than(n: int) -> int:
    """How many of the best are asked for where a filter may take some away."""
    return 4 * n + 128


def log_total(scores: np.ndarray) -> np.float32:
    """log(sum(exp(scores)))."""
    largest = scores.max()
    if len(scores) <= SUMMED:
        return largest + np.log(np.exp(scores - largest).sum())
    parts = range(0, len(scores), SUMMED)
    return largest + np.log(sum(np.exp(scores[part : part + SUMMED] - largest).sum() for part in parts))
