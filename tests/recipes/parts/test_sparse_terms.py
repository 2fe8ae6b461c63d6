"""The sparse forms of a score's terms say what the forms over all items say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.recipes.parts.factored import Additions
from penchant.recipes.parts.flows import gained
from penchant.recipes.parts.fusion import FADING, FLOOR, lift, log_flow, own_bonus
from penchant.recipes.parts.neighbours import Neighbours

ITEMS = 20
quick = settings(deadline=None, derandomize=True, database=None, max_examples=60)
histories = st.lists(st.integers(0, ITEMS - 1), min_size=1, max_size=9).map(lambda codes: np.array(codes, np.int32))


@pytest.fixture(scope="module")
def rows() -> Neighbours:
    """Items 0 to 4 are followed by nothing, and some places of the others are not used."""
    rng = np.random.default_rng(0)
    weights = rng.random((ITEMS, 6)).astype(np.float32)
    weights[:, 4:] = 0
    weights[:5] = 0
    items = np.stack([rng.choice(ITEMS, 6, replace=False) for _ in range(ITEMS)]).astype(np.int32)
    items[weights == 0] = 0
    return Neighbours(items, weights, 0.7)


@pytest.mark.parametrize("history", [[7], [2], [1, 3, 0], [9, 9, 12], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]])
def test_what_is_reached_is_what_something_flows_to(rows: Neighbours, history: list[int]) -> None:
    asked = np.array(history, np.int32)
    expected = rows.follow(asked)
    codes, weights = rows.reached(asked)
    assert codes.tolist() == np.flatnonzero(expected).tolist()
    np.testing.assert_allclose(weights, expected[codes], rtol=1e-6)
    assert weights.dtype == np.float32


@quick
@given(st.lists(st.sampled_from([0.0, 1e-9, 0.3, 2.0, 700.0]), min_size=1, max_size=12))
def test_a_lift_is_what_is_gained_over_an_item_that_nothing_flows_to(flow: list[float]) -> None:
    whole = np.array(flow)
    found = np.zeros(len(flow), np.float32)
    found[whole > 0] = lift(whole[whole > 0])
    np.testing.assert_allclose(found, log_flow(whole) - np.log(FLOOR), rtol=1e-4, atol=1e-5)
    assert lift(whole).dtype == np.float32


def test_where_nothing_flows_nothing_is_gained() -> None:
    assert lift(np.empty(0)).shape == (0,)
    assert lift(np.zeros(3)).tolist() == [0, 0, 0]


@quick
@given(histories, st.sampled_from([-2.0, 0.0, 3.0]), st.sampled_from([0.0, 1.5]), st.sampled_from([-4.0, 0.0, 2.0]))
def test_the_bonus_of_a_history_is_what_each_of_its_items_has_of_its_own(
    history: np.ndarray, own: float, habit: float, fresh: float
) -> None:
    codes, bonus = own_bonus(history, own, habit, fresh)
    assert codes.tolist() == sorted(history.tolist())
    assert bonus.dtype == np.float32
    taken = history.tolist()
    expected = [
        own + habit * np.log(taken.count(code)) + fresh * FADING ** taken[::-1].index(code) for code in codes.tolist()
    ]
    np.testing.assert_allclose(bonus, expected, rtol=1e-5, atol=1e-6)


@quick
@given(
    histories,
    st.sampled_from([0.0, 0.8]),
    st.sampled_from([-2.0, 0.0]),
    st.sampled_from([0.0, 1.5]),
    st.sampled_from([-4.0, 0.0]),
)
def test_all_that_a_history_adds_at_once(
    rows: Neighbours, history: np.ndarray, flowing: float, own: float, habit: float, fresh: float
) -> None:
    additions: Additions = [own_bonus(history, own, habit, fresh)]
    if flowing:
        codes, flow = rows.reached(history)
        additions.append((codes, np.float32(flowing) * lift(flow)))
    expected = np.zeros(ITEMS, np.float32)
    for codes, values in additions:
        expected[codes] += values
    codes, values = gained(history, rows.influence, rows.items, rows.weights, FLOOR, flowing, own, habit, fresh, FADING)
    assert len(set(codes.tolist())) == len(codes)
    found = np.zeros(ITEMS, np.float32)
    found[codes] = values
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert values.dtype == np.float32
