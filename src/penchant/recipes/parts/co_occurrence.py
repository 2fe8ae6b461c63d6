"""Counts which items the same people take, and how near to each other: what SIMS and its kin answer with.

Item-to-item collaborative filtering (Linden, Smith & York, IEEE Internet Computing 2003). The weight of j for i is

    (near + FLAT c) / n_j^discount * c / (c + SHRINKAGE)

with c the people who took both, n_j those who took j, and `near` the sum over their pairs of 1 / events in between, at
most c. Amazon publishes the first of these only; the others measured better (docs/LOG.md). What depends on i alone
changes no order and is left out.
"""

from collections.abc import Callable, Iterator

import numpy as np
import scipy.sparse as sparse

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.related import RelatedModel
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
    taken = _taken(data)
    people = np.asarray(taken.sum(axis=0)).ravel()
    near = _near(data) if in_order else None
    columns = taken.T.tocsr()
    divisor = np.maximum(people, 1).astype(np.float32) ** np.float32(discount)
    lengths = np.zeros(len(data.items), np.int64)
    items, weights = [np.empty(0, np.int32)], [np.empty(0, np.float32)]
    for start, stop in _blocks(taken, columns):
        breathe(start / len(data.items))
        counts = _related(columns[start:stop] @ taken, start, max(least, 1))
        worth = counts * np.float32(FLAT)
        if near is not None:
            worth = worth + near[start:stop].minimum(counts)
        worth.sort_indices()
        scores = worth.data / divisor[counts.indices] * (counts.data / (counts.data + np.float32(SHRINKAGE)))
        for row in range(stop - start):
            place = slice(counts.indptr[row], counts.indptr[row + 1])
            best = _strongest(scores[place])
            items.append(counts.indices[place][best].astype(np.int32))
            weights.append(scores[place][best].astype(np.float32))
            lengths[start + row] = len(best)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return RelatedModel(offsets, np.concatenate(items), np.concatenate(weights), ranking)


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


def _related(counts: sparse.csr_matrix, start: int, least: int) -> sparse.csr_matrix:
    """The counts, indices sorted, without pairs below `least` and without each item's own; row 0 is item `start`."""
    rows = np.repeat(np.arange(start, start + counts.shape[0]), np.diff(counts.indptr))
    counts.data[(counts.data < least) | (counts.indices == rows)] = 0
    counts.eliminate_zeros()
    counts.sort_indices()
    return counts


def _strongest(scores: np.ndarray) -> np.ndarray:
    """Places of the KEPT highest scores, in order of place."""
    if len(scores) <= KEPT:
        return np.arange(len(scores))
    return np.sort(np.argsort(-scores, kind="stable")[:KEPT])
