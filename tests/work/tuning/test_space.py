import pytest

from penchant.recipes.similar_items import SimilarItems
from penchant.recipes.sims import Sims
from penchant.recipes.user_personalization import UserPersonalization
from penchant.work.tuning.space import Dimension, space_of, spread, starts
from tests.work.tuning.dial import Dial

ALL = {
    "integerHyperParameterRanges": [{"name": "count", "minValue": 4, "maxValue": 8}],
    "continuousHyperParameterRanges": [{"name": "place", "minValue": 0.5, "maxValue": 1}],
    "categoricalHyperParameterRanges": [{"name": "turned", "values": ["True"]}],
}


def test_without_ranges_all_that_is_tunable_and_not_fixed():
    assert [each.name for each in space_of(Dial, {}, {})] == ["count", "hidden", "place", "turned"]
    assert [each.name for each in space_of(Dial, {}, {"place": "0.1"})] == ["count", "hidden", "turned"]
    empty = {kind: [] for kind in ALL}
    assert space_of(Dial, empty, {}) == space_of(Dial, {}, {})


def test_the_ranges_of_a_request_and_no_others():
    assert space_of(Dial, ALL, {"count": "2"}) == [
        Dimension("count", 4, 8),
        Dimension("place", 0.5, 1.0),
        Dimension("turned", words=(True,)),
    ]


def test_values_are_of_their_kind():
    count, place, turned = space_of(Dial, ALL, {})
    assert (count.is_whole, place.is_whole) == (True, False)
    assert (count.nearest(2), count.nearest(6), place.nearest(0.123456), place.nearest(0.7123456)) == (
        4,
        6,
        0.5,
        0.7123,
    )
    assert turned.nearest(False) is True
    assert Dimension("wide", 1.0, 10_000.0).at(0.5) == 100.0
    assert not Dimension("narrow", 0.0, 1.0).is_wide


def test_the_usual_values_come_first_then_the_best_before_then_the_portfolio():
    space = space_of(Dial, {}, {})
    first = starts(Dial(place=0.3), space, {"place": "0.6", "turned": "true", "fixed": "9"}, 40)
    assert first[0] == {"count": 2, "hidden": 7, "place": 0.3, "turned": False}
    assert first[1] == {"count": 2, "hidden": 7, "place": 0.6, "turned": True}
    assert first[2] == {"count": 1, "hidden": 7, "place": 0.9, "turned": False}
    assert first[3] == {"count": 2, "hidden": 7, "place": 0.1, "turned": True}
    assert len(first) == 8
    assert len({str(each) for each in first}) == 8
    assert first == starts(Dial(place=0.3), space, {"place": "0.6", "turned": "true"}, 40)


@pytest.mark.parametrize(("jobs", "count"), [(1, 1), (2, 1), (8, 4), (20, 8), (40, 8)])
def test_half_of_the_trials_are_left_to_the_search(jobs, count):
    assert len(starts(Dial(), space_of(Dial, {}, {}), {}, jobs)) == count


def test_all_of_them_lie_in_the_ranges():
    for values in starts(Dial(), space_of(Dial, ALL, {}), {"count": "1", "place": "0.1"}, 40):
        assert values["turned"] is True and 4 <= values["count"] <= 8 and 0.5 <= values["place"] <= 1


@pytest.mark.parametrize("recipe", [Sims, UserPersonalization, SimilarItems])
def test_portfolios_of_our_recipes_are_in_their_ranges(recipe):
    space = {each.name: each for each in space_of(recipe, {}, {})}
    assert len(recipe.portfolio) >= 4
    for part in recipe.portfolio:
        assert {name: space[name].nearest(value) for name, value in part.items()} == dict(part)


def test_points_that_are_spread_fill_the_space():
    points = spread(space_of(Dial, {}, {}), 60)
    assert {point["count"] for point in points} == set(range(1, 10))
    assert {point["turned"] for point in points} == {True, False}
    assert min(point["place"] for point in points) < 0.1 and max(point["place"] for point in points) > 0.9
