"""The race of recipes, whose outcomes are known."""

from typing import ClassVar

import pytest

from penchant.jobs.job import Failed
from penchant.recipes.popularity_count import PopularityCount
from penchant.resources.trials import COMPLETE, FAILED, PRUNED
from penchant.work.tuning.choice import raced
from penchant.work.tuning.goal import Goal
from penchant.work.tuning.race import Race
from tests.work.tuning.dial import Dial
from tests.work.tuning.fakes import Known, Memory
from tests.work.tuning.test_search import MOST, silent

RECIPE = "arn:aws:personalize:::recipe/"


class Other(Dial):
    name: ClassVar[str] = "other"


class Third(Dial):
    name: ClassVar[str] = "third"


def race(hands: Known, notebook: Memory | None = None, goal: Goal = MOST, free: float = 1e9) -> Race:
    return Race([Dial(), Other(), Third()], goal, notebook or Memory(), hands, free)


def by_name(**values):
    return lambda recipe: values[recipe.name]


def test_the_best_wins_and_what_is_certainly_worse_drops_out_at_once():
    notebook = Memory()
    winner = race(known := Known(by_name(dial=0.2, other=0.5, third=0.3)), notebook).run(silent)
    assert (winner.number, winner.recipe) == (1, "other")
    assert len(known.tasks) == 3
    states = {trial.recipe: (trial.state, trial.chosen) for trial in notebook.read()}
    assert states == {"dial": (PRUNED, False), "other": (COMPLETE, True), "third": (PRUNED, False)}
    assert notebook.read()[0].sentence.startswith("Worse than other by 0.2")


def test_nobody_drops_out_before_it_can_be_told(monkeypatch):
    monkeypatch.setattr(Third, "shortest", 0.3)
    race(known := Known(by_name(dial=0.2, other=0.5, third=0.3))).run(silent)
    assert [(round(task.share, 2), task.recipe.name) for task in known.tasks[3:]] == [(0.33, "other"), (0.33, "third")]


def test_what_is_not_certain_yet_goes_on():
    race(known := Known(by_name(dial=0.2, other=0.5, third=0.499), noise=0.1)).run(silent)
    assert sorted((round(task.share, 2), task.recipe.name) for task in known.tasks[3:]) == [
        (0.33, "other"),
        (0.33, "third"),
        (1.0, "other"),
        (1.0, "third"),
    ]


def test_it_costs_no_more_than_one_training_of_the_best():
    known = Known(by_name(dial=0.2, other=0.5, third=0.499), noise=0.1)
    winner = race(known, free=0.0).run(silent)
    assert winner.recipe in ("other", "third")
    assert sum(task.share for task in known.tasks) <= 1


def test_of_equals_the_first_wins():
    assert race(Known(by_name(dial=0.5, other=0.5, third=0.5))).run(silent).recipe == "dial"


def test_the_least_wins_where_that_is_the_goal():
    race_ = race(Known(by_name(dial=0.4, other=0.2, third=0.3)), goal=Goal(maximize=False))
    assert race_.run(silent).recipe == "other"


def test_who_fails_drops_out_and_somebody_must_not():
    notebook = Memory()
    assert race(Known(by_name(dial="No.", other=0.1, third="No.")), notebook).run(silent).recipe == "other"
    assert [trial.state for trial in notebook.read()] == [FAILED, COMPLETE, FAILED]
    with pytest.raises(Failed, match="No"):
        race(Known(by_name(dial="No.", other="Nor this.", third="No."))).run(silent)


@pytest.mark.parametrize("stop_after", range(7))
def test_one_that_died_goes_on(stop_after):
    values = by_name(dial=0.2, other=0.5, third=0.499)
    undisturbed, notebook = Memory(), Memory()
    winner = race(Known(values, noise=0.1), undisturbed).run(silent)
    with pytest.raises(KeyboardInterrupt):
        race(Known(values, noise=0.1, stop_after=stop_after), notebook).run(silent)
    assert race(Known(values, noise=0.1), notebook).run(silent).recipe == winner.recipe
    told = [[(trial.state, trial.curve) for trial in each.read()] for each in (undisturbed, notebook)]
    assert told[0] == told[1]
    assert race(again := Known(values), notebook).run(silent).recipe == winner.recipe
    assert again.tasks == []


def test_popularity_is_among_all_that_answer_as_it_does():
    assert raced([])[0] is PopularityCount
    assert {recipe.name for recipe in raced([])} >= {"aws-user-personalization", "aws-user-personalization-v2"}
    assert not any(recipe.domain or recipe.recipe_type != "USER_PERSONALIZATION" for recipe in raced([]))
    assert "aws-hrnn" not in {recipe.name for recipe in raced([])}
    one = [RECIPE + "aws-hrnn", RECIPE + "aws-hrnn", RECIPE + "aws-popularity-count"]
    assert [recipe.name for recipe in raced(one)] == ["aws-popularity-count", "aws-hrnn"]
    assert [recipe.name for recipe in raced([RECIPE + "aws-sims"])] == ["aws-sims"]
