"""Counts which items the same people take, and how near to each other: what SIMS and its kin answer with.

Item-to-item collaborative filtering (Linden, Smith & York, IEEE Internet Computing 2003). The weight of j for i is

    (near + FLAT c) / n_j^discount * c / (c + SHRINKAGE)

with c the people who took both, n_j those who took j, and `near` the sum over their pairs of 1 / events in between, at
most c. Amazon publishes the first of these only; the others measured better (docs/LOG.md). What depends on i alone
changes no order and is left out.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.related import RelatedModel
from penchant.recipes.parts.sharing import once, sharing
from penchant.recipes.parts.transitions import Transitions

KEPT = 500
"""Companions of an item: as many as one request can ask for."""
WINDOW = 5
"""Events apart up to which a pair is near."""
FLAT = 0.1
"""What a pair counts that is farther apart; one side by side counts 1 more."""
SHRINKAGE = 10.0
"""Pairs of so few people are halved: of all their companions, items taken by hardly anybody would come first."""
PAIRS_AT_ONCE = 20_000_000
"""Pairs of events counted between two words on progress: up to 240 MB."""
PAIRS_KEPT = 40_000_000
"""Pairs of items that a search keeps between its fits: up to 480 MB. Where there may be more, each counts anew."""


@dataclass(frozen=True)
class Pairs:
    """Items `start` to `start + len(starts) - 1` and whom they were taken together with, N pairs in all."""

    start: int
    starts: np.ndarray
    """(R + 1,) row r is `starts[r]:starts[r + 1]`, companions ascending."""
    companions: np.ndarray
    """(N,) int32."""
    people: np.ndarray
    """(N,) float32 who took both, above 0."""
    worth: np.ndarray
    """(N,) float32 near + FLAT people."""


def co_occurrence(
    data: TrainingSet,
    ranking: np.ndarray,
    discount: float,
    least: int,
    breathe: Callable[[float], None],
    in_order: bool = True,
) -> RelatedModel:
    """The model of `data`, with `ranking` (I,) for what it does not relate.

    `discount` is n_j's exponent: at 0 what is popular wins, at 1 nothing is gained by it. Pairs of fewer than `least`
    people are not related. `breathe` is told the fraction done. Unless `in_order`, nearness is not looked at.
    """
    taken = once(data, _taken, lambda: _taken(data))
    people_of = np.bincount(taken.indices, minlength=len(data.items)).astype(np.float32)
    divisor = np.maximum(people_of, 1) ** np.float32(discount)
    lengths = np.zeros(len(data.items), np.int64)
    items, weights = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
    for pairs in _counted(data, taken, in_order):
        breathe(pairs.start / len(data.items))
        enough = pairs.people >= max(least, 1)
        people, companions = pairs.people[enough], pairs.companions[enough]
        scores = pairs.worth[enough] / divisor[companions] * (people / (people + np.float32(SHRINKAGE)))
        starts = np.concatenate([[0], np.cumsum(enough)])[pairs.starts]
        best = _strongest(scores, starts)
        items.append(companions[best])
        weights.append(scores[best])
        lengths[pairs.start : pairs.start + len(starts) - 1] = np.diff(np.searchsorted(best, starts))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return RelatedModel(offsets, np.concatenate(items), np.concatenate(weights), ranking)


def kept_between_fits(data: TrainingSet) -> bool:
    """Whether a search counts the pairs of `data` once for all of its fits."""
    lengths = np.diff(data.offsets).astype(np.float64)
    return sharing() and min(float((lengths**2).sum()), float(len(data.items)) ** 2) <= PAIRS_KEPT


def _counted(data: TrainingSet, taken: sparse.csr_matrix, in_order: bool) -> Iterable[Pairs]:
    if kept_between_fits(data):
        return once(data, ("pairs", in_order), lambda: list(_count(data, taken, in_order)))
    return _count(data, taken, in_order)


def _count(data: TrainingSet, taken: sparse.csr_matrix, in_order: bool) -> Iterator[Pairs]:
    near = _near(data) if in_order else None
    columns = taken.T.tocsr()
    for start, stop in _blocks(taken, columns):
        counts = _others(columns[start:stop] @ taken, start)
        worth = counts * np.float32(FLAT)
        if near is not None:
            worth = worth + near[start:stop].minimum(counts)
        worth.sort_indices()
        companions = counts.indices.astype(np.int32, copy=False)
        yield Pairs(start, counts.indptr.astype(np.int64), companions, counts.data, worth.data)


def _taken(data: TrainingSet) -> sparse.csr_matrix:
    """(U, I) float32 of ones: who took what, however often."""
    shape = (len(data.users), len(data.items))
    taken = sparse.csr_matrix((np.ones(len(data.item), np.float32), data.item, data.offsets), shape, copy=True)
    taken.sum_duplicates()
    taken.data[:] = 1
    return taken


def _near(data: TrainingSet) -> sparse.csr_matrix:
    """(I, I) float32, symmetric: the sum over pairs up to WINDOW events apart of 1 / distance, times the weight of the
    later event."""
    counts = Transitions(data).sparse(range(1, WINDOW + 1), lambda lag, _: 1 / lag)
    return sparse.csr_matrix(counts + counts.T)


def _blocks(taken: sparse.csr_matrix, columns: sparse.csr_matrix) -> Iterator[tuple[int, int]]:
    """Ranges of items whose pairs are about PAIRS_AT_ONCE, or one item."""
    pairs = np.cumsum(columns @ np.diff(taken.indptr).astype(np.float64))
    start = 0
    while start < len(pairs):
        before = pairs[start - 1] if start else 0.0
        stop = max(start + 1, int(np.searchsorted(pairs, before + PAIRS_AT_ONCE, side="right")))
        yield start, stop
        start = stop


def _others(counts: sparse.csr_matrix, start: int) -> sparse.csr_matrix:
    """The counts, indices sorted, without each item's own; row 0 is item `start`."""
    rows = np.repeat(np.arange(start, start + counts.shape[0]), np.diff(counts.indptr))
    counts.data[counts.indices == rows] = 0
    counts.eliminate_zeros()
    counts.sort_indices()
    return counts


def _strongest(scores: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Places of the KEPT highest scores (N,) of each row, in order of place; of equals the first ones."""
    kept = np.ones(len(scores), bool)
    for row in np.flatnonzero(np.diff(starts) > KEPT).tolist():
        part = scores[starts[row] : starts[row + 1]]
        least = np.partition(part, -KEPT)[-KEPT]
        above = part > least
        above[np.flatnonzero(part == least)[: KEPT - int(above.sum())]] = True
        kept[starts[row] : starts[row + 1]] = above
    return np.flatnonzero(kept)
