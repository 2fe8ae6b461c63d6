"""The metrics of user segments: counts and shares that can be worked out by hand."""

import numpy as np
import pytest

from penchant.measure.segments import segment_metrics, segment_size


def test_hits_are_counted_and_recall_is_a_share() -> None:
    """Two of three hundred users are looked at in the first, all three places in the second."""
    segments = [np.array([5, 6, 7, 8, 9]), np.array([1, 2, 3, 5, 4])]
    takers = [np.array([6, 7, 8, 200]), np.array([4, 5])]
    metrics = segment_metrics(segments, takers, 300)
    assert metrics["hits_at_1_percent"] == pytest.approx((2 + 0) / 2)
    assert metrics["recall_at_1_percent"] == pytest.approx((2 / 4 + 0) / 2)
    assert metrics["coverage"] == pytest.approx(9 / 300)


def test_hits_may_exceed_one() -> None:
    metrics = segment_metrics([np.arange(100)], [np.arange(50)], 10_000)
    assert metrics == {"coverage": 25 / 10_000, "hits_at_1_percent": 50.0, "recall_at_1_percent": 1.0}


def test_nothing_was_asked() -> None:
    assert segment_metrics([], [], 10) == {"coverage": 0.0, "hits_at_1_percent": 0.0, "recall_at_1_percent": 0.0}


def test_a_hundredth_is_one_user_at_least() -> None:
    assert [segment_size(users) for users in (1, 99, 100, 199, 200, 12_345)] == [1, 1, 1, 1, 2, 123]
