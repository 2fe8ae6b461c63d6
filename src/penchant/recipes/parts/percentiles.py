"""Leaves users and items at the ends of the scale out of what is learnt: bots, one-day visitors, blockbusters.

Both ends are included, and a limit falls on a count that occurs: of fewer than a hundred users none is above the 99th
percentile, and where all counts are equal nothing is left out.
"""

import numpy as np

from penchant.lake.training_set import TrainingSet


def within(counts: np.ndarray, low: float, high: float) -> np.ndarray:
    """Which of the counts (N,) are not 0 and lie between two percentiles, 0 to 1, of those that are not 0."""
    present = counts > 0
    if not present.any():
        return present
    least = np.quantile(counts[present], low, method="lower")
    most = np.quantile(counts[present], high, method="higher")
    return present & (counts >= least) & (counts <= most)


def usual_users(data: TrainingSet, low: float, high: float) -> np.ndarray:
    """(E,) bool: the events of users whose number of events lies between two percentiles of all users'."""
    lengths = np.diff(data.offsets)
    return np.repeat(within(lengths, low, high), lengths)


def usual_items(data: TrainingSet, low: float, high: float) -> np.ndarray:
    """(E,) bool: the events of items whose number of events lies between two percentiles of all items'."""
    return within(np.bincount(data.item, minlength=len(data.items)), low, high)[data.item]
