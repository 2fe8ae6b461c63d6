"""How popular each item is these days: an exponentially weighted count with a half-life of a week."""

import numpy as np

from penchant.lake.training_set import TrainingSet

DAY = 86_400
HALF_LIFE = 7 * DAY
STRAY = 0.999
"""Quantile of the timestamps that is now, so that a few events dated into the future do not make all others old."""


def recent_popularity(data: TrainingSet) -> np.ndarray | None:
    """(I,) float64 decayed counts at the end of the data; None where the timestamps span less than a half-life.

    Counters and constants in place of times fall under the latter, and are no reason to prefer any item.
    """
    if len(data.timestamp) == 0 or np.ptp(data.timestamp) < HALF_LIFE:
        return None
    now = np.quantile(data.timestamp, STRAY)
    age = np.maximum(now - data.timestamp, 0)
    return np.bincount(data.item, np.exp2(-age / HALF_LIFE), minlength=len(data.items))
