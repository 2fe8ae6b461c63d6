from dataclasses import replace

import pytest

from penchant.contract.errors import (
    InvalidInputException,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from penchant.resources.quotas import Quotas
from tests import samples
from tests.conftest import caller

V2 = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
GOOD = samples.csv(samples.walks())


def test_a_solution_is_active_at_once_and_says_what_it_was_made_with(call, group):
    config = {
        "algorithmHyperParameters": {"apply_recency_bias": "False"},
        "autoTrainingConfig": {"schedulingExpression": "rate(3 days)"},
    }
    arn = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=V2, solutionConfig=config)["solutionArn"]
    solution = call("DescribeSolution", solutionArn=arn)["solution"]
    assert solution["solutionConfig"] == config
    assert solution["creationDateTime"] == solution["lastUpdatedDateTime"]
    expected = {"status": "ACTIVE", "performHPO": False, "performAutoML": False, "performAutoTraining": True}
    assert {key: solution[key] for key in expected} == expected
    recorded = {"name", "solutionArn", "recipeArn", "datasetGroupArn", "creationDateTime", "lastUpdatedDateTime"}
    assert set(solution) == recorded | set(expected) | {"solutionConfig"}


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"recipeArn": None}, InvalidInputException, "Provide either recipeArn or performAutoML"),
        ({"recipeArn": V2 + "x"}, ResourceNotFoundException, "recipe does not exist"),
        ({"performAutoML": True}, InvalidInputException, "Provide either recipeArn or performAutoML"),
        ({"performHPO": True}, InvalidInputException, "no hyperparameters to tune"),
        ({"performIncrementalUpdate": True}, InvalidInputException, "semantic"),
        ({"solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "5"}}}, InvalidInputException, "algorithm/aws-user-personalization-v2"),
        ({"solutionConfig": {"algorithmHyperParameters": {"apply_recency_bias": "5"}}}, InvalidInputException, "apply_recency_bias"),
        ({"solutionConfig": {"featureTransformationParameters": {"x": "5"}}}, InvalidInputException, "feature transformation"),
        ({"solutionConfig": {"eventValueThreshold": "much"}}, InvalidInputException, "must be a number"),
        ({"solutionConfig": {"optimizationObjective": {}}}, InvalidInputException, "optimizationObjective is for"),
        ({"solutionConfig": {"eventsConfig": {"eventParametersList": []}}}, InvalidInputException, "once"),
        ({"solutionConfig": {"eventsConfig": {"eventParametersList": [{"eventType": "a", "weight": 0}]}}}, InvalidInputException, "above 0"),
        ({"eventType": "a", "solutionConfig": {"eventsConfig": {"eventParametersList": [{"eventType": "a"}]}}}, InvalidInputException, "combined"),
        *[
            ({"solutionConfig": {"autoTrainingConfig": {"schedulingExpression": text}}}, InvalidInputException, "chedulingExpression")
            for text in ("rate(0 days)", "rate(31 days)", "rate(1 week)", "cron(* * *)")
        ],
    ],
)  # fmt: skip
def test_what_a_solution_cannot_be(call, group, more, error, words):
    request = {"name": "s", "datasetGroupArn": group, "recipeArn": V2, **more}
    with pytest.raises(error, match=words):
        call("CreateSolution", **request)
    assert call("ListSolutions") == {"solutions": []}


@pytest.mark.parametrize("text", ["rate(1 day)", "rate(1 days)", "rate(30 days)"])
def test_schedules_that_amazon_takes(call, group, text):
    config = {"autoTrainingConfig": {"schedulingExpression": text}}
    call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=V2, solutionConfig=config)


def test_a_group_without_interactions_has_nothing_to_train_on(call, run_jobs):
    empty = call("CreateDatasetGroup", name="empty")["datasetGroupArn"]
    run_jobs()
    with pytest.raises(InvalidInputException, match="no Interactions dataset"):
        call("CreateSolution", name="s", datasetGroupArn=empty, recipeArn=V2)


def test_training_gives_metrics_under_amazons_names(call, load, train):
    load(GOOD)
    version = train()
    assert version["status"] == "ACTIVE"
    assert version["solutionConfig"] == {}
    assert (version["trainingMode"], version["trainingType"]) == ("FULL", "MANUAL")
    metrics = call("GetSolutionMetrics", solutionVersionArn=version["solutionVersionArn"])["metrics"]
    assert len(metrics) == 8
    assert 0 < metrics["coverage"] <= 1


def test_metrics_of_what_is_not_trained_are_not_there_yet(call, group):
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=V2)["solutionArn"]
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("GetSolutionMetrics", solutionVersionArn=version)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (None, "The Interactions dataset is empty"),
        (samples.walks(users=24, steps=60), "fewer than 25 users with at least 2 interactions each."),
        (samples.walks(users=1000, steps=1), "fewer than 25 users with at least 2 interactions each."),
    ],
)
def test_too_little_data_fails_the_version_with_amazons_sentence(load, train, rows, sentence):
    if rows:
        assert load(samples.csv(rows))["status"] == "ACTIVE"
    version = train()
    assert version["status"] == "CREATE FAILED"
    assert version["failureReason"].startswith("Create failed. ")
    assert sentence in version["failureReason"]
    assert "trainingHours" not in version


def test_events_are_chosen_by_type_and_value(load, train):
    rows = samples.walks(users=100, steps=14)
    half = [(u, i, t, "view" if n % 2 else "click", 4.0 if n % 2 else 5.0) for n, (u, i, t, *_) in enumerate(rows)]
    assert load(samples.csv(half))["status"] == "ACTIVE"
    assert "fewer than 1000 interactions" in train(eventType="view")["failureReason"]
    assert train(solutionConfig={"eventValueThreshold": "4.0"})["status"] == "ACTIVE"
    assert "fewer than 1000 interactions" in train(solutionConfig={"eventValueThreshold": "4.5"})["failureReason"]


def test_a_version_that_waits_stops_at_once(call, run_jobs, load, group):
    load(GOOD)
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=V2)["solutionArn"]
    version = call("CreateSolutionVersion", solutionArn=solution, name="mine")["solutionVersionArn"]
    assert call("StopSolutionVersionCreation", solutionVersionArn=version) == {}
    described = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert (described["status"], described["name"]) == ("CREATE STOPPED", "mine")
    with pytest.raises(ResourceInUseException, match="CREATE STOPPED state and can not be stopped"):
        call("StopSolutionVersionCreation", solutionVersionArn=version)
    run_jobs()
    assert call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]["status"] == "CREATE STOPPED"


def test_a_solution_at_work_is_not_deleted(call, run_jobs, load, group):
    load(GOOD)
    arn = "arn:aws:personalize:::recipe/aws-popularity-count"
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=arn)["solutionArn"]
    call("CreateSolutionVersion", solutionArn=solution)
    with pytest.raises(ResourceInUseException, match="at work"):
        call("DeleteSolution", solutionArn=solution)
    run_jobs()
    latest = call("DescribeSolution", solutionArn=solution)["solution"]["latestSolutionVersion"]
    assert latest["status"] == "ACTIVE"
    call("DeleteSolution", solutionArn=solution)


@pytest.mark.parametrize("mode", ["UPDATE", "AUTOTRAIN"])
def test_other_training_modes_are_for_other_recipes(call, group, mode):
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=V2)["solutionArn"]
    with pytest.raises(InvalidInputException, match=f"{mode} is not supported for recipe"):
        call("CreateSolutionVersion", solutionArn=solution, trainingMode=mode)


def test_a_name_is_taken_once_and_a_group_has_room_for_ten(house, call, group):
    request = {"name": "s", "datasetGroupArn": group, "recipeArn": V2}
    arn = call("CreateSolution", **request)["solutionArn"]
    with pytest.raises(ResourceAlreadyExistsException, match=f"^Another resource with Arn {arn} already exists.$"):
        call("CreateSolution", **request)
    strict = caller(replace(house, quotas=Quotas({})))
    for number in range(9):
        strict("CreateSolution", **{**request, "name": f"s{number}"})
    with pytest.raises(LimitExceededException, match=r"^More than 10 resources in ACTIVE state\. Please delete some"):
        strict("CreateSolution", **{**request, "name": "eleventh"})
