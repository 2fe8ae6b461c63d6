"""The ranking metrics of GetSolutionMetrics, from what was recommended and what was then taken.

Definitions: Developer Guide, "Evaluating a solution version with metrics"; how the service normalises NDCG was worked
out from recorded answers. Items of the history are not removed from the lists, as Amazon does not remove them.
"""

from collections.abc import Sequence

import numpy as np

DEPTH = 25
CUTOFFS = (5, 10, 25)


def relevance(recommended: np.ndarray, truths: Sequence[np.ndarray]) -> np.ndarray:
    """(Q, K) bool: whether each recommended item (Q, K) is in the query's truth, however often it is there."""
    rows, sizes = np.arange(len(recommended)), [len(truth) for truth in truths]
    items = np.concatenate([np.empty(0, np.int64), *truths])
    width = 1 + max(recommended.max(initial=0), items.max(initial=0))
    return np.isin(recommended + width * rows[:, None], items + width * np.repeat(rows, sizes))


def reciprocal_rank(relevant: np.ndarray) -> np.ndarray:
    """(Q,) one over the place of the first relevant item of (Q, K), 0 without any; later hits do not count."""
    return np.where(relevant.any(axis=1), 1 / (1 + relevant.argmax(axis=1)), 0.0)


def precision(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) share of the first `cutoff` places that are relevant; the denominator is always `cutoff`."""
    return relevant[:, :cutoff].sum(axis=1) / cutoff


def discounted_gain(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) sum over relevant places p <= cutoff of 1 / log2(1 + p)."""
    seen = relevant[:, :cutoff]
    return seen @ discounts(seen.shape[1])


def discounts(count: int) -> np.ndarray:
    """(count,) of the first places p: 1 / log2(1 + p)."""
    return 1 / np.log2(np.arange(2, count + 2))


def ideal_gain(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) discounted gain of the retrieved list with its hits first."""
    return discounted_gain(-np.sort(-relevant.astype(int)), cutoff)


def retrieved_ndcg(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) NDCG as the service reports it: the ideal is the retrieved list itself, hits first.

    `relevant` is (Q, 25), also for smaller cutoffs. A truth that was not retrieved does not lower this number, which is
    why it is higher than `standard_ndcg`. Used in `ranking_metrics`.
    """
    return _share(discounted_gain(relevant, cutoff), ideal_gain(relevant, cutoff))


def standard_ndcg(relevant: np.ndarray, truth_sizes: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) NDCG of the literature: the ideal has min(cutoff, size of the truth) hits first.

    `truth_sizes` (Q,) counts distinct items. For comparisons outside Amazon's protocol; no answer of the API has it.
    """
    ideal = np.concatenate([[0], np.cumsum(discounts(cutoff))])
    return _share(discounted_gain(relevant, cutoff), ideal[np.minimum(truth_sizes, cutoff)])


def coverage(recommended: np.ndarray, item_count: int) -> float:
    """Share of the catalogue that occurs in any of the lists (Q, K)."""
    return len(np.unique(recommended)) / item_count


def deep(places: np.ndarray) -> np.ndarray:
    """(Q, 25) of what is known of each place (Q, K): a shorter list, from a small catalogue, has misses at its end."""
    return np.pad(places, ((0, 0), (0, max(0, DEPTH - places.shape[1]))))[:, :DEPTH]


def ranking_values(recommended: np.ndarray, truths: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """(Q,) values of the seven metrics that are means over the queries, under Amazon's names, from lists (Q, 25)."""
    relevant = deep(relevance(recommended, truths))
    values = {f"mean_reciprocal_rank_at_{DEPTH}": reciprocal_rank(relevant)}
    for cutoff in CUTOFFS:
        values[f"normalized_discounted_cumulative_gain_at_{cutoff}"] = retrieved_ndcg(relevant, cutoff)
    for cutoff in CUTOFFS:
        values[f"precision_at_{cutoff}"] = precision(relevant, cutoff)
    return values


def ranking_metrics(recommended: np.ndarray, truths: Sequence[np.ndarray], item_count: int) -> dict[str, float]:
    """The eight metrics under Amazon's names, rounded to 4 decimals, from lists of 25 item codes (Q, 25).

    A catalogue of fewer than 25 items gives shorter lists; the missing places count as misses.
    """
    metrics = {"coverage": coverage(recommended[:, :DEPTH], item_count)}
    metrics |= {name: float(values.mean()) for name, values in ranking_values(recommended, truths).items()}
    return {name: round(value, 4) for name, value in metrics.items()}


def best(scores: np.ndarray, count: int = DEPTH) -> np.ndarray:
    """(Q, min(count, I)) item codes of the highest scores (Q, I), best first; of equal scores the lower code first."""
    count = min(count, scores.shape[1])
    threshold = np.partition(scores, -count, axis=1)[:, -count]
    lists = np.empty((len(scores), count), np.int64)
    for row, (values, least) in enumerate(zip(scores, threshold, strict=True)):
        candidates = np.flatnonzero(values >= least)
        lists[row] = candidates[np.argsort(-values[candidates], kind="stable")[:count]]
    return lists


def _share(gain: np.ndarray, ideal: np.ndarray) -> np.ndarray:
    return np.divide(gain, ideal, out=np.zeros(len(gain)), where=ideal > 0)
