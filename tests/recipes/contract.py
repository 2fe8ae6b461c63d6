"""What every recipe promises, as tests: inherit RecipeContract and name the recipe."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from penchant.artifacts.sealed import open_sealed, seal
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Model, Recipe

DAY = 86_400
FEW = 2_000
"""`many_items` of recipes that learn for long."""


def training_set(histories: list[list[int]], item_count: int, seconds: int = DAY) -> TrainingSet:
    """Histories of item codes, the events of each `seconds` apart, all users starting at once."""
    lengths = [len(history) for history in histories]
    return TrainingSet(
        users=[f"u{number:05}" for number in range(len(histories))],
        items=[f"i{number:05}" for number in range(item_count)],
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        item=np.array([item for history in histories for item in history], np.int32),
        timestamp=np.concatenate([np.arange(length) * seconds for length in lengths]).astype(np.int64),
        weight=np.ones(sum(lengths), np.float32),
    )


def circles(users: int = 120, items: int = 30, length: int = 12) -> TrainingSet:
    """After item i everybody takes i + 1, and after the last the first: what comes next is never in doubt."""
    starts = np.random.default_rng(5).integers(0, items, users)
    return training_set([[int(start + step) % items for step in range(length)] for start in starts], items)


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

    @pytest.mark.parametrize("at", [0, -1])
    def test_progress_may_stop_the_fit(
        self, data: TrainingSet, model: Model, reports: list[tuple[float, str]], at: int
    ) -> None:
        """At its first word and at its last one."""
        moment = reports[at][0]

        def stop(done: float, message: str) -> None:
            if done >= moment:
                raise Stopped

        with pytest.raises(Stopped):
            self.recipe.fit(data, stop)

    def test_same_data_same_model(self, data: TrainingSet, model: Model) -> None:
        again = self.recipe.fit(data, lambda done, message: None)
        np.testing.assert_array_equal(again.scores(data.history(5)), model.scores(data.history(5)))

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
        data = training_set(np.arange(self.many_items).reshape(-1, 20).tolist(), self.many_items)
        scores = self.recipe.fit(data, lambda done, message: None).scores(data.history(0))
        assert scores.shape == (self.many_items,)
        assert np.isfinite(scores).all()
