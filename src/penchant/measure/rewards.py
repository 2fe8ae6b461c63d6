"""How well lists serve an optimizationObjective: what the items that a user took from them are worth.

Developer Guide, "Measuring optimization performance": of each user, the rewards of what they took among the 25 most
rewarding of their recommendations, over the rewards of all that they took of the recommendations. How many those are is
not published: 25 would make it 1 for everybody, and hundreds near 0; with 50 it is of the size of the guide's example,
0.653. It tells where in the lists the reward was, and not how much of it there was, which may fall while it rises; the
other two functions tell that.
"""

from collections.abc import Sequence

import numpy as np

from penchant.measure.ranking import DEPTH, relevance

NAME = "average_rewards_at_k"
RECOMMENDED = 50


def rewards_of(values: np.ndarray) -> np.ndarray:
    """(I,) float64 from 0 on of what the items are worth (I,), NaN for unknown: that earns nothing. Where some values
    are below 0, the least of them is the zero: shares of a sum need it."""
    known = np.isfinite(values)
    least = min(0.0, values[known].min(initial=0.0))
    return np.where(known, values - least, 0.0)


def reward_shares(recommended: np.ndarray, truths: Sequence[np.ndarray], values: np.ndarray) -> np.ndarray:
    """(Q,) from 0 to 1: the metric's value of each user, NaN for one who took nothing of worth from the list.

    `recommended` is (Q, K), best first, K up to RECOMMENDED; `values` (I,) is what items are worth, NaN for unknown.
    """
    worth = rewards_of(values)[recommended]
    taken = np.where(relevance(recommended, truths), worth, 0.0)
    richest = np.argsort(-worth, axis=1, kind="stable")[:, :DEPTH]
    whole = taken.sum(axis=1)
    best = np.take_along_axis(taken, richest, axis=1).sum(axis=1)
    return np.divide(best, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def taken_values(recommended: np.ndarray, truths: Sequence[np.ndarray], values: np.ndarray) -> np.ndarray:
    """(Q,) what the items that each user took of the first 25 are worth together; an unknown value adds nothing."""
    first = recommended[:, :DEPTH]
    worth = values[first]
    return np.where(relevance(first, truths) & np.isfinite(worth), worth, 0.0).sum(axis=1)


def mean_values(recommended: np.ndarray, values: np.ndarray) -> np.ndarray:
    """(Q,) mean value of the first 25 items of each list, of those with a value; NaN where none has one."""
    worth = values[recommended[:, :DEPTH]]
    known = np.isfinite(worth)
    total, count = np.where(known, worth, 0.0).sum(axis=1), known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(worth), np.nan), where=count > 0)
