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
    return np.stack([np.isin(items, truth) for items, truth in zip(recommended, truths, strict=True)])


def reciprocal_rank(relevant: np.ndarray) -> np.ndarray:
    """(Q,) one over the place of the first relevant item of (Q, K), 0 without any; later hits do not count."""
    return np.where(relevant.any(axis=1), 1 / (1 + relevant.argmax(axis=1)), 0.0)


def precision(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) share of the first `cutoff` places that are relevant; the denominator is always `cutoff`."""
    return relevant[:, :cutoff].sum(axis=1) / cutoff


def discounted_gain(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) sum over relevant places p <= cutoff of 1 / log2(1 + p)."""
    seen = relevant[:, :cutoff]
    return seen @ (1 / np.log2(np.arange(2, seen.shape[1] + 2)))


def retrieved_ndcg(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) NDCG as the service reports it: the ideal is the retrieved list itself, hits first.

    `relevant` is (Q, 25), also for smaller cutoffs. A truth that was not retrieved does not lower this number, which is
    why it is higher than `standard_ndcg`. Used in `ranking_metrics`.
    """
    return _share(discounted_gain(relevant, cutoff), discounted_gain(-np.sort(-relevant.astype(int)), cutoff))


def standard_ndcg(relevant: np.ndarray, truth_sizes: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) NDCG of the literature: the ideal has min(cutoff, size of the truth) hits first.

    `truth_sizes` (Q,) counts distinct items. For comparisons outside Amazon's protocol; no answer of the API has it.
    """
    ideal = np.concatenate([[0], np.cumsum(1 / np.log2(np.arange(2, cutoff + 2)))])
    return _share(discounted_gain(relevant, cutoff), ideal[np.minimum(truth_sizes, cutoff)])


def coverage(recommended: np.ndarray, item_count: int) -> float:
    """Share of the catalogue that occurs in any of the lists (Q, K)."""
    return len(np.unique(recommended)) / item_count


def ranking_metrics(recommended: np.ndarray, truths: Sequence[np.ndarray], item_count: int) -> dict[str, float]:
    """The eight metrics under Amazon's names, rounded to 4 decimals, from lists of 25 item codes (Q, 25).

    A catalogue of fewer than 25 items gives shorter lists; the missing places count as misses.
    """
    relevant = relevance(recommended, truths)
    relevant = np.pad(relevant, ((0, 0), (0, max(0, DEPTH - relevant.shape[1]))))[:, :DEPTH]
    metrics = {"coverage": coverage(recommended[:, :DEPTH], item_count)}
    metrics[f"mean_reciprocal_rank_at_{DEPTH}"] = float(reciprocal_rank(relevant).mean())
    for cutoff in CUTOFFS:
        metrics[f"normalized_discounted_cumulative_gain_at_{cutoff}"] = float(retrieved_ndcg(relevant, cutoff).mean())
    for cutoff in CUTOFFS:
        metrics[f"precision_at_{cutoff}"] = float(precision(relevant, cutoff).mean())
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
