"""Fits that are killed and go on from what was kept make the same model, bit for bit, and lose no more than they may."""

import random
from collections.abc import Callable
from dataclasses import replace
from unittest import mock

import numpy as np
import polars as pl
import pytest

from penchant.lake.attributes import Numbers, Texts
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.recipes.item_affinity import ItemAffinity
from penchant.recipes.parts import course
from penchant.recipes.parts.course import Course, Kept, followed
from penchant.recipes.parts.held_out_loss import HeldOutLoss
from penchant.recipes.parts.sequence_fit import fit_sequence_model
from penchant.recipes.parts.settings import settings_for
from penchant.recipes.similar_items import SimilarItems
from tests.recipes.contract import circles
from tests.recipes.keeping import Memory, assert_same, dying, killed
from tests.recipes.parts.test_sequence_model import evenings
from tests.recipes.test_user_personalization_v2 import silent

EPOCHS = 6


def described() -> TrainingSet:
    """With metadata of items and people, contexts, types of events, and weights."""
    data = evenings()
    weight = np.random.default_rng(1).choice([0.5, 1.0], len(data.item)).astype(np.float32)
    return replace(data, weight=weight)


def told() -> TrainingSet:
    """With words, numbers and texts of items, some of which nobody takes."""
    data = described()
    few = data.keep(data.item % 8 > 0)
    count = len(data.items)
    return replace(
        few,
        item_columns={
            **data.item_columns,
            "PRICE": Numbers(np.where(np.arange(count) % 5, np.arange(count), np.nan)),
            "ABOUT": Texts(pl.Series([f"one of {'abcd'[item % 4] * 4} things" for item in range(count)])),
        },
    )


def sequence(data: TrainingSet, seed: int = 3, patience: int = 0) -> Callable[[], Model]:
    settings = replace(settings_for(data, 8_000), epochs=EPOCHS, patience=patience)
    return lambda: fit_sequence_model(data, silent, recency=True, settings=settings, seed=seed)


def tired(data: TrainingSet) -> Callable[[], Model]:
    """Its loss rises from the first epoch on, as vectors grow: after two more it ends."""

    def fit() -> Model:
        with mock.patch.object(HeldOutLoss, "loss", lambda _, trained: float(trained.items.norm())):
            return sequence(data, patience=2)()

    return fit


def similar(data: TrainingSet) -> Callable[[], Model]:
    return lambda: SimilarItems(effort=0.3).fit(data, silent)


FITS = {
    "bare": lambda: sequence(circles()),
    "described": lambda: sequence(described()),
    "patient": lambda: sequence(described(), patience=EPOCHS),
    "tired": lambda: tired(described()),
    "similar": lambda: similar(circles()),
    "similar, described": lambda: similar(described()),
    "similar, of all kinds of metadata": lambda: similar(told()),
    "affinity": lambda: lambda: ItemAffinity().fit(circles(), silent),
}


@pytest.mark.parametrize("name", FITS)
def test_a_fit_that_is_killed_again_and_again_makes_the_same_model(name):
    fit = FITS[name]()
    with dying(10**9) as steps:
        whole = fit()
    seed = random.SystemRandom().randrange(10**6)
    print(f"random steps of seed {seed}")
    chance = random.Random(seed)
    memory = Memory(every=chance.randrange(1, 5))
    died = killed(fit, memory, chance.randrange(4, len(steps) // 2 + 3))
    assert died
    for _ in range(3):
        before = died
        died = killed(fit, memory, chance.randrange(1, len(steps) // 4 + 2))
        # Of what the attempt before had done, no more is done again than lies between two states.
        assert before - memory.every < memory.taken[-1]["steps"] <= before
        if died is None:  # it came to its end
            break
    with followed(memory):
        assert_same(whole, fit())


def test_a_state_stays_as_it_was_kept_however_often_a_fit_goes_on_from_it():
    fit, memory = sequence(circles()), Memory(every=4)
    whole = fit()
    assert killed(fit, memory, 6) == 6
    memory.every = 10**9
    assert killed(fit, memory, 3) == 7
    with followed(memory):
        assert_same(whole, fit())
    assert [place["steps"] for place in memory.taken] == [4, 4]


def test_a_fit_that_was_killed_at_its_end_has_nothing_left_to_learn():
    fit, memory = sequence(circles()), Memory(every=10**9)
    with followed(memory):
        whole = fit()
        assert not memory.taken
        assert_same(whole, fit())
    assert memory.taken == [{**memory.taken[0], "epoch": EPOCHS, "batch": 0}]
    assert [epoch.number for epoch in memory.epochs] == list(range(1, EPOCHS + 1))  # the second told none anew


def test_nobody_who_listens_changes_the_model():
    fit = sequence(described())
    with followed(Memory(every=5)):
        listened = fit()
    assert_same(fit(), listened)


def test_epochs_tell_how_they_went():
    memory = Memory(every=10**9)
    with followed(memory):
        sequence(circles(users=400))()
    assert [(epoch.part, epoch.number, epoch.of) for epoch in memory.epochs] == [
        ("transformer", number, EPOCHS) for number in range(1, EPOCHS + 1)
    ]
    assert memory.epochs[0].loss > memory.epochs[-1].loss > 0
    assert memory.epochs[0].held_out < memory.epochs[-1].held_out <= 1
    assert all(epoch.seconds > 0 for epoch in memory.epochs)


def test_a_fit_that_ends_early_tells_of_what_it_did_and_knows_that_it_is_at_its_end():
    fit, memory = tired(described()), Memory(every=10**9)
    with followed(memory):
        whole = fit()
        assert [(epoch.number, epoch.of) for epoch in memory.epochs] == [(1, EPOCHS), (2, EPOCHS), (3, EPOCHS)]
        with dying(10**9) as steps:
            assert_same(whole, fit())
    assert not steps


def test_an_epoch_that_was_interrupted_tells_of_the_whole_of_it():
    fit, whole, parts = sequence(circles()), Memory(every=10**9), Memory(every=1)
    with followed(whole):
        fit()
    assert killed(fit, parts, 2) == 2
    with followed(parts):
        fit()
    assert [epoch.loss for epoch in parts.epochs] == [epoch.loss for epoch in whole.epochs]


@pytest.mark.parametrize(
    "other",
    [
        lambda data: sequence(data, seed=4),
        lambda data: sequence(replace(data, item=data.item[::-1].copy())),
        lambda data: sequence(replace(data, weight=np.where(np.arange(len(data.item)) % 2, 1, 2).astype(np.float32))),
        lambda data: sequence(circles(items=31)),
    ],
)
def test_a_state_of_other_data_or_another_seed_is_not_gone_on_with(other):
    data, memory = circles(), Memory(every=1)
    assert killed(sequence(data), memory, 5) == 5
    alone = other(data)()
    with followed(memory):
        assert_same(alone, other(data)())
    assert not memory.taken


def test_a_state_that_lacks_something_is_not_gone_on_with():
    fit, memory = sequence(circles()), Memory(every=1)
    whole = fit()
    assert killed(fit, memory, 5) == 5
    [(key, state)] = memory.states.items()
    memory.states[key] = Kept(
        {name: array for name, array in state.arrays.items() if name != "table.second"}, state.facts
    )
    with followed(memory):
        assert_same(whole, fit())


def test_a_notebook_has_no_course():
    assert type(course.current()) is Course
    memory = Memory(1)
    with followed(memory):
        assert course.current() is memory
    assert type(course.current()) is Course


def test_digests_tell_things_apart():
    one = np.arange(4, dtype=np.int32)
    assert course.digest(1, one) == course.digest(1, one.copy())
    others = [(1, one + 1), (2, one), (1, one.astype(np.int64)), (1, one.reshape(2, 2)), (1,), ("1", one)]
    assert len({course.digest(1, one), *(course.digest(*other) for other in others)}) == 7
