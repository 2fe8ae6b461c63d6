"""What every recipe promises, as tests: inherit RecipeContract and name the recipe."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from penchant.artifacts.sealed import open_sealed, seal
from penchant.artifacts.vocabulary import Vocabulary
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Model, Recipe
from penchant.recipes.parts.sharing import Shelf, shared
from penchant.serving.answering import Answering
from tests.recipes.hostile import with_nonsense, with_nulls

DAY = 86_400
FEW = 2_000
"""`many_items` of recipes that learn for long."""
SILENCE = 5.0
"""Seconds of the processor, however busy the machine is with other work, that a fit may go on without a word."""
NEW = np.empty(0, np.int32)
"""The history of somebody new."""


def training_set(histories: list[list[int]], item_count: int, seconds: int = DAY) -> TrainingSet:
    """Histories of item codes, the events of each `seconds` apart, all users starting at once."""
    lengths = [len(history) for history in histories]
    return TrainingSet(
        users=[f"u{number:05}" for number in range(len(histories))],
        items=[f"i{number:05}" for number in range(item_count)],
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        item=np.array([item for history in histories for item in history], np.int32),
        timestamp=np.concatenate([np.arange(0), *(np.arange(length) * seconds for length in lengths)]).astype(np.int64),
        weight=np.ones(sum(lengths), np.float32),
    )


def circles(users: int = 120, items: int = 30, length: int = 12) -> TrainingSet:
    """After item i everybody takes i + 1, and after the last the first: what comes next is never in doubt."""
    starts = np.random.default_rng(5).integers(0, items, users)
    return training_set([[int(start + step) % items for step in range(length)] for start in starts], items)


def answering(recipe: Recipe, model: Model, data: TrainingSet) -> Answering:
    """What a sealed model is opened as."""
    return Answering(type(recipe), model, Vocabulary.of(data.users), Vocabulary.of(data.items), data.offsets, data.item)


class Stopped(Exception):
    """What a test's progress raises."""


class RecipeContract:
    """`recipe` is fitted once, on `circles()`, for all tests that only look at the model (fixtures in conftest.py)."""

    recipe: ClassVar[Recipe]
    many_items: ClassVar[int] = 100_000
    """Items, each seen once, that it is fitted on."""

    def test_is_described(self) -> None:
        assert self.recipe.recipe_type in {
            "USER_PERSONALIZATION",
            "PERSONALIZED_RANKING",
            "POPULAR_ITEMS",
            "RELATED_ITEMS",
            "USER_SEGMENTATION",
            "PERSONALIZED_ACTIONS",
        }
        assert self.recipe.description.endswith(".")
        assert len(self.recipe.created.split("-")) == 3
        assert self.recipe.feature_transformation

    def test_model_is_of_the_declared_class(self, model: Model) -> None:
        assert type(model) is self.recipe.model

    def test_scores_are_finite_and_one_per_item(self, data: TrainingSet, model: Model) -> None:
        for history, user in ((data.history(3), 3), (data.history(3), None), (data.history(0)[:1], None)):
            scores = model.scores(history, user)
            assert scores.shape == (len(data.items),)
            assert scores.dtype == np.float32
            assert np.isfinite(scores).all()

    def test_somebody_new_gets_an_answer(self, data: TrainingSet, model: Model) -> None:
        scores = model.scores(np.empty(0, np.int32))
        assert scores.shape == (len(data.items),)
        assert np.isfinite(scores).all()

    def test_scores_may_be_changed_by_the_caller(self, data: TrainingSet, model: Model) -> None:
        for history in (data.history(1), np.empty(0, np.int32)):
            before = model.scores(history).copy()
            model.scores(history)[:] = -np.inf
            np.testing.assert_array_equal(model.scores(history), before)

    def test_a_known_user_is_scored_as_their_history_is(self, data: TrainingSet, model: Model) -> None:
        np.testing.assert_allclose(model.scores(data.history(7), 7), model.scores(data.history(7)), atol=1e-3)

    def test_brought_up_to_a_longer_history(self, data: TrainingSet, model: Model) -> None:
        longer = np.append(data.history(7), data.history(3)[:2])
        newer = model.brought_up(np.array([7]), [longer])
        np.testing.assert_allclose(newer.scores(longer, 7), model.scores(longer), atol=1e-3)
        np.testing.assert_allclose(newer.scores(data.history(8), 8), model.scores(data.history(8), 8), atol=1e-3)

    def test_many_are_scored_as_one_by_one(self, data: TrainingSet, model: Model) -> None:
        histories = [data.history(2), np.empty(0, np.int32), data.history(9)[:4]]
        together = model.scores_many(histories)
        assert together.dtype == np.float32
        for row, history in enumerate(histories):
            np.testing.assert_allclose(together[row], model.scores(history), atol=1e-3)
        known = model.scores_many([data.history(2), data.history(4)], np.array([2, 4]))
        np.testing.assert_allclose(known[1], model.scores(data.history(4), 4), atol=1e-3)

    def test_lists_are_in_the_order_of_scores(self, data: TrainingSet, model: Model) -> None:
        histories = [data.history(2), np.empty(0, np.int32), data.history(2), data.history(9)[:4]]
        for count in (1, 7, len(data.items) + 5):
            lists = model.lists(histories, count)
            if lists is not None:
                scores = model.scores_many(histories)
                np.testing.assert_array_equal(lists, np.argsort(-scores, axis=1, kind="stable")[:, :count])

    def test_a_search_fits_it_as_it_is_fitted_alone(self, data: TrainingSet, model: Model) -> None:
        """With what two other fits have left on the shelf, one of which is a short one."""
        if not self.recipe.supports_hpo():
            return
        other = replace(self.recipe, **dict(*self.recipe.portfolio[:1]))
        with shared(Shelf()):
            brief = other.briefly(data, 1 / 9) or (other, data)
            for recipe, some in (brief, (other, data)):
                recipe.fit(some, lambda done, sentence: None)
            again = self.recipe.fit(data, lambda done, sentence: None).state()
        for name, array in model.state().items():
            np.testing.assert_array_equal(again[name], array)

    def test_state_round_trip_gives_equal_scores(self, data: TrainingSet, model: Model) -> None:
        state = model.state()
        for array in state.values():
            assert isinstance(array, np.ndarray)
            array.flags.writeable = False  # as a memory map has it
        again = type(model).from_state(state)
        for history, user in ((data.history(3), 3), (data.history(3), None), (np.empty(0, np.int32), None)):
            np.testing.assert_array_equal(again.scores(history, user), model.scores(history, user))
        assert all(again.state()[name] is array or array.ndim == 0 for name, array in state.items()), (
            "arrays were copied"
        )

    def test_progress_rises_to_one(self, model: Model, reports: list[tuple[float, str]]) -> None:
        done = [fraction for fraction, _ in reports]
        assert done == sorted(done)
        assert done[0] == 0 and done[-1] == 1
        assert all(message for _, message in reports)

    def test_what_a_folder_gives_back_scores_bit_for_bit(self, data: TrainingSet, model: Model, tmp_path: Path) -> None:
        seal(tmp_path / "model", model.state(), {})
        again = type(model).from_state(open_sealed(tmp_path / "model").arrays)
        for history, user in ((data.history(3), 3), (data.history(3), None), (np.empty(0, np.int32), None)):
            np.testing.assert_array_equal(again.scores(history, user), model.scores(history, user))

    @pytest.mark.parametrize("at", [0, 0.25, 0.5, 0.75, 1])
    def test_progress_may_stop_the_fit(
        self, data: TrainingSet, model: Model, reports: list[tuple[float, str]], at: float
    ) -> None:
        """At its first word, at its last one and in between; what it started beside itself ends with it."""
        moment = reports[round(at * (len(reports) - 1))][0]
        stopped_at: list[float] = []

        def stop(done: float, message: str) -> None:
            assert not stopped_at, "it went on after it was stopped"
            if done >= moment:
                stopped_at.append(done)
                raise Stopped

        before = threading.active_count()
        with pytest.raises(Stopped):
            self.recipe.fit(data, stop)
        assert threading.active_count() == before

    def test_same_data_same_model(self, data: TrainingSet, model: Model) -> None:
        again = self.recipe.fit(data, lambda done, message: None).state()
        for name, array in model.state().items():
            np.testing.assert_array_equal(again[name], array, err_msg=name)

    @pytest.mark.parametrize("number", [0, 1, 7, 500])
    def test_as_many_known_items_as_are_asked_for(self, data: TrainingSet, model: Model, number: int) -> None:
        """Whoever asks, and whatever happened since: more than the catalogue has is all of it."""
        served = answering(self.recipe, model, data)
        if self.recipe.recipe_type == "PERSONALIZED_RANKING":
            asked = ["nobody-knows", *data.items[:number], "neither-this", "nobody-knows"]
            for user in (data.users[3], "somebody-new"):
                ranked = [item for item, _ in served.rank(user, asked, [data.items[0], "unheard-of"])]
                assert ranked[-2:] == ["nobody-knows", "neither-this"]
                assert sorted(ranked[:-2]) == data.items[:number]
            return
        for user, recent in ((data.users[3], []), (data.users[3], ["unheard-of", data.items[2]]), ("somebody-new", [])):
            items = [item for item, _ in served.recommend(user, number, recent)]
            assert len(items) == len(set(items)) == min(number, len(data.items))
            assert set(items) <= set(data.items)

    def test_items_that_nobody_touched_may_be_in_a_history(self) -> None:
        """Somebody took them since, and they are known by the Items dataset alone."""
        known = circles(users=84)
        data = replace(known, items=[*known.items, "z1", "z2"])
        model = self.recipe.fit(data, lambda done, message: None)
        for history in (np.array([31]), np.array([2, 30, 3, 31], np.int32)):
            scores = model.scores(history)
            assert scores.shape == (32,)
            assert np.isfinite(scores).all()

    @pytest.mark.parametrize(
        ("histories", "sentence"),
        [
            ([[0, 1, 2]] * 333, "Create failed. Dataset has fewer than 1000 interactions."),
            (
                [list(range(100))] * 24 + [[0]],
                "Create failed. Dataset has fewer than 25 users with at least 2 interactions each.",
            ),
            (
                [[0, 1]] * 25 + [[0]] * 2_500,
                "Create failed. Less than 1 percent of users have at least 2 interactions.",
            ),
            ([[0, 1] * 600], "Create failed. Dataset has fewer than 25 users with at least 2 interactions each."),
            ([], "Create failed. Dataset has fewer than 1000 interactions."),
        ],
    )
    def test_too_little_data_is_refused_in_amazons_words(self, histories: list[list[int]], sentence: str) -> None:
        with pytest.raises(InsufficientData) as refusal:
            self.recipe.fit(training_set(histories, 100), lambda done, message: None)
        assert str(refusal.value) == sentence

    @pytest.mark.parametrize(
        ("histories", "items"),
        [
            ([[step % 50 for step in range(40)] for _ in range(25)], 50),  # 1,000 interactions
            ([[0, 1]] * 25 + [[0]] * 975, 2),  # hardly anybody came back
            ([[0] * 40] * 30, 1),  # one item
            ([[0] * 20] * 60, 400),  # one item, and many that nobody touched
            ([[*range(40)]] * 30, 40),  # everybody did the same
            ([[0] * 2_000, *[[0, 1]] * 25], 2),  # a machine among people
        ],
    )
    def test_just_enough_data_is_trained_on(self, histories: list[list[int]], items: int) -> None:
        model = self.recipe.fit(training_set(histories, items), lambda done, message: None)
        for history in (np.array(histories[0]), np.empty(0, np.int32)):
            scores = model.scores(history)
            assert scores.shape == (items,)
            assert np.isfinite(scores).all()

    def test_times_that_are_all_the_same(self) -> None:
        data = training_set([[step % 7 for step in range(user, user + 20)] for user in range(60)], 7, seconds=0)
        scores = self.recipe.fit(data, lambda done, message: None).scores(data.history(0))
        assert np.isfinite(scores).all()

    def test_many_items_that_were_seen_once(self) -> None:
        """And while it learns, it is never silent for long."""
        data = training_set(np.arange(self.many_items).reshape(-1, 20).tolist(), self.many_items)
        spoke = [time.process_time()]
        model = self.recipe.fit(data, lambda done, message: spoke.append(time.process_time()))
        assert np.diff([*spoke, time.process_time()]).max() < SILENCE
        scores = model.scores(data.history(0))
        assert scores.shape == (self.many_items,)
        assert np.isfinite(scores).all()

    @pytest.mark.parametrize("furnish", [with_nulls, with_nonsense])
    def test_columns_that_say_nothing(self, furnish: Callable[[TrainingSet], TrainingSet], tmp_path: Path) -> None:
        """Only a recipe that needs another dataset may refuse one without a value."""
        data = furnish(circles(users=84))
        try:
            model = self.recipe.fit(data, lambda done, message: None)
        except InsufficientData as refusal:
            assert furnish is with_nulls and self.recipe.required_datasets != ("INTERACTIONS",)
            assert str(refusal).startswith("Create failed. ")
            return
        seal(tmp_path / "model", model.state(), {})
        again = type(model).from_state(open_sealed(tmp_path / "model").arrays)
        for history, user in ((data.history(3), 3), (data.history(3), None), (NEW, None)):
            scores = model.scores(history, user)
            assert scores.shape == (len(data.items),)
            assert np.isfinite(scores).all()
            np.testing.assert_array_equal(again.scores(history, user), scores)
