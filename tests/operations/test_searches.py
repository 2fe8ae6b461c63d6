"""performHPO and performAutoML, from the request to the campaign."""

import numpy as np
import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from penchant.jobs import ledger
from penchant.jobs.runner import Runner
from penchant.operations.searches import searched
from penchant.resources.trials import METRIC, METRICS
from penchant.work.all import follower, perform
from penchant.work.tuning import search
from tests import samples
from tests.operations.test_solution_versions import amend  # noqa: F401

RECIPE = "arn:aws:personalize:::recipe/"
GOOD = samples.csv(samples.walks())
DISCOUNT = {"name": "popularity_discount_factor", "minValue": 0.1, "maxValue": 0.4}
PAIRS = {"name": "min_cointeraction_count", "minValue": 1, "maxValue": 4}
RANGES = {"continuousHyperParameterRanges": [DISCOUNT], "integerHyperParameterRanges": [PAIRS]}


def hpo(jobs: int, ranges: dict | None = None, **more) -> dict:
    config = {"hpoResourceConfig": {"maxNumberOfTrainingJobs": str(jobs), "maxParallelTrainingJobs": "1"}}
    if ranges is not None:
        config["algorithmHyperParameterRanges"] = ranges
    return {"performHPO": True, "solutionConfig": {"hpoConfig": config | more}}


def tuned(version: dict) -> dict[str, str]:
    return version["tunedHPOParams"]["algorithmHyperParameters"]


def trials_of(house, version: dict) -> list[dict]:
    return searched(house, version["solutionVersionArn"])["trials"]


def test_hyperparameters_are_searched_for(call, load, train, house):
    load(GOOD)
    version = train("aws-sims", **hpo(7, RANGES))
    assert version["status"] == "ACTIVE", version
    assert set(tuned(version)) == {"popularity_discount_factor", "min_cointeraction_count"}
    assert 0.1 <= float(tuned(version)["popularity_discount_factor"]) <= 0.4
    assert 1 <= int(tuned(version)["min_cointeraction_count"]) <= 4
    told = searched(house, version["solutionVersionArn"])
    assert (told["metric"], told["type"], told["maxNumberOfTrainingJobs"]) == (METRIC, "Maximize", 7)
    assert len(told["trials"]) == 7
    for trial in told["trials"]:
        assert trial["state"] == "complete"  # of so little data all trainings are whole
        assert 0.1 <= trial["hyperParameters"]["popularity_discount_factor"] <= 0.4
        assert 1 <= trial["hyperParameters"]["min_cointeraction_count"] <= 4
        assert trial["value"] == trial["curve"][-1]["value"] and trial["seconds"] > 0
    [chosen] = [trial for trial in told["trials"] if trial["chosen"]]
    assert {name: str(value) for name, value in chosen["hyperParameters"].items()} == tuned(version)
    # The first is the nearest to the defaults that the ranges allow.
    assert told["trials"][0]["hyperParameters"] == {"popularity_discount_factor": 0.4, "min_cointeraction_count": 3}
    metrics = call("GetSolutionMetrics", solutionVersionArn=version["solutionVersionArn"])["metrics"]
    assert metrics["coverage"] > 0
    assert version["trainingHours"] >= 0


def test_without_a_configuration_all_that_is_tunable(load, train, house):
    load(GOOD)
    version = train("aws-sims", performHPO=True)
    found = trials_of(house, version)
    assert version["status"] == "ACTIVE" and len(found) == 8
    assert found[0]["hyperParameters"] == {"popularity_discount_factor": 0.5, "min_cointeraction_count": 3}
    assert set(tuned(version)) == {"popularity_discount_factor", "min_cointeraction_count"}


def test_what_is_fixed_stays_and_is_told(load, train, house):
    load(GOOD)
    config = hpo(4)["solutionConfig"] | {"algorithmHyperParameters": {"min_cointeraction_count": "2"}}
    version = train("aws-sims", performHPO=True, solutionConfig=config)
    assert {tuple(trial["hyperParameters"]) for trial in trials_of(house, version)} == {("popularity_discount_factor",)}
    assert tuned(version)["min_cointeraction_count"] == "2"


def test_with_a_range_and_a_fixed_value_the_range_counts(load, train, house):
    load(GOOD)
    config = hpo(4, RANGES)["solutionConfig"] | {"algorithmHyperParameters": {"min_cointeraction_count": "9"}}
    found = trials_of(house, train("aws-sims", performHPO=True, solutionConfig=config))
    assert found[0]["hyperParameters"]["min_cointeraction_count"] == 4


def test_what_can_only_be_searched_for_is_searched_for(load, train, house):
    load(GOOD)
    ranges = {"integerHyperParameterRanges": [{"name": "item_id_hidden_dim", "minValue": 30, "maxValue": 40}]}
    version = train("aws-similar-items", **hpo(2, ranges))
    assert version["status"] == "ACTIVE", version
    assert 30 <= int(tuned(version)["item_id_hidden_dim"]) <= 40
    assert tuned(version)["item_metadata_hidden_dim"] == "100"
    assert [list(trial["hyperParameters"]) for trial in trials_of(house, version)] == [["item_id_hidden_dim"]] * 2


def test_a_later_version_begins_with_what_was_best_before(call, run_jobs, load, train, house, amend):  # noqa: F811
    load(GOOD)
    first = train("aws-sims", **hpo(4))
    best = {"popularity_discount_factor": "0.8123", "min_cointeraction_count": "1"}
    amend("solutionVersion", first["solutionVersionArn"], tunedHPOParams={"algorithmHyperParameters": best})
    second = call("CreateSolutionVersion", solutionArn=first["solutionArn"])["solutionVersionArn"]
    run_jobs()
    found = searched(house, second)["trials"]
    assert found[1]["hyperParameters"] == {"popularity_discount_factor": 0.8123, "min_cointeraction_count": 1}


def test_an_objective_is_honoured(load, train, house):
    """Everybody takes the dozen popular items and, in the end, things of one shelf: a list of the popular is wrong."""
    rng = np.random.default_rng(0)

    def taken(user: int) -> list[str]:
        first, *last = (f"shelf{user % 12}-{place}" for place in rng.permutation(5)[:4])
        return [first, *(f"popular{place}" for place in rng.permutation(12)), *last]

    load(
        samples.csv(
            (f"u{user}", item, 1_700_000_000 + 3_600 * step, "click", 1.0)
            for user in range(150)
            for step, item in enumerate(taken(user))
        )
    )
    best = {}
    for kind in ("Maximize", "Minimize"):
        objective = {"type": kind, "metricName": "precision_at_10", "metricRegex": ".*"}
        version = train("aws-sims", **hpo(8, hpoObjective=objective))
        told = searched(house, version["solutionVersionArn"])
        assert (told["metric"], told["type"]) == ("precision_at_10", kind)
        best[kind] = next(trial["value"] for trial in told["trials"] if trial["chosen"])
        first = told["trials"][0]["value"]
    assert best["Minimize"] < best["Maximize"]
    assert best["Minimize"] <= first <= best["Maximize"]


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        ({"metricName": "loss"}, "metricName must be one of mean_reciprocal_rank_at_25, .*, not 'loss'"),
        ({"metricName": "coverage"}, "not 'coverage'"),
        ({"type": "maximize", "metricName": METRIC}, "type must be Maximize or Minimize, not 'maximize'"),
    ],
)
def test_objectives_that_there_are_not(call, group, objective, words):
    with pytest.raises(InvalidInputException, match=words):
        call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE + "aws-sims", **hpo(2, hpoObjective=objective))  # fmt: skip


def test_trainings_beside_one_another(load, train, house, monkeypatch):
    monkeypatch.setattr("penchant.work.tuning.hands.of_machine", lambda: 2)
    load(GOOD)
    config = {"hpoResourceConfig": {"maxNumberOfTrainingJobs": "5", "maxParallelTrainingJobs": "10"}}
    version = train("aws-sims", performHPO=True, solutionConfig={"hpoConfig": config})
    assert version["status"] == "ACTIVE"
    found = trials_of(house, version)
    assert len(found) == 5 and all(trial["state"] == "complete" for trial in found)


def test_a_thousand_events_are_enough(load, train, house):
    load(samples.csv(samples.walks(users=63)))
    version = train("aws-sims", **hpo(4))
    assert version["status"] == "ACTIVE", version
    assert len(trials_of(house, version)) == 4


def test_what_fails_without_a_search_fails_with_one(load, train):
    """A hundred users walk twelve steps, and twenty, who are too few alone, sixteen."""
    rows = samples.walks()
    load(samples.csv(row for row in rows if row[0] >= "u0100" or row[2] < rows[12][2]))
    config = {"featureTransformationParameters": {"min_user_history_length_percentile": "0.9"}}
    version = train("aws-user-personalization", performHPO=True, solutionConfig=config | hpo(1)["solutionConfig"])
    assert version["status"] == "CREATE FAILED"
    assert "fewer than 25 users with at least 2 interactions each after filtering" in version["failureReason"]


def test_a_search_that_is_begun_again_goes_on(call, run_jobs, load, train, house, monkeypatch):
    """The process dies in the middle of the fifth trial, as far as the database can tell."""

    class Killed(BaseException):
        pass

    load(GOOD)
    solution = call(
        "CreateSolution", name="k", datasetGroupArn=train("aws-popularity-count")["datasetGroupArn"],
        recipeArn=RECIPE + "aws-sims", **hpo(8),
    )["solutionArn"]  # fmt: skip
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    became, calls = search.became, []

    def dying(*given):
        calls.append(given)
        if len(calls) == 5:
            raise Killed
        return became(*given)

    monkeypatch.setattr(search, "became", dying)
    with pytest.raises(Killed):
        run_jobs()
    before = searched(house, version)["trials"]
    assert [trial["state"] for trial in before] == ["complete"] * 4 + ["running"]
    monkeypatch.setattr(search, "became", became)
    with house.reading() as connection:
        job = ledger.newest(connection, version).id
    Runner(house.database, follower(house), lambda job: perform(job, house)).run(job)  # as a worker that starts does
    described = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert described["status"] == "ACTIVE", described
    after = searched(house, version)["trials"]
    assert len(after) == 8
    for one, other in zip(before[:4], after, strict=False):
        assert {**one, "chosen": None} == {**other, "chosen": None}
    assert after[4]["hyperParameters"] == before[4]["hyperParameters"]


def test_trials_of_what_was_not_searched_for(load, train, house):
    load(GOOD)
    version = train("aws-popularity-count")
    assert searched(house, version["solutionVersionArn"]) == {
        "solutionVersionArn": version["solutionVersionArn"],
        "trials": [],
        "recipe": "aws-popularity-count",
    }
    with pytest.raises(ResourceNotFoundException):
        searched(house, version["solutionVersionArn"] + "x")
    with pytest.raises(InvalidInputException, match="Give a solutionVersionArn"):
        searched(house, "")


def automl(call, run_jobs, group, **config) -> dict:
    request = {"solutionConfig": {"autoMLConfig": config}} if config else {}
    solution = call("CreateSolution", name="auto", datasetGroupArn=group, performAutoML=True, **request)["solutionArn"]
    assert "autoMLResult" not in call("DescribeSolution", solutionArn=solution)["solution"]
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    return call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]


def test_a_recipe_is_chosen(call, run_jobs, load, group, house):
    """Whoever stands at a place of a ring goes on to the next, which popularity does not know."""
    load(GOOD)
    recipes = [RECIPE + "aws-popularity-count", RECIPE + "aws-user-personalization-v2"]
    version = automl(call, run_jobs, group, recipeList=recipes, metricName="mean_reciprocal_rank_at_25")
    assert version["status"] == "ACTIVE", version
    assert version["recipeArn"] == recipes[1]
    solution = call("DescribeSolution", solutionArn=version["solutionArn"])["solution"]
    assert solution["autoMLResult"] == {"bestRecipeArn": recipes[1]}
    assert "recipeArn" not in solution
    told = searched(house, version["solutionVersionArn"])
    assert (told["metric"], told["recipe"]) == ("mean_reciprocal_rank_at_25", "aws-user-personalization-v2")
    assert {trial["recipe"]: trial["chosen"] for trial in told["trials"]} == {
        "aws-popularity-count": False,
        "aws-user-personalization-v2": True,
    }
    campaign = call("CreateCampaign", name="c", solutionVersionArn=version["solutionVersionArn"])["campaignArn"]
    run_jobs()
    answer = call("GetRecommendations", campaignArn=campaign, userId="u0001", numResults=5)
    assert len(answer["itemList"]) == 5


def test_popularity_wins_where_nothing_is_better(call, run_jobs, load, group, house):
    """Everybody takes the same few items in an order that means nothing."""
    rows = [
        (user, f"i{place % 7}", moment, kind, value)
        for place, (user, _, moment, kind, value) in enumerate(samples.walks())
    ]
    load(samples.csv(rows))
    version = automl(call, run_jobs, group, recipeList=[RECIPE + "aws-hrnn"])
    assert version["status"] == "ACTIVE", version
    found = {trial["recipe"]: trial for trial in trials_of(house, version)}
    assert set(found) == {"aws-popularity-count", "aws-hrnn"}
    chosen = next(trial for trial in found.values() if trial["chosen"])
    assert chosen["value"] >= found["aws-popularity-count"]["curve"][0]["value"] - 1e-9


def test_related_items_are_raced_among_themselves(call, run_jobs, load, group):
    load(GOOD)
    version = automl(call, run_jobs, group, recipeList=[RECIPE + "aws-sims"])
    assert (version["status"], version["recipeArn"]) == ("ACTIVE", RECIPE + "aws-sims")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"metricName": "loss"}, "autoMLConfig.metricName must be one of"),
        ({"recipeList": [RECIPE + "aws-sims", RECIPE + "aws-hrnn"]}, "of one type, .* RELATED_ITEMS and USER_PERSONALIZATION"),
        ({"recipeList": [RECIPE + "aws-item-affinity"]}, "aws-item-affinity cannot be compared"),
        ({"recipeList": [RECIPE + "aws-semantic-similarity"]}, "aws-semantic-similarity cannot be compared"),
        ({"recipeList": [RECIPE + "aws-next-best-action"]}, "aws-next-best-action cannot be compared"),
    ],
)  # fmt: skip
def test_races_that_there_are_not(call, group, config, words):
    with pytest.raises(InvalidInputException, match=words):
        call("CreateSolution", name="s", datasetGroupArn=group, performAutoML=True, solutionConfig={"autoMLConfig": config})  # fmt: skip


def test_every_metric_can_be_aimed_at(call, group):
    for at, metric in enumerate(METRICS):
        call("CreateSolution", name=f"s{at}", datasetGroupArn=group, performAutoML=True, solutionConfig={"autoMLConfig": {"metricName": metric}})  # fmt: skip
