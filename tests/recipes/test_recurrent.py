"""aws-user-personalization, aws-personalized-ranking and aws-hrnn: the contract, and that no parameter is ignored."""

from dataclasses import replace

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.recipes.parts.settings import settings_for
from penchant.recipes.personalized_ranking import PersonalizedRanking
from penchant.recipes.recurrent import Recurrent
from penchant.recipes.user_personalization import Hrnn, HrnnMetadata, UserPersonalization
from tests.recipes.contract import DAY, FEW, RecipeContract, circles, training_set
from tests.recipes.test_user_personalization_v2 import silent

SMALL = {"hidden_dimension": "33", "bptt": "2"}
EMPTY = np.empty(0, np.int32)


class TestUserPersonalization(RecipeContract):
    recipe = UserPersonalization.from_wire(SMALL)
    many_items = FEW

    def test_learns_what_comes_next(self, data: TrainingSet, model: SequenceModel) -> None:
        count = len(data.items)
        right = [model.scores(np.arange(i, i + 6) % count).argmax() == (i + 6) % count for i in range(count)]
        assert np.mean(right) > 0.9

    def test_has_the_width_and_the_reach_asked_for(self, data: TrainingSet, model: SequenceModel) -> None:
        assert model.item_vectors.shape == (len(data.items), 32)
        assert model.encoder.position.shape == (12, 32)

    def test_ranking_is_the_same_model(self, data: TrainingSet, model: SequenceModel) -> None:
        same = PersonalizedRanking.from_wire(SMALL).fit(data, silent)
        np.testing.assert_array_equal(model.scores(data.history(0)), same.scores(data.history(0)))


@pytest.mark.parametrize(
    ("recipe", "width", "reach"),
    [
        (UserPersonalization(), 148, 192),
        (PersonalizedRanking(), 148, 192),
        (Hrnn(), 42, 192),
        (HrnnMetadata(), 42, 192),
        (UserPersonalization(hidden_dimension=256, bptt=2), 256, 12),
        (UserPersonalization(hidden_dimension=32, bptt=10), 32, 60),
    ],
)
def test_hyperparameters_set_the_engine(recipe: Recurrent, width: int, reach: int) -> None:
    given = settings_for(circles(), 8_000)
    settings = recipe.profile(given)
    assert (settings.embedding_size, settings.history_limit) == (width, reach)
    assert settings.embedding_size % settings.heads == 0
    assert replace(settings, embedding_size=given.embedding_size, history_limit=given.history_limit) == given


def test_what_reads_metadata() -> None:
    everything = ("INTERACTIONS", "ITEMS", "USERS")
    assert {recipe.name: recipe.reads for recipe in (UserPersonalization, PersonalizedRanking, HrnnMetadata)} == {
        "aws-user-personalization": everything,
        "aws-personalized-ranking": everything,
        "aws-hrnn-metadata": everything,
    }
    assert Hrnn.reads == ()


def test_recency_mask_lifts_what_is_popular_now() -> None:
    """Each month everybody takes items of that month's ten."""
    rng = np.random.default_rng(4)
    months = [list(range(10 * month, 10 * month + 10)) for month in range(4)]
    histories = [[int(rng.choice(month)) for month in months for _ in range(3)] for _ in range(100)]
    data = training_set(histories, 40, seconds=10 * DAY)
    lifted, plain = (
        UserPersonalization.from_wire({**SMALL, "recency_mask": mask}).fit(data, silent) for mask in ("true", "false")
    )
    between, newest = slice(10, 30), slice(30, 40)  # nobody starts with either
    assert lifted.scores(EMPTY)[newest].min() > lifted.scores(EMPTY)[between].max() + 1
    assert plain.scores(EMPTY)[newest].max() < plain.scores(EMPTY)[between].max() + 1
    assert plain.recency_weight == 0


@pytest.mark.parametrize(
    ("features", "lengths"),
    [
        ({}, [11, 12, 40]),  # fewer than a hundred of one length are no percentile
        ({"max_user_history_length_percentile": "0.9"}, [11, 12]),
        ({"max_hist_length_percentile": "0.2"}, [11]),
        ({"min_user_history_length_percentile": "0.5"}, [12, 40]),
    ],
)
def test_histories_of_unusual_length_are_not_learnt_from(features: dict[str, str], lengths: list[int]) -> None:
    histories = [[step % 5 for step in range(length)] for length in [11] * 30 + [12] * 60 + [40]]
    data = training_set(histories, 5)
    learnt = UserPersonalization.from_wire({}, features).learnt(data)
    assert learnt.users == data.users
    assert sorted({*np.diff(learnt.offsets).tolist()} - {0}) == lengths


def test_who_is_not_learnt_from_is_answered_by_their_history_all_the_same() -> None:
    data = circles()
    machine = np.tile(np.arange(30)[::-1], 20)
    more = training_set([*(data.history(user).tolist() for user in range(120)), machine.tolist()], 30)
    features = {"max_user_history_length_percentile": "0.9"}
    model = UserPersonalization.from_wire(SMALL, features).fit(more, silent)
    scores = model.scores(more.history(120), 120)
    np.testing.assert_allclose(scores, model.scores(more.history(120)), atol=1e-3)
    assert model.scores(data.history(0)).argmax() == (data.history(0)[-1] + 1) % 30  # not the machine's way round


def test_too_few_people_of_usual_length_are_told_of() -> None:
    histories = [[step % 5 for step in range(10 + user)] for user in range(60)]
    recipe = UserPersonalization.from_wire({}, {"max_user_history_length_percentile": "0.1"})
    with pytest.raises(InsufficientData) as refusal:
        recipe.fit(training_set(histories, 5), silent)
    assert str(refusal.value) == (
        "Create failed. Dataset has fewer than 25 users with at least 2 interactions each after filtering by history "
        "length percentile: 0.0 to 0.1"
    )
