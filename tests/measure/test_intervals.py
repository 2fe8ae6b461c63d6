"""Means over users, and how sure they are."""

import numpy as np
import pytest

from penchant.measure import intervals
from penchant.measure.intervals import Estimate, estimates


def test_a_mean_of_few_by_hand() -> None:
    found = estimates({"m": np.array([0.0, 0.0, 1.0, 1.0])})["m"]
    assert (found.mean, found.users) == (0.5, 4)
    assert found.standard_error == pytest.approx(np.std([0, 0, 1, 1], ddof=1) / 2)
    assert (found.low, found.high) == (0, 1)  # of four, all may be drawn from one half


def test_users_without_a_value_are_not_counted() -> None:
    some, all_ = np.array([1.0, np.nan, 3.0, np.nan]), np.ones(4)
    found = estimates({"some": some, "all": all_})
    assert (found["some"].mean, found["some"].users) == (2, 2)
    assert 1 <= found["some"].low < 2 < found["some"].high <= 3
    assert found["all"] == Estimate(1, 0, 1, 1, 4)
    assert estimates({"none": np.full(3, np.nan)})["none"] == Estimate(0, 0, 0, 0, 0)
    assert estimates({}) == {}


def test_the_same_values_have_the_same_interval_and_the_bootstrap_agrees_with_the_normal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = {"m": np.random.default_rng(1).exponential(size=3_000)}
    booted = estimates(values)["m"]
    assert estimates(values)["m"] == booted
    monkeypatch.setattr(intervals, "NORMAL_FROM", 1_000)
    normal = estimates(values)["m"]
    assert booted.low == pytest.approx(normal.low, abs=0.005)
    assert booted.high == pytest.approx(normal.high, abs=0.005)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    draws = {str(draw): rng.exponential(size=60) for draw in range(400)}
    held = [found.low <= 1 <= found.high for found in estimates(draws).values()]
    assert 0.90 <= np.mean(held) <= 0.97
