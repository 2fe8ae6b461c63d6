"""Trend prediction accuracy on growth that is known."""

from dataclasses import replace

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.measure.trends import INTERVALS, trend_prediction_accuracy
from penchant.recipes.trending_now import trending_ranking
from tests.recipes.contract import training_set

HOUR = 3_600
ITEMS = 60


def counted(counts: np.ndarray) -> TrainingSet:
    """counts (T, I) of interactions in each hour, all in the middle of it; a last event closes the last hour."""
    hours, items = np.nonzero(counts)
    times = counts[hours, items]
    item, hour = np.repeat(items, times), np.repeat(hours, times)
    data = training_set([[*item.tolist(), 0]], counts.shape[1])
    return replace(data, timestamp=np.append(hour * HOUR + HOUR // 2, len(counts) * HOUR))


def steady(growing: range) -> np.ndarray:
    """Ten hours in which every item has 5 events and some of them ten more each hour."""
    counts = np.full((10, ITEMS), 5)
    counts[:, growing] += 10 * np.arange(10)[:, None]
    return counts


def test_growth_that_goes_on_is_foretold() -> None:
    data = counted(steady(range(10, 20)))
    accuracy, told = trend_prediction_accuracy(data, lambda past: trending_ranking(past, HOUR), HOUR)
    assert accuracy > 0.95
    assert told == INTERVALS


def test_what_is_popular_does_not_foretell_what_grows() -> None:
    counts = steady(range(10, 20))
    counts[:, 20:] += 500
    accuracy, _ = trend_prediction_accuracy(
        counted(counts), lambda past: np.bincount(past.item, minlength=ITEMS).astype(np.float32), HOUR
    )
    assert accuracy < 0.05


def test_only_the_past_is_looked_at() -> None:
    seen = []

    def rank(past: TrainingSet) -> np.ndarray:
        seen.append(int(past.timestamp.max()))
        return np.zeros(ITEMS, np.float32)

    trend_prediction_accuracy(counted(steady(range(3))), rank, HOUR)
    assert seen == [8 * HOUR + HOUR // 2 - HOUR * back for back in range(INTERVALS)]


@pytest.mark.parametrize("counts", [np.full((10, ITEMS), 4), np.full((1, ITEMS), 4)])
def test_nothing_that_grows_is_nothing_foretold(counts: np.ndarray) -> None:
    counts[-1, 0] -= 1  # the event that closes the hour is the fourth
    data = counted(counts)
    data = replace(data, timestamp=np.minimum(data.timestamp, len(counts) * HOUR - HOUR // 2))
    assert trend_prediction_accuracy(data, lambda past: np.zeros(ITEMS, np.float32), HOUR)[0] == 0
