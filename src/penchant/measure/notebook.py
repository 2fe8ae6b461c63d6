"""The evaluation of Amazon's own notebook with which it published a score of its service on MovieLens-1M.

aws-samples/amazon-personalize-samples, personalize_temporal_holdout.ipynb at commit cd542a2 (2019-10-11): train on the
first 90 % of every user's events, ask for 25 items, remove those already seen, compare with the last 10 %.
"""

from collections.abc import Sequence

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.measure.ranking import best
from penchant.measure.split import Split, split_newest


def notebook_split(data: TrainingSet) -> Split:
    """Every user with two events or more is a test user, `rank(pct=True, method="first") <= 0.9` is trained on."""
    return split_newest(data, np.flatnonzero(np.diff(data.offsets) >= 2))


def unseen_best(scores: np.ndarray, histories: Sequence[np.ndarray]) -> np.ndarray:
    """(Q, 25) best item codes by the scores (Q, I), which are changed: the items of the history are taken out."""
    for row, history in enumerate(histories):
        scores[row, history] = -np.inf
    return best(scores)


def left_over(lists: np.ndarray, histories: Sequence[np.ndarray]) -> np.ndarray:
    """(Q, 25) the lists (Q, 25) with what is in the history moved behind the rest, both in their order.

    This is what Amazon's service was measured with: it was asked for 25 items and no more, seen ones among them.
    """
    seen = np.stack([np.isin(items, history) for items, history in zip(lists, histories, strict=True)])
    return np.take_along_axis(lists, np.argsort(seen, axis=1, kind="stable"), axis=1)


def notebook_ndcg(relevant: np.ndarray, cutoff: int) -> np.ndarray:
    """(Q,) NDCG of the notebook's metrics.py from (Q, 25) hits: weights 1, 1, 1/log2(3), ..., ideal from the list.

    Only for comparison with the published numbers: the second place costs nothing, and misses are not counted.
    """
    weights = np.concatenate([[1.0], 1 / np.log2(np.arange(2, cutoff + 1))])
    gain = relevant[:, :cutoff] @ weights
    ideal = -np.sort(-relevant.astype(int))[:, :cutoff] @ weights
    return np.divide(gain, ideal, out=np.zeros(len(gain)), where=ideal > 0)
