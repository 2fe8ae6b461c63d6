"""aws-item-affinity: the contract, and that segments are of those who will take the item, however many are asked for."""

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.recipes.item_affinity import ItemAffinity
from penchant.recipes.parts import affinity
from penchant.recipes.parts.affinity import AffinityModel, log_sum
from penchant.recipes.parts.segments import best_users
from tests.recipes.contract import FEW, RecipeContract, training_set


class TestItemAffinity(RecipeContract):
    recipe = ItemAffinity(hidden_dimension=32)
    many_items = FEW

    def test_it_is_the_probability_of_each_item_times_the_activity(self, data: TrainingSet, model: Model) -> None:
        assert isinstance(model, AffinityModel)
        everything = np.arange(len(data.items))
        scores = model.tastes.scores(
            slice(0, len(data.users)), everything, model.weights, model.tastes.toward(everything)
        )
        shares = scores - log_sum(scores)[:, None]
        asked = [np.array([4]), np.array([3, 5, 7]), np.array([0, 29]), everything]
        for codes, found in zip(asked, model.affinities(asked), strict=True):
            expected = np.log(np.exp(shares[:, codes]).sum(axis=1)) + model.activity
            np.testing.assert_allclose(found, expected, atol=1e-4)

    def test_blocks_of_users_and_groups_of_questions_change_nothing(
        self, model: Model, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert isinstance(model, AffinityModel)
        asked = [*model.questions(), np.array([1, 2])]
        whole = np.stack(list(model.affinities(asked)))
        monkeypatch.setattr(affinity, "USERS_AT_ONCE", 7)
        monkeypatch.setattr(affinity, "AFFINITIES_AT_ONCE", 5 * len(model.activity))
        np.testing.assert_allclose(np.stack(list(model.affinities(asked))), whole, atol=1e-4)

    def test_as_many_users_as_there_are(self, data: TrainingSet, model: Model) -> None:
        assert isinstance(model, AffinityModel)
        for number in (0, 1, 7, len(data.users), 5_000_000):
            (users,) = model.users_for([np.array([2])], number)
            assert len(users) == len(set(users.tolist())) == min(number, len(data.users))

    def test_knowing_all_is_as_if_it_had_always_known(self, data: TrainingSet, model: Model) -> None:
        assert isinstance(model, AffinityModel)
        again = model.knowing(data)
        asked = model.questions()
        np.testing.assert_allclose(list(again.affinities(asked)), list(model.affinities(asked)), atol=2e-3)

    def test_a_user_who_is_brought_up_is_asked_with_the_longer_history(self, data: TrainingSet, model: Model) -> None:
        assert isinstance(model, AffinityModel)
        newer = model.brought_up(np.array([3]), [data.history(8)])
        (found,) = newer.affinities([np.array([4])])
        (before,) = model.affinities([np.array([4])])
        assert found[3] == pytest.approx(before[8] - model.activity[8] + model.activity[3], abs=1e-3)
        np.testing.assert_allclose(np.delete(found, 3), np.delete(before, 3), atol=1e-4)


@pytest.fixture(scope="module")
def two_camps() -> tuple[TrainingSet, AffinityModel]:
    """Users 0 to 59 take items 0 to 19, the others 20 to 39; the even ones take three times as much."""
    rng = np.random.default_rng(3)
    histories = [(rng.integers(0, 20, 30 if user % 2 == 0 else 10) + 20 * (user >= 60)).tolist() for user in range(120)]
    data = training_set(histories, 40)
    return data, ItemAffinity(hidden_dimension=32).fit(data, lambda done, message: None)


def test_a_segment_has_those_who_like_such_items(two_camps: tuple[TrainingSet, AffinityModel]) -> None:
    _, model = two_camps
    for item in (0, 13, 25, 39):
        (users,) = model.users_for([np.array([item])], 30)
        assert np.mean((users >= 60) == (item >= 20)) > 0.95


def test_of_those_who_like_it_the_busy_ones_come_first(two_camps: tuple[TrainingSet, AffinityModel]) -> None:
    _, model = two_camps
    places = [np.mean(users[:20] % 2 == 0) for users in model.users_for([np.arange(20), np.arange(20, 40)], 30)]
    assert min(places) > 0.8


def test_without_ease_the_counted_successors_serve(
    two_camps: tuple[TrainingSet, AffinityModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("penchant.recipes.parts.ease.LARGEST_CATALOGUE", 10)
    data, _ = two_camps
    model = ItemAffinity(hidden_dimension=32).fit(data, lambda done, message: None)
    assert model.companions.shape == (0, 0)
    for item in (3, 30):
        (users,) = model.users_for([np.array([item])], 30)
        assert np.mean((users >= 60) == (item >= 20)) > 0.95


def test_the_best_of_some_users() -> None:
    affinity_ = np.array([1, 5, 5, 3, 5, 0], np.float32)
    assert best_users(affinity_, 2).tolist() == [1, 2]
    assert best_users(affinity_, 4).tolist() == [1, 2, 4, 3]
    assert best_users(affinity_, 99).tolist() == [1, 2, 4, 3, 0, 5]
    assert best_users(affinity_, 2, np.array([1, 0, 0, 1, 1, 1], bool)).tolist() == [4, 3]
    assert best_users(affinity_, 2, np.zeros(6, bool)).tolist() == []
    assert best_users(affinity_, 0).tolist() == []
