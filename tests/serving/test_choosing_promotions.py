"""Promotions beside filters and exploration: how many, in which order, and each item once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.serving.allowed import Without
from penchant.serving.choosing import Exploring, Promotion, Wanted, choose, mixed
from penchant.serving.exploration import Ground
from penchant.serving.scored import Row
from tests.serving.test_choosing import SCORES, SIZE, marked
from tests.serving.test_scored import Marked

LATER = 2
"""Items that the model does not know."""
ROWS = SIZE + LATER
some_rows = st.sets(st.integers(0, ROWS - 1), max_size=20)


def row() -> Row:
    return Row(SCORES.copy())


@pytest.mark.parametrize(
    ("percent", "n", "count"), [(1, 1, 1), (1, 100, 1), (1, 101, 2), (10, 25, 3), (50, 4, 2), (100, 7, 7), (7, 100, 7)]
)
def test_a_share_of_the_places_is_rounded_up(percent: int, n: int, count: int) -> None:
    assert Promotion("p", percent, None, 0).count(n) == count


@settings(deadline=None, derandomize=True, database=None, max_examples=150)
@given(some_rows, some_rows, st.integers(1, 100), st.integers(1, 60), st.integers(0, 99))
def test_each_item_is_there_once_and_in_its_order(
    may: set[int], left_out: set[int], percent: int, n: int, seed: int
) -> None:
    promotion = Promotion("p", percent, marked(*may), seed)
    allowed = Without(np.array(sorted(left_out), np.int64), ROWS)
    found = choose(row(), Wanted(n, SIZE, ROWS, allowed, None, promotion))
    promoted, others = found.rows[found.promoted].tolist(), found.rows[~found.promoted].tolist()
    assert promoted == sorted(may)[: promotion.count(n)]  # the best is 0, and those nobody knows are last
    rest = [code for code in range(SIZE) if code not in left_out and code not in promoted]
    assert others == rest[: n - len(promoted)]
    assert len(found.rows) == len(found.explored) == len(found.promoted) <= n
    assert not found.explored.any()


def test_places_are_the_same_for_the_same_seed_and_the_order_is_kept() -> None:
    wanted = Wanted(20, SIZE, SIZE, None, None, Promotion("p", 30, marked(3, 9, 14, 30), 5))
    one, other = choose(row(), wanted), choose(row(), wanted)
    assert one.rows.tolist() == other.rows.tolist()
    assert one.promoted.tolist() == other.promoted.tolist()
    assert one.promoted.sum() == 4  # as many as may be promoted


def test_everything_may_be_promoted_where_no_filter_says_what() -> None:
    found = choose(row(), Wanted(4, SIZE, ROWS, None, None, Promotion("p", 50, None, 0)))
    assert sorted(found.rows.tolist()) == [0, 1, 2, 3]
    assert found.rows[found.promoted].tolist() == [0, 1]
    every = choose(row(), Wanted(ROWS, SIZE, ROWS, None, None, Promotion("p", 100, None, 0)))
    assert every.rows.tolist() == list(range(ROWS))
    assert every.promoted.all()


def test_where_nothing_may_be_promoted_the_list_is_plain() -> None:
    found = choose(row(), Wanted(5, SIZE, SIZE, None, None, Promotion("p", 50, marked(), 0)))
    assert found.rows.tolist() == [0, 1, 2, 3, 4]
    assert not found.promoted.any()


def test_what_is_promoted_is_not_the_filters_business_and_the_rest_is() -> None:
    nothing = Marked(np.zeros(SIZE, bool))
    found = choose(row(), Wanted(6, SIZE, SIZE, nothing, None, Promotion("p", 50, marked(8, 2), 0)))
    assert found.rows.tolist() == [2, 8]
    assert found.promoted.all()


@pytest.mark.parametrize("weight", [None, 0.0, 1.0])
def test_without_anything_to_explore_the_list_is_plain(weight: float | None) -> None:
    nothing_new = Ground.of(np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE), 10**9, SIZE)
    for seed in (0, 2**64 - 1):
        found = choose(row(), Wanted(5, SIZE, SIZE, None, Exploring(nothing_new, seed, weight)))
        assert found.rows.tolist() == [0, 1, 2, 3, 4]
        assert not found.explored.any()
        assert found.propensities is None


def all_new() -> Ground:
    return Ground.of(np.full(ROWS, 100), np.zeros(ROWS), np.zeros(ROWS), 100, SIZE)


def test_a_weight_of_nothing_explores_nothing() -> None:
    found = choose(row(), Wanted(5, SIZE, ROWS, None, Exploring(all_new(), 12345, 0.0)))
    assert found.rows.tolist() == [0, 1, 2, 3, 4]
    assert not found.explored.any()


@pytest.mark.parametrize("weight", [None, 1.0])
def test_what_is_promoted_is_neither_explored_nor_left_to_chance(weight: float | None) -> None:
    explored = 0
    for step in range(60):
        exploring = Exploring(all_new(), 2**64 - 1 - (step << 40), weight)  # lists that have their turn
        promotion = Promotion("p", 25, marked(4, 44, SIZE + 1), step)
        found = choose(row(), Wanted(8, SIZE, ROWS, None, exploring, promotion))
        assert found.rows[found.promoted].tolist() == [4, 44]
        assert len(set(found.rows.tolist())) == len(found.rows) == 8
        assert not (found.explored & found.promoted).any()
        assert found.propensities is not None
        assert (found.propensities[found.promoted] == 1).all()
        assert ((found.propensities > 0) & (found.propensities <= 1)).all()
        explored += found.explored.sum()
    assert explored


class Untouchable(Marked):
    """May be asked for a list, and not about what could be explored."""

    def among(self, codes: np.ndarray) -> np.ndarray:
        assert codes.max() < SIZE, "the items that nobody knows are only eligible for exploration"
        return super().among(codes)


def test_a_list_that_has_no_turn_does_not_ask_the_filter_what_may_be_explored() -> None:
    allowed = Untouchable(np.arange(ROWS) % 2 == 0)
    found = choose(row(), Wanted(5, SIZE, ROWS, allowed, Exploring(all_new(), 0, None)))
    assert found.rows.tolist() == [0, 2, 4, 6, 8]
    assert found.propensities is not None
    with pytest.raises(AssertionError, match="only eligible"):
        choose(row(), Wanted(5, SIZE, ROWS, allowed, Exploring(all_new(), 2**64 - 1, None)))


def test_the_filter_holds_for_what_the_service_explores() -> None:
    allowed = Marked(np.arange(ROWS) < 10)
    for step in range(40):
        exploring = Exploring(all_new(), 2**64 - 1 - (step << 40), None)
        found = choose(row(), Wanted(5, SIZE, ROWS, allowed, exploring))
        assert found.explored.any()
        assert found.rows.max() < 10


def test_values_are_mixed_by_place() -> None:
    places = np.array([False, True, True, False])
    assert mixed(places, np.array([1, 2]), np.array([7, 8])).tolist() == [7, 1, 2, 8]
