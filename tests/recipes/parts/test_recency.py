"""Recent popularity: half after a week, and none from timestamps that are no times."""

from dataclasses import replace

import numpy as np

from penchant.recipes.parts.new_user import start_scores
from penchant.recipes.parts.recency import recent_popularity
from tests.recipes.contract import DAY, circles, training_set


def test_an_event_counts_half_after_a_week() -> None:
    data = training_set([[0, 1, 2]] * 40, 4, seconds=7 * DAY)
    recent = recent_popularity(data)
    assert recent is not None
    np.testing.assert_allclose(recent, [10, 20, 40, 0])


def test_counters_are_no_times() -> None:
    assert recent_popularity(training_set([[0, 1, 2]] * 40, 3, seconds=1)) is None
    constant = circles()
    assert recent_popularity(replace(constant, timestamp=np.zeros_like(constant.timestamp))) is None


def test_one_stray_date_does_not_make_everything_old() -> None:
    data = training_set([[0, 1]] * 1000, 2)
    data.timestamp[-1] += 10_000 * DAY
    recent = recent_popularity(data)
    assert recent is not None and recent[0] > 500


def test_new_people_get_first_items_and_popular_ones() -> None:
    data = training_set([[0, 1, 1, 1], [0, 1, 1, 1], [2, 1, 3, 1]], 5)
    scores = start_scores(data, None)
    assert scores.argsort()[::-1].tolist() == [0, 1, 2, 3, 4] or scores.argsort()[::-1].tolist() == [1, 0, 2, 3, 4]
    trending = start_scores(data, np.array([0.0, 0, 0, 9, 0]))
    assert trending[3] > trending[1]
