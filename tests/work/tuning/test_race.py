"""The race of recipes, whose outcomes are known."""

from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.jobs.job import Failed
from penchant.recipes.popularity_count import PopularityCount
from penchant.resources.trials import COMPLETE, FAILED, PRUNED
from penchant.work.tuning.choice import raced
from penchant.work.tuning.cost import FIXED
from penchant.work.tuning.goal import Goal
from penchant.work.tuning.halving import SHARES
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


def test_each_begins_with_the_least_part_that_tells(monkeypatch):
    monkeypatch.setattr(Third, "shortest", 0.3)
    known = Known(by_name(dial=0.2, other=0.5, third=0.499), noise=0.1)
    race(known).run(silent)
    assert [(round(task.share, 2), task.recipe.name) for task in known.tasks[:3]] == [
        (0.11, "dial"),
        (0.11, "other"),
        (0.33, "third"),
    ]


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


def test_who_leads_at_first_sets_no_budget_for_who_overtakes():
    """The dear one leads after a ninth and is overtaken: what it would cost whole was not spent."""
    curves = {"dial": {1 / 9: 0.3, 1 / 3: 0.5, 1.0: 0.6}, "other": {1 / 9: 0.4, 1 / 3: 0.41, 1.0: 0.42}}
    curves["third"] = dict.fromkeys(SHARES, 0.1)
    costs = {"dial": 1.0, "other": 6.0, "third": 1.0}
    known = Known(lambda recipe: 0.0, cost=lambda recipe: costs[recipe.name], noise=0.4)
    known.at_share = lambda recipe, share: curves[recipe.name][share]
    notebook = Memory()
    winner = race(known, notebook, free=0.0).run(silent)
    assert spent(notebook) <= costs["dial"]
    assert spent(notebook) + costs[winner.recipe] <= 2 * costs[winner.recipe]


def test_a_part_that_would_cost_too_much_is_stopped_and_told():
    costs = {"dial": 1.0, "other": 30.0, "third": 1.0}
    notebook = Memory()
    known = Known(by_name(dial=0.2, other=0.5, third=0.19), cost=lambda recipe: costs[recipe.name])
    assert race(known, notebook, free=0.0).run(silent).recipe == "dial"
    stopped = notebook.read()[1]
    assert stopped.state == PRUNED and not stopped.curve and 0 < stopped.lost < 1.0
    assert stopped.sentence == "Stopped. More would have cost more than a training of another recipe."
    untold = next(trial for trial in notebook.read() if trial.number == 2)
    assert untold.sentence == "Not tried: the race had cost enough."
    assert spent(notebook) <= 1.0


def test_those_that_count_come_before_those_that_learn(monkeypatch):
    monkeypatch.setattr(Dial, "learns", True)
    monkeypatch.setattr(Third, "learns", False)
    known = Known(by_name(dial=0.2, other=0.5, third=0.3))
    race(known).run(silent)
    assert [task.recipe.name for task in known.tasks[:3]] == ["third", "dial", "other"]


class Floor(PopularityCount):
    name: ClassVar[str] = "floor"


KINDS = (Dial, Other, Third)


@st.composite
def fields(draw):
    """Up to three personal recipes, with what they cost and how their curves go, beside one that is free."""
    count = draw(st.integers(1, 3))
    told = {"floor": (draw(st.floats(0.0, 1.0)), 0.001, 0.0, 0.0)}
    for kind in KINDS[:count]:
        value, late = draw(st.floats(0.0, 1.0)), draw(st.floats(-0.5, 0.5))
        told[kind.name] = (value, draw(st.floats(0.01, 100.0)), draw(st.floats(0.0, FIXED)), late)
    return told


class Curves(Known):
    """By name what a whole training comes to, what it costs, how much of that is fixed, and how much of the value
    comes late."""

    def __init__(self, told, noise):
        super().__init__(lambda recipe: 0.0, noise=noise)
        self.told = told
        self.at_share = lambda recipe, share: told[recipe.name][0] - told[recipe.name][3] * (1 - share)
        self.seconds = lambda recipe, share: (
            told[recipe.name][1] * (told[recipe.name][2] + (1 - told[recipe.name][2]) * share)
        )


@settings(max_examples=300, deadline=None)
@given(fields(), st.floats(0.0, 5.0), st.sampled_from([0.0, 0.1, 1.0]), st.booleans())
def test_the_bound_holds_whatever_recipes_cost_and_however_they_do(told, free, noise, ascending):
    recipes = [kind() for kind in KINDS if kind.name in told]
    if ascending:
        recipes.sort(key=lambda recipe: told[recipe.name][1])
    notebook = Memory()
    winner = Race([Floor(), *recipes], MOST, notebook, Curves(told, noise), free).run(silent)
    cost = {name: each[1] for name, each in told.items()}
    race_cost = spent(notebook)
    in_the_race = [trial for trial in notebook.read() if trial.state == COMPLETE and trial.recipe != "floor"]
    slack = 1 + 1e-9
    if ascending:
        for trial in in_the_race:
            assert race_cost <= max(free, cost[trial.recipe]) * slack
        if winner.recipe != "floor":
            assert race_cost + cost[winner.recipe] <= max(free + cost[winner.recipe], 2 * cost[winner.recipe]) * slack
    assert race_cost <= max(free, *(cost[recipe.name] for recipe in recipes)) * slack + cost["floor"]


@settings(max_examples=200, deadline=None)
@given(fields(), st.floats(0.0, 5.0), st.sampled_from([0.0, 0.1, 1.0]))
def test_it_never_chooses_what_is_worse_than_popularity(told, free, noise):
    notebook = Memory()
    recipes = [kind() for kind in KINDS if kind.name in told]
    winner = Race([Floor(), *recipes], MOST, notebook, Curves(told, noise), free).run(silent)
    floor = next(trial for trial in notebook.read() if trial.recipe == "floor")
    assert max(point.value for point in winner.curve) >= floor.curve[-1].value


def spent(notebook: Memory) -> float:
    return sum(trial.core_seconds for trial in notebook.read())


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
