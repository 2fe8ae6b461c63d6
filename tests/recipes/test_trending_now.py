"""aws-trending-now: the contract, and growth that can be counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from penchant.recipes.trending_now import TrendingNow, TrendingVideos
from tests.recipes.contract import DAY, RecipeContract, training_set

HOUR = 3_600
END = 1_000 * DAY


class TestTrendingNow(RecipeContract):
    recipe = TrendingNow()


class TestTrendingVideos(RecipeContract):
    recipe = TrendingVideos()


def order(recent: list[tuple[int, float, int]], recipe: TrendingNow, item_count: int = 6) -> list[int]:
    """Best first, where item 0 is by far the most popular and every other the more so the smaller; and of `recent`
    (item, hours before the end, events) in addition."""
    old = [[item] * 2 for item in range(item_count) for _ in range(500 if item == 0 else 20 - item)]
    late = [(item, END - int(hours * HOUR)) for item, hours, events in recent for _ in range(events)]
    late.append((0, END))
    data = training_set([*old, *([item] for item, _ in late)], item_count)
    times = np.concatenate([np.zeros(2 * len(old), np.int64), [at for _, at in late]])
    model = recipe.fit(replace(data, timestamp=times), lambda done, message: None)
    return np.argsort(-model.scores(np.empty(0, np.int32)), kind="stable").tolist()


@pytest.mark.parametrize(
    ("recent", "growing"),
    [
        ([], []),
        ([(3, 1, 4)], []),  # too few to speak of growth
        ([(3, 1, 5)], [3]),
        ([(3, 1, 8), (4, 1, 9)], [4, 3]),
        ([(4, 1, 8), (3, 1, 8)], [3, 4]),  # ties by popularity
        ([(3, 1, 30), (3, 3, 30), (5, 1, 6)], [5]),  # as many as before is no growth
        ([(3, 1, 30), (3, 3, 31), (5, 1, 6)], [5]),
        ([(3, 1, 100), (3, 3, 90), (4, 1, 9), (4, 3, 1)], [4, 3]),  # 9 from 1 is more than 100 from 90
    ],
)
def test_growth(recent: list[tuple[int, float, int]], growing: list[int]) -> None:
    ranked = order(recent, TrendingNow())
    assert ranked[: len(growing) + 1] == [*growing, 0]
    if not recent:
        assert ranked == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(("every", "first"), [("30 minutes", 0), ("1 hour", 3), ("1 day", 3)])
def test_the_interval_is_as_asked_for(every: str, first: int) -> None:
    recipe = TrendingNow.from_wire({}, {"trend_discovery_frequency": every})
    assert order([(3, 0.9, 8)], recipe)[0] == first


def test_a_use_case_looks_at_two_hours_and_has_nothing_to_set() -> None:
    assert order([(3, 1.9, 8), (4, 2.1, 30)], TrendingVideos())[0] == 3
    with pytest.raises(ValueError, match="no feature transformation parameter"):
        TrendingVideos.features_from_wire({"trend_discovery_frequency": "1 hour"})
