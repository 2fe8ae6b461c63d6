"""The search, on a recipe whose best hyperparameters are known."""

from dataclasses import replace

import numpy as np
import pytest

from penchant.jobs.job import Failed
from penchant.resources.trials import COMPLETE, FAILED, PRUNED, Point, Trial
from penchant.work.tuning.goal import Goal
from penchant.work.tuning.halving import BUDGET, SHARES
from penchant.work.tuning.search import Search, choose
from penchant.work.tuning.space import space_of, starts
from tests.work.tuning.dial import Dial
from tests.work.tuning.fakes import Known, Memory

COUNT = {"integerHyperParameterRanges": [{"name": "count", "minValue": 1, "maxValue": 3}]}


MOST = Goal()


def silent(done: float, sentence: str) -> None:
    assert 0 <= done <= 1


def search(
    hands: Known, jobs: int = 20, notebook: Memory | None = None, goal: Goal = MOST, free: float = 1e9, given=None
) -> Search:
    space = space_of(Dial, given or {}, {})
    return Search(Dial(), space, starts(Dial(), space, {}, jobs), goal, jobs, notebook or Memory(), hands, free)


def good(recipe: Dial) -> float:
    return 1 - recipe.loss()


def spent(found: Search) -> float:
    return sum(trial.core_seconds for trial in found.trials)


def test_it_finds_what_is_nearly_the_best():
    found = search(known := Known(good), jobs=40)
    chosen = found.run(silent)
    first = found.trials[0]
    assert first.parameters == {"place": 0.2, "count": 2, "turned": False, "hidden": 7}
    assert chosen.state == COMPLETE and chosen.curve[-1].share == 1.0
    assert Dial(**chosen.parameters).loss() < 0.15 < Dial().loss()
    assert len(found.trials) == 40
    assert len(found.trials) == len({str(sorted(trial.parameters.items())) for trial in found.trials})
    assert len(known.tasks) == sum(len(trial.curve) for trial in found.trials)


def test_it_is_better_than_drawing_at_random():
    """The mean of five dials that are right elsewhere, against as many values drawn anywhere."""
    found, drawn = [], []
    for place in (0.15, 0.35, 0.5, 0.8, 0.95):

        def value(recipe, place=place):
            return 1 - abs(recipe.place - place) - abs(recipe.count - 7) / 20

        found.append(value(Dial(**search(Known(value), jobs=30).run(silent).parameters)))
        rng = np.random.default_rng(3)
        drawn.append(
            np.mean(
                [
                    max(value(Dial(place=rng.random(), count=int(rng.integers(1, 10)))) for _ in range(10))
                    for _ in range(20)
                ]
            )
        )
    assert np.mean(found) > np.mean(drawn)
    assert np.mean(found) > 0.93


@pytest.mark.parametrize("at_once", [1, 3])
def test_most_trials_are_given_up_early(at_once):
    """Two generations of ten: of the first two are trained for a third, and one of these whole, beside the first trial;
    of the last as many as can be paid, which are few."""
    found = search(Known(good, at_once=at_once), jobs=21, free=BUDGET)
    found.run(silent)
    assert len(found.trials) == 21
    assert spent(found) <= BUDGET
    assert [point.share for point in found.trials[0].curve] == list(SHARES)
    assert 1 <= sum(trial.state == COMPLETE for trial in found.trials[11:]) <= 4
    for generation in (found.trials[1:11],):
        assert sorted(len(trial.curve) for trial in generation) == [1] * 8 + [2, 3]
        for trial in generation:
            assert [point.share for point in trial.curve] == list(SHARES[: len(trial.curve)])
            assert trial.state == (COMPLETE if len(trial.curve) == 3 else PRUNED)
            assert trial.state == COMPLETE or ("given" not in trial.sentence and "% of a training." in trial.sentence)
        kept = [trial for trial in generation if len(trial.curve) > 1]
        assert min(trial.curve[0].value for trial in kept) >= sorted(trial.curve[0].value for trial in generation)[-2]


def test_a_recipe_may_have_no_use_for_the_shortest_part(monkeypatch):
    """Whoever is ahead after a ninth falls behind: two of the first generation are trained whole, after a third."""
    monkeypatch.setattr(Dial, "shortest", 0.3)
    found = search(known := Known(good), jobs=21)
    found.run(silent)
    assert {task.share for task in known.tasks} == set(SHARES[1:])
    assert sorted(len(trial.curve) for trial in found.trials[1:11]) == [1] * 8 + [2] * 2


def test_what_is_left_is_spent_on_the_best_of_the_last_generation():
    """The dials that are tried are cheap: after a third, many more than two can be paid whole."""
    first = Dial()
    found = search(Known(good, cost=lambda recipe: 1.0 if recipe == first else 0.3), jobs=9, free=0.0)
    found.run(silent)
    whole = [trial for trial in found.trials[1:] if trial.state == COMPLETE]
    given_up = [trial for trial in found.trials[1:] if trial.state == PRUNED]
    assert len(whole) == 8 and not given_up and spent(found) <= BUDGET


def test_what_is_too_dear_is_given_up_and_the_next_best_goes_on():
    """The best cost six whole first trainings: none of them is trained whole, and the search keeps to its budget."""
    first = Dial()
    dear = Known(good, cost=lambda recipe: 1.0 if recipe == first else 6.0 if recipe.turned else 1.0)
    found = search(dear, jobs=9, free=0.0)
    found.run(silent)
    assert spent(found) <= BUDGET
    too_dear = [trial for trial in found.trials if trial.sentence.startswith("Too dear")]
    assert too_dear and all(trial.parameters["turned"] and trial.state == PRUNED for trial in too_dear)


def test_a_part_that_costs_too_much_for_what_it_is_is_left_out():
    """A ninth costs 0.46 of a whole training, which is too much, and a third 0.6."""
    found = search(known := Known(good, fixed=0.65), jobs=8)
    found.run(silent)
    assert [task.share for task in known.tasks[: len(SHARES)]] == [1.0, *SHARES[:-1]]
    assert {task.share for task in known.tasks[len(SHARES) :]} == set(SHARES[1:])


def test_a_recipe_may_have_no_use_for_any_part(monkeypatch):
    monkeypatch.setattr(Dial, "shortest", 1.0)
    found = search(known := Known(good), jobs=21, free=0.0)
    found.run(silent)
    assert [task.share for task in known.tasks] == [1.0] * int(BUDGET)


def test_what_trials_really_cost_says_how_many_there_may_be():
    """The first one is dear, and nearly all others are cheap."""
    first = Dial()
    found = search(Known(good, cost=lambda recipe: 1.0 if recipe == first else 0.3), jobs=40, free=0.0)
    found.run(silent)
    assert len(found.trials) == 40
    assert spent(found) <= BUDGET


def test_it_keeps_to_its_budget():
    """Wide dials are dear: a search that could try forty of them ends at seven times the first trial's whole cost."""
    found = search(Known(good, cost=lambda recipe: 1.0 + recipe.count), jobs=40, free=0.0)
    found.run(silent)
    assert len(found.trials) < 40
    whole = found.trials[0].at(1.0).core_seconds
    assert BUDGET * whole / 2 <= spent(found) <= (BUDGET + 3) * whole


def test_twenty_trials_fit_into_the_budget():
    found = search(Known(good), jobs=20, free=0.0)
    found.run(silent)
    assert spent(found) <= BUDGET
    assert len(found.trials) == 20


def test_where_a_part_of_a_training_costs_as_much_all_are_trained_whole():
    found = search(known := Known(good, fixed=1.0), jobs=20, free=0.0)
    found.run(silent)
    assert {task.share for task in known.tasks[len(SHARES) :]} == {1.0}
    assert spent(found) <= BUDGET * found.trials[0].at(1.0).core_seconds
    assert 5 <= len(found.trials) <= 7
    assert all(trial.state == COMPLETE for trial in found.trials)


def test_where_there_is_no_part_of_a_training_all_are_trained_whole():
    """And what the first one made for all of them is not paid for again."""
    first = Dial()
    hands = Known(good, cost=lambda recipe: 1.0 if recipe == first else 0.2, brief=False)
    found = search(hands, jobs=20, free=0.0)
    found.run(silent)
    assert len(found.trials) == 20
    assert all([point.share for point in trial.curve] == [1.0] for trial in found.trials)
    assert len(hands.tasks) == 20
    hands = Known(good, brief=False)
    search(hands, jobs=20, free=0.0).run(silent)
    assert len(hands.tasks) == BUDGET


@pytest.mark.parametrize("at_once", [1, 3])
@pytest.mark.parametrize("stop_after", [0, 1, 2, 3, 5, 11, 14, 16])
def test_one_that_died_goes_on_as_if_nothing_had_happened(at_once, stop_after):
    undisturbed = search(Known(good, at_once=at_once), jobs=12)
    undisturbed.run(silent)
    notebook = Memory()
    with pytest.raises(KeyboardInterrupt):
        search(Known(good, at_once=at_once, stop_after=stop_after), 12, notebook).run(silent)
    again = Known(good, at_once=at_once)
    chosen = search(again, 12, notebook).run(silent)
    told = {number: (trial.parameters, trial.state, trial.curve) for number, trial in enumerate(undisturbed.trials)}
    assert {trial.number: (trial.parameters, trial.state, trial.curve) for trial in notebook.read()} == told
    # At most what was at work is done again.
    total = sum(len(trial.curve) for trial in notebook.read())
    assert total - stop_after <= len(again.tasks) <= total - stop_after + at_once - 1
    assert [trial.number for trial in notebook.read() if trial.chosen] == [chosen.number]


def test_what_was_chosen_stays_chosen():
    notebook = Memory()
    chosen = search(Known(good), 10, notebook).run(silent)
    again = Known(lambda recipe: 0.0)
    assert search(again, 10, notebook).run(silent).number == chosen.number
    assert again.tasks == []


def test_a_goal_may_be_the_least():
    found = search(Known(lambda recipe: recipe.loss()), jobs=30, goal=Goal(maximize=False))
    assert Dial(**found.run(silent).parameters).loss() < 0.15


def test_what_is_better_by_chance_alone_does_not_win():
    """All dials are alike, and each has its luck."""
    for jobs in (8, 20):
        found = search(Known(lambda recipe: 0.5, noise=0.02), jobs=jobs)
        chosen, first = found.run(silent), found.trials[0]
        assert chosen.number == 0 or chosen.value > first.value
    trials = [
        Trial(number, "dial", {}, COMPLETE, curve=(Point(1.0, mean, 0.5, 1, 1),), each=each)
        for number, (mean, each) in enumerate(
            [(0.5, np.array([0.4, 0.6, 0.5, 0.5])), (0.51, np.array([0.9, 0.1, 0.44, 0.6])), (0.4, np.full(4, 0.4))]
        )
    ]
    assert choose(trials, Goal()).number == 0
    assert choose([trials[0], replace(trials[1], each=trials[0].each + 0.01)], Goal()).number == 1


def test_of_equals_the_one_that_shows_more_items_wins():
    each = np.full(4, 0.5, np.float32)
    trials = [
        Trial(number, "dial", {}, COMPLETE, curve=(Point(1.0, value, cover, 1, 1),), each=each + value)
        for number, (value, cover) in enumerate([(0.1, 0.9), (0.5, 0.3), (0.5, 0.4), (0.5, 0.4)])
    ]
    assert choose(trials, Goal()).number == 2


def test_a_trial_that_fails_does_not_end_the_search():
    found = search(Known(lambda recipe: "It broke." if recipe.turned else good(recipe)), jobs=12)
    chosen = found.run(silent)
    failed = [trial for trial in found.trials if trial.state == FAILED]
    assert failed and all(trial.parameters["turned"] and trial.sentence == "It broke." for trial in failed)
    assert not chosen.parameters["turned"]


def test_the_first_trial_must_not_fail():
    with pytest.raises(Failed, match="Too little"):
        search(Known(lambda recipe: "Too little.")).run(silent)


def test_what_broke_is_not_the_customers_fault():
    with pytest.raises(RuntimeError, match="The training broke: ValueError"):
        search(Known(lambda recipe: "The training broke: ValueError: no")).run(silent)


def test_it_ends_where_there_is_nothing_new():
    found = search(Known(good), jobs=40, given=COUNT)
    assert found.run(silent).parameters == {"count": 3}
    assert sorted(trial.parameters["count"] for trial in found.trials) == [1, 2, 3]


def test_one_job_is_the_recipe_as_it_is():
    found = search(Known(good), jobs=1)
    assert found.run(silent).number == 0
    assert len(found.trials) == 1
