"""aws-user-personalization-v2: the contract, circles that a child can go on with, and what the model adapts to."""

from dataclasses import replace

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.recipes.user_personalization_v2 import UserPersonalizationV2
from tests.recipes.contract import DAY, FEW, RecipeContract, circles, training_set


def silent(done: float, message: str) -> None:
    pass


class TestUserPersonalizationV2(RecipeContract):
    recipe = UserPersonalizationV2()
    many_items = FEW

    def test_learns_what_comes_next(self, data: TrainingSet, model: Model) -> None:
        count = len(data.items)
        for first in range(count):
            history = np.arange(first, first + 6) % count
            assert model.scores(history).argmax() == (first + 6) % count

    def test_transformer_alone_learns_it_too(self, data: TrainingSet, model: SequenceModel) -> None:
        alone = replace(model, neighbour_weight=0.0, own_weight=0.0)
        count = len(data.items)
        right = [alone.scores(np.arange(i, i + 6) % count).argmax() == (i + 6) % count for i in range(count)]
        assert np.mean(right) > 0.9


def test_event_weights_are_relative() -> None:
    """Weights of .6 and .2 give the same model as .3 and .1 (Developer Guide, eventsConfig)."""
    data = circles()
    weight = np.where(np.arange(len(data.item)) % 3 == 0, 0.5, 0.25).astype(np.float32)
    one = UserPersonalizationV2().fit(replace(data, weight=weight), silent)
    other = UserPersonalizationV2().fit(replace(data, weight=2 * weight), silent)
    even = UserPersonalizationV2().fit(data, silent)
    history = data.history(0)
    np.testing.assert_allclose(one.scores(history), other.scores(history), atol=0.05)
    assert np.abs(one.scores(history) - even.scores(history)).max() > 0.05


def test_heavier_events_are_favoured() -> None:
    """Of two items that follow equally often, the one whose events weigh nine times as much is offered first."""
    rng = np.random.default_rng(3)
    histories = []
    for _ in range(200):
        questions = rng.permutation(10)[:5]
        answers = 10 + 2 * questions + rng.integers(0, 2, 5)
        histories.append(np.stack([questions, answers], axis=1).ravel().tolist())
    data = training_set(histories, 30)
    odd = data.item % 2 == 1
    answered = data.item >= 10
    heavy = replace(data, weight=np.where(answered & ~odd, 0.1, 0.9).astype(np.float32))
    model = UserPersonalizationV2().fit(heavy, silent)
    favoured = [model.scores(np.array([q]))[11 + 2 * q] > model.scores(np.array([q]))[10 + 2 * q] for q in range(10)]
    assert np.mean(favoured) > 0.8


def test_never_repeated_items_are_ranked_low() -> None:
    """Where nobody takes a thing twice, what is in the history is not offered again."""
    rng = np.random.default_rng(1)
    data = training_set([rng.permutation(60)[:20].tolist() for _ in range(200)], 60)
    model = UserPersonalizationV2().fit(data, silent)
    scores = model.scores(data.history(0))
    assert model.own_weight < 0
    assert scores[data.history(0)].max() < np.delete(scores, data.history(0)).min()


def test_habits_are_ranked_high() -> None:
    """Everybody takes their own three things again and again."""
    rng = np.random.default_rng(2)
    data = training_set([rng.choice(rng.permutation(60)[:3], 20).tolist() for _ in range(200)], 60)
    model = UserPersonalizationV2().fit(data, silent)
    right = [set(np.argsort(-model.scores(data.history(u)))[:2]) <= set(data.history(u)) for u in range(50)]
    assert np.mean(right) > 0.9


def test_recency_bias_lifts_what_is_popular_now() -> None:
    """Each month everybody takes items of that month's ten; the last ten are what comes next."""
    rng = np.random.default_rng(4)
    months = [list(range(10 * month, 10 * month + 10)) for month in range(6)]
    histories = [[int(rng.choice(month)) for month in months for _ in range(5)] for _ in range(150)]
    data = training_set(histories, 60, seconds=6 * DAY)
    new = np.empty(0, np.int32)
    with_bias = UserPersonalizationV2(apply_recency_bias=True).fit(data, silent)
    without = UserPersonalizationV2(apply_recency_bias=False).fit(data, silent)
    between = slice(10, 50)  # nobody starts with these, and they are popular no more
    newest = slice(50, 60)
    assert with_bias.scores(new)[newest].min() > with_bias.scores(new)[between].max() + 1
    assert without.scores(new)[newest].max() < without.scores(new)[between].max() + 1
    assert without.recency_weight == 0


def test_order_in_place_of_times_makes_no_recency() -> None:
    data = circles()
    counters = replace(data, timestamp=np.concatenate([np.arange(12)] * 120).astype(np.int64))
    assert UserPersonalizationV2().fit(counters, silent).recency_weight == 0


def test_items_without_events_come_last() -> None:
    data = circles()
    more = replace(data, items=[*data.items, "z1", "z2"])
    scores = UserPersonalizationV2().fit(more, silent).scores(data.history(0))
    assert set(np.argsort(scores)[:2]) == {30, 31}
