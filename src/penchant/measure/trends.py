"""Trend prediction accuracy: how much of what came to grow was among the items that were said to be growing.

Developer Guide, "Evaluating a solution version with metrics": the increase in popularity of the recommended items over
that of the 25 items that increased most. The guide does not say from when to when; here the recipe looks at the data up
to the beginning of an interval, and that interval tells. One interval of two hours has few events, so the newest few
count together.
"""

from collections.abc import Callable

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.measure.ranking import DEPTH, best

NAME = "trend_prediction_accuracy"
INTERVALS = 5
"""The newest, which are foretold one by one."""


def trend_prediction_accuracy(
    data: TrainingSet, rank: Callable[[TrainingSet], np.ndarray], interval: int
) -> tuple[float, int]:
    """The accuracy, from 0 to 1, and the intervals, of so many seconds, that something grew in.

    `rank` gives (I,) scores from a past that is not empty. An increase is that of the number of interactions over the
    interval before; one that fell has none. 0 where nothing grew.
    """
    newest = data.timestamp.max()
    foretold = possible = 0.0
    told = 0
    for back in range(1, INTERVALS + 1):
        begin = newest - back * interval
        past = data.timestamp <= begin
        if not past.any():
            break
        growth = np.maximum(_counts(data, begin, interval) - _counts(data, begin - interval, interval), 0)
        most = np.sort(growth)[::-1][:DEPTH].sum()
        if most > 0:
            foretold += growth[best(rank(data.keep(past))[None])[0]].sum()
            possible += most
            told += 1
    return (float(foretold / possible) if possible else 0.0), told


def _counts(data: TrainingSet, after: int, seconds: int) -> np.ndarray:
    """(I,) interactions after a moment, and not later than so many seconds after it."""
    inside = (data.timestamp > after) & (data.timestamp <= after + seconds)
    return np.bincount(data.item[inside], minlength=len(data.items))
