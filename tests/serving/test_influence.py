"""Popularity and freshness in a ranking: among the most similar items, in proportion to their weight."""

import numpy as np
import pytest

from penchant.serving.allowed import Without
from penchant.serving.influence import POOL, Influenced
from penchant.serving.scored import Row

SIMILARITY = np.array([0.1, 0.9, 0.5, 0.7, 0.3], np.float32)
NEW = np.array([1.0, 0.0, 0.5, 0.0, 0.0], np.float32)


@pytest.mark.parametrize(
    ("weight", "order"),
    [(0.0, [1, 3, 2, 4, 0]), (0.6, [1, 2, 3, 0, 4]), (0.8, [1, 2, 0, 3, 4])],
)
def test_the_more_it_weighs_the_higher_is_what_is_new(weight: float, order: list[int]) -> None:
    influenced = Influenced(Row(SIMILARITY.copy()), [(weight, NEW)])
    assert influenced.best(5).tolist() == order
    assert influenced.best(2).tolist() == order[:2]


def test_influences_add_up_and_filters_hold() -> None:
    popular = np.array([0, 0, 0, 1, 0], np.float32)
    influenced = Influenced(Row(SIMILARITY.copy()), [(0.5, NEW), (0.5, popular)])
    assert influenced.best(3).tolist() == [3, 1, 2]
    assert influenced.best(3, Without(np.array([3]), 5)).tolist() == [1, 2, 0]


def test_only_the_most_similar_are_put_in_another_order() -> None:
    similarity = np.linspace(1, 0, 2 * POOL).astype(np.float32)
    new = np.zeros(2 * POOL, np.float32)
    new[[POOL - 1, POOL]] = 1
    assert Influenced(Row(similarity), [(1.0, new)]).best(25).tolist()[:2] == [0, POOL - 1]
    assert POOL not in Influenced(Row(similarity.copy()), [(1.0, new)]).best(POOL)


def test_items_that_are_equally_similar_and_none_at_all() -> None:
    assert Influenced(Row(np.ones(5, np.float32)), [(1.0, NEW)]).best(2).tolist() == [0, 2]
    assert Influenced(Row(np.full(5, -np.inf, np.float32)), [(1.0, NEW)]).best(2).tolist() == []
