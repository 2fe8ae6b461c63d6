"""Percentiles of counts: both ends belong to what is kept, and a limit is a count that occurs."""

import numpy as np
import pytest

from penchant.recipes.parts.percentiles import usual_items, usual_users, within
from tests.recipes.contract import training_set


@pytest.mark.parametrize(
    ("counts", "low", "high", "kept"),
    [
        ([1, 2, 3, 4], 0.0, 1.0, [1, 2, 3, 4]),
        ([1, 2, 3, 4], 0.5, 1.0, [2, 3, 4]),
        ([1, 2, 3, 4], 0.0, 0.5, [1, 2, 3]),
        ([0, 0, 0, 5], 0.0, 0.1, [5]),  # what never occurs is no part of the scale
        ([7, 7, 7], 0.1, 0.9, [7, 7, 7]),
        ([1, 2, 900], 0.0, 0.99, [1, 2, 900]),  # too few for one in a hundred
        ([*range(1, 1001)], 0.0, 0.99, [*range(1, 992)]),
        ([0, 0], 0.0, 1.0, []),
    ],
)
def test_counts_within(counts: list[int], low: float, high: float, kept: list[int]) -> None:
    array = np.array(counts)
    assert array[within(array, low, high)].tolist() == kept


def test_events_of_users_and_of_items() -> None:
    data = training_set([[0, 0, 1], [1], [1, 2]], 4)
    assert usual_users(data, 0.0, 0.4).tolist() == [False, False, False, True, True, True]
    assert usual_items(data, 1.0, 1.0).tolist() == [False, False, True, True, True, False]
