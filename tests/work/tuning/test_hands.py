"""Trainings in this process and in others."""

import time
from typing import ClassVar

import numpy as np
import pytest

from penchant.jobs.job import Stopped
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Progress
from penchant.recipes.parts import co_occurrence
from penchant.recipes.sims import Sims
from penchant.resources.trials import METRIC
from penchant.work.tuning import hands as module
from penchant.work.tuning.hands import Hands, Task
from penchant.work.tuning.validation import Validation
from tests.recipes.contract import circles
from tests.work.tuning.dial import Broken, Dial, DialModel, Torn


def silent(done: float, sentence: str) -> None:
    pass


@pytest.fixture
def validation() -> Validation:
    return Validation.of(circles())


@pytest.fixture
def many_cores(monkeypatch):
    monkeypatch.setattr(module, "of_machine", lambda: 2)


def test_others_find_what_this_process_finds(validation, many_cores):
    tasks = [Task(Dial(place=place), share) for place in (0.1, 0.7, 0.9) for share in (1 / 3, 1.0)]
    with Hands(validation, METRIC, 1) as alone, Hands(validation, METRIC, 2) as several:
        here, there = alone.run(tasks, silent), several.run(tasks, silent)
        assert several.core_seconds > 0 == alone.core_seconds
    for one, other in zip(here, there, strict=True):
        np.testing.assert_array_equal(one.each, other.each)
        assert (one.coverage, one.failure) == (other.coverage, other.failure)
    assert here[3].each.mean() > max(here[1].each.mean(), here[5].each.mean())


def test_no_more_at_once_than_there_are_cores(validation, many_cores):
    with Hands(validation, METRIC, 10) as hands:
        assert hands.at_once == 2


def test_what_breaks_is_told_and_the_rest_goes_on(validation, many_cores):
    with Hands(validation, METRIC, 2) as hands:
        outcomes = hands.run([Task(Broken(), 1.0), Task(Torn(), 1.0), Task(Dial(), 1.0)], silent)
        assert outcomes[0].failure == "Create failed. It is broken."
        assert outcomes[1].failure == "The process that trained it ended without a word (exit status 3)."
        assert outcomes[2].failure == "" and len(outcomes[2].each) == len(validation.users)
        assert not hands.run([Task(Dial(), 1.0), Task(Dial(), 1.0)], silent)[1].failure  # with others in their places


class Slow(Dial):
    """Takes a second of a core at least."""

    name: ClassVar[str] = "slow"

    def fit(self, data: TrainingSet, progress: Progress) -> DialModel:
        began = time.process_time()
        while (spent := time.process_time() - began) < 1.0:
            progress(spent, "Turning slowly")
        return super().fit(data, progress)


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_training_that_takes_more_than_its_limit_is_stopped(validation, many_cores, at_once):
    with Hands(validation, METRIC, at_once) as hands:
        stopped, enough, predicted = hands.run(
            [Task(Slow(), 1.0, limit) for limit in (0.1, 100.0, 0.6)], lambda done, sentence: None
        )
    assert stopped.over and 0.1 < stopped.core_seconds < 1.0
    assert stopped.failure.startswith("Stopped after 0.")
    assert not enough.over and not enough.failure and enough.core_seconds >= 1.0
    assert predicted.over and predicted.core_seconds < 0.6, "half of the way tells that the limit will be passed"


def test_what_failed_has_cost_all_the_same(validation):
    class Late(Slow):
        def fit(self, data: TrainingSet, progress: Progress) -> DialModel:
            super().fit(data, progress)
            raise ValueError

    with Hands(validation, METRIC, 1) as hands:
        [outcome] = hands.run([Task(Late(), 1.0)], silent)
    assert outcome.failure.startswith("The training broke") and not outcome.over
    assert outcome.core_seconds >= 1.0


def test_trials_of_one_search_have_what_they_share(validation, monkeypatch):
    counted = []
    count = co_occurrence._count
    monkeypatch.setattr(co_occurrence, "_count", lambda *given: counted.append(given) or count(*given))
    tasks = [Task(Sims(discount), share) for discount in (0.0, 0.5, 1.0) for share in (1.0, 1 / 9)]
    with Hands(validation, METRIC, 1) as hands:
        outcomes = hands.run(tasks, silent)
        assert not hands.have_part(Sims(), 1 / 9), "where all is counted already, a part costs as much as the whole"
    assert len(counted) == 1
    for whole, brief in zip(outcomes[::2], outcomes[1::2], strict=True):
        np.testing.assert_array_equal(whole.each, brief.each)
    alone = Sims(1.0).fit(validation.training, silent)
    each, _ = validation.values(alone, validation.training, METRIC, silent)
    np.testing.assert_array_equal(outcomes[-1].each, each)


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_stop_is_heeded(validation, many_cores, at_once):
    def stop(done: float, sentence: str) -> None:
        raise Stopped

    began = time.monotonic()
    with pytest.raises(Stopped), Hands(validation, METRIC, at_once) as hands:
        hands.run([Task(Dial(), 1.0), Task(Dial(), 1.0)], stop)
    assert hands._others == []
    assert time.monotonic() - began < 20
