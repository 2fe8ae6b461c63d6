"""UpdateSolution: what it takes, and how it is told while it is on its way and afterwards."""

import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException

V1 = "arn:aws:personalize:::recipe/aws-user-personalization"
V2 = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
CLICKS = {"eventParametersList": [{"eventType": "click", "weight": 0.5}]}
DAILY = {"schedulingExpression": "rate(1 day)"}


@pytest.fixture
def make(call, group):
    def make(recipe: str = V2, **more) -> str:
        return call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=recipe, **more)["solutionArn"]

    return make


@pytest.fixture
def describe(call):
    return lambda arn: call("DescribeSolution", solutionArn=arn)["solution"]


def test_an_update_is_told_inside_the_solution_and_takes_effect_at_its_end(call, run_jobs, make, describe):
    arn = make(solutionConfig={"algorithmHyperParameters": {"apply_recency_bias": "false"}})
    before = describe(arn)
    assert "latestSolutionUpdate" not in before
    config = {"autoTrainingConfig": DAILY, "eventsConfig": CLICKS}
    answer = call("UpdateSolution", solutionArn=arn, performAutoTraining=False, solutionUpdateConfig=config)
    assert answer == {"solutionArn": arn}
    during = describe(arn)
    told = during.pop("latestSolutionUpdate")
    assert told["status"] == "CREATE PENDING"
    assert (told["performAutoTraining"], told["solutionUpdateConfig"]) == (False, config)
    assert {**during, "lastUpdatedDateTime": 0} == {**before, "lastUpdatedDateTime": 0}
    run_jobs()
    after = describe(arn)
    assert (after["status"], after["latestSolutionUpdate"]["status"]) == ("ACTIVE", "ACTIVE")
    assert after["performAutoTraining"] is False
    assert after["solutionConfig"] == {**before["solutionConfig"], **config}


def test_events_replace_those_before_and_go_into_the_versions_that_follow(call, run_jobs, make, describe):
    arn = make(solutionConfig={"eventsConfig": {"eventParametersList": [{"eventType": "view"}, {"eventType": "buy"}]}})
    call("UpdateSolution", solutionArn=arn, solutionUpdateConfig={"eventsConfig": CLICKS})
    early = call("CreateSolutionVersion", solutionArn=arn)["solutionVersionArn"]
    run_jobs()
    late = call("CreateSolutionVersion", solutionArn=arn)["solutionVersionArn"]
    assert describe(arn)["solutionConfig"]["eventsConfig"] == CLICKS
    configs = [
        call("DescribeSolutionVersion", solutionVersionArn=each)["solutionVersion"]["solutionConfig"]["eventsConfig"]
        for each in (early, late)
    ]
    assert [len(config["eventParametersList"]) for config in configs] == [2, 1]


def test_a_solution_without_a_configuration_gets_what_it_was_given(call, run_jobs, make, describe):
    arn = make(performAutoTraining=False)
    call("UpdateSolution", solutionArn=arn, performAutoTraining=True)
    run_jobs()
    assert describe(arn)["performAutoTraining"] is True
    assert "solutionConfig" not in describe(arn)
    call("UpdateSolution", solutionArn=arn, solutionUpdateConfig={"autoTrainingConfig": DAILY})
    run_jobs()
    assert describe(arn)["solutionConfig"] == {"autoTrainingConfig": DAILY}
    assert "performAutoTraining" not in describe(arn)["latestSolutionUpdate"]


def test_one_update_at_a_time_and_no_deletion_meanwhile(call, run_jobs, make):
    arn = make()
    call("UpdateSolution", solutionArn=arn, performAutoTraining=False)
    for operation, more in (("UpdateSolution", {"performAutoTraining": True}), ("DeleteSolution", {})):
        with pytest.raises(ResourceInUseException, match="is being updated"):
            call(operation, solutionArn=arn, **more)
    call("CreateSolutionVersion", solutionArn=arn)
    run_jobs()
    call("UpdateSolution", solutionArn=arn, performAutoTraining=True)


@pytest.mark.parametrize(
    ("recipe", "made", "request_", "words"),
    [
        (V2, {}, {}, "Nothing to update: give at least one of performAutoTraining"),
        (V2, {}, {"solutionUpdateConfig": {}}, "Nothing to update"),
        (V2, {}, {"performAutoTraining": None, "solutionUpdateConfig": {"eventsConfig": None}}, "Nothing to update"),
        (V2, {}, {"solutionUpdateConfig": {"autoTrainingConfig": {}}}, "solutionUpdateConfig.autoTrainingConfig is empty"),
        (V2, {}, {"performIncrementalUpdate": True}, "aws-semantic-similarity only"),
        (V1, {}, {"solutionUpdateConfig": {"eventsConfig": CLICKS}}, "eventsConfig is for the recipes"),
        (V2, {"eventType": "click"}, {"solutionUpdateConfig": {"eventsConfig": CLICKS}}, "cannot be combined"),
        (V2, {"solutionConfig": {"eventValueThreshold": "1"}}, {"solutionUpdateConfig": {"eventsConfig": CLICKS}}, "cannot be combined"),
        (V2, {}, {"solutionUpdateConfig": {"eventsConfig": {"eventParametersList": []}}}, "each of its event types once"),
        (V2, {}, {"solutionUpdateConfig": {"autoTrainingConfig": {"schedulingExpression": "rate(31 days)"}}}, "between 1 and 30"),
    ],
)  # fmt: skip
def test_what_an_update_cannot_be(call, make, describe, recipe, made, request_, words):
    arn = make(recipe, **made)
    with pytest.raises(InvalidInputException, match=words):
        call("UpdateSolution", solutionArn=arn, **request_)
    assert "latestSolutionUpdate" not in describe(arn)


def test_automl_chooses_its_events_itself(call, group):
    arn = call("CreateSolution", name="s", datasetGroupArn=group, performAutoML=True)["solutionArn"]
    with pytest.raises(InvalidInputException, match="eventsConfig is for the recipes"):
        call("UpdateSolution", solutionArn=arn, solutionUpdateConfig={"eventsConfig": CLICKS})
