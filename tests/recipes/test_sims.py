"""aws-sims: the contract, pairs that can be counted by hand, and what each parameter does."""

from collections.abc import Sequence

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.recipes.sims import Sims
from tests.recipes.contract import RecipeContract, training_set

ALL = {
    "min_user_history_length_percentile": "0",
    "max_user_history_length_percentile": "1",
    "min_item_interaction_count_percentile": "0",
    "max_item_interaction_count_percentile": "1",
}


class TestSims(RecipeContract):
    recipe = Sims()

    def test_companions_come_before_what_is_popular(self, data: TrainingSet, model: Model) -> None:
        """On the circles, the items next to one are nearest to it, on both sides."""
        wide = Sims.from_wire({}, ALL).fit(data, silent)
        assert set(ranked(wide, [10])[:2]) == {9, 11}


def silent(done: float, message: str) -> None:
    pass


def ranked(model: Model, history: Sequence[int]) -> list[int]:
    return np.argsort(-model.scores(np.array(history, np.int32)), kind="stable").tolist()


def world(pairs: dict[tuple[int, ...], int], item_count: int) -> TrainingSet:
    """So many users with each history; a hundred more have an item of their own only, so that there is enough data."""
    histories = [list(history) for history, users in pairs.items() for _ in range(users)]
    own = item_count
    return training_set(histories + [[own] * 20] * 100, item_count + 1)


def test_an_unknown_item_gets_the_popular_ones() -> None:
    data = world({(0, 1): 30, (1, 2): 20}, 4)
    model = Sims.from_wire({}, ALL).fit(data, silent)
    assert ranked(model, []) == [4, 1, 0, 2, 3]
    assert ranked(model, [3]) == [4, 1, 0, 2, 3]  # known, and nobody took it


def test_what_is_not_related_follows_by_popularity_and_the_item_itself_is_last() -> None:
    data = world({(0, 1): 30, (1, 2): 20}, 4)
    model = Sims.from_wire({}, ALL).fit(data, silent)
    assert ranked(model, [2]) == [1, 4, 0, 3, 2]
    assert ranked(model, [0, 3, 2]) == ranked(model, [2])  # the newest is asked about
    assert model.scores(np.array([1])).argmin() == 1


@pytest.mark.parametrize(("least", "related"), [("0", True), ("4", True), ("5", False)])
def test_a_pair_needs_so_many_users_in_common(least: str, related: bool) -> None:
    """However often each of them took both."""
    data = world({(0, 1, 0, 1, 0, 1): 4, (2,): 30}, 3)
    model = Sims.from_wire({"min_cointeraction_count": least}, ALL).fit(data, silent)
    assert (ranked(model, [0])[0] == 1) is related


@pytest.mark.parametrize(("discount", "first"), [("0", 1), ("1", 2)])
def test_a_discount_of_popularity(discount: str, first: int) -> None:
    """Item 1 goes with everything, item 2 with item 0 alone and with fewer people."""
    data = world({(0, 1): 40, (0, 2): 30, (1, 3): 200}, 4)
    model = Sims.from_wire({"popularity_discount_factor": discount}, ALL).fit(data, silent)
    assert ranked(model, [0])[0] == first


def test_near_pairs_are_more_related_than_far_ones() -> None:
    between = tuple(range(3, 13))
    data = world({(0, 1, *between, 2): 30}, 13)
    model = Sims.from_wire({}, ALL).fit(data, silent)
    assert ranked(model, [0])[:5] == [1, 3, 4, 5, 6]
    scores = model.scores(np.array([0]))
    assert scores[6] > scores[2] > 0


@pytest.mark.parametrize(("highest", "related"), [(None, True), ("0.9", True), ("1", True), ("0.8", False)])
def test_popular_items_are_related_unless_less_is_asked_for_than_by_default(highest: str | None, related: bool) -> None:
    """Recorded: Amazon's service relates the most popular films with its default of 0.9."""
    data = world({(0, item, item + 1): 8 for item in range(1, 20)}, 21)
    features = {} if highest is None else {"max_item_interaction_count_percentile": highest}
    model = Sims.from_wire({"popularity_discount_factor": "0"}, features).fit(data, silent)
    assert (0 in ranked(model, [5])[:2]) is related  # the popular ones follow what is related


def test_the_rarest_items_are_left_out_as_asked_for() -> None:
    data = world({(0, 1): 30, (2, 3): 5}, 4)
    features = {**ALL, "min_item_interaction_count_percentile": "0.5"}
    model = Sims.from_wire({}, features).fit(data, silent)
    assert ranked(model, [2]) == [4, 1, 0, 3, 2]  # the popular ones
    assert ranked(model, [0])[0] == 1


@pytest.mark.parametrize(
    ("features", "related"),
    [
        ({"max_user_history_length_percentile": "1"}, True),
        ({"max_user_history_length_percentile": "0.5"}, False),  # only the short histories count
        ({"min_user_history_length_percentile": "0.99"}, True),  # only the long ones do
    ],
)
def test_histories_at_the_ends_are_left_out_as_asked_for(features: dict[str, str], related: bool) -> None:
    long = (0, 1) + (2,) * 40
    data = world({long: 10, (0, 3): 200}, 4)
    model = Sims.from_wire({}, {**ALL, **features}).fit(data, silent)
    assert (1 in ranked(model, [0])[:2]) is related


def test_no_more_companions_are_kept_than_can_be_asked_for() -> None:
    histories = [[0, *range(1 + 10 * user, 11 + 10 * user)] for user in range(60)] * 3
    model = Sims.from_wire({}, ALL).fit(training_set(histories, 601), silent)
    related = (model.scores(np.array([0])) > 0).sum()
    assert related == 500
    assert (model.scores(np.array([5])) > 0).sum() == 10
