"""Versions: what they take over from their solution, and what an UPDATE needs."""

import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from penchant.resources import book
from penchant.resources.kinds import KINDS
from tests import samples

V1 = "arn:aws:personalize:::recipe/aws-user-personalization"
V2 = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
GOOD = samples.csv(samples.walks())


@pytest.fixture
def solution(call, group):
    """Make a solution; answers with its ARN."""

    def solution(recipe: str = V2, name: str = "s", **more) -> str:
        return call("CreateSolution", name=name, datasetGroupArn=group, recipeArn=recipe, **more)["solutionArn"]

    return solution


@pytest.fixture
def amend(house):
    """Write a status into the book, for what this release cannot bring about by itself."""

    def amend(kind: str, arn: str, **changes) -> None:
        with house.writing() as connection:
            book.amend(connection, KINDS[kind], arn, **changes)

    return amend


@pytest.mark.parametrize(
    ("recipe", "config", "told"),
    [
        ("aws-user-personalization-v2", None, {}),
        ("aws-user-personalization", {"algorithmHyperParameters": {"bptt": "2"}}, {"algorithmHyperParameters": {"bptt": "2"}}),
        ("aws-item-affinity", None, None),
    ],
)  # fmt: skip
def test_a_version_without_a_configuration_tells_it_as_recorded(call, solution, recipe, config, told):
    given = {} if config is None else {"solutionConfig": config}
    arn = solution(f"arn:aws:personalize:::recipe/{recipe}", **given)
    version = call("CreateSolutionVersion", solutionArn=arn)["solutionVersionArn"]
    described = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert described.get("solutionConfig") == told
    assert described["name"] == version.partition("solution/")[2]
    assert (described["performHPO"], described["performAutoML"]) == (False, False)
    assert not {"eventType", "trainingHours", "tunedHPOParams", "performIncrementalUpdate"} & set(described)
    solution_config = call("DescribeSolution", solutionArn=arn)["solution"].get("solutionConfig")
    assert solution_config == config


def test_columns_that_the_model_does_not_read_may_be_left_out(load, train):
    load(GOOD)
    config = {"trainingDataConfig": {"excludedDatasetColumns": {"INTERACTIONS": ["EVENT_VALUE"]}}}
    assert train(solutionConfig=config)["status"] == "ACTIVE"


def test_a_version_needs_an_active_solution(call, solution, amend):
    arn = solution()
    amend("solution", arn, status="DELETE PENDING")
    for operation, more in (("CreateSolutionVersion", {}), ("UpdateSolution", {"performAutoTraining": False})):
        with pytest.raises(ResourceInUseException, match=f"^Solution {arn} is not in ACTIVE state.$"):
            call(operation, solutionArn=arn, **more)
        with pytest.raises(ResourceNotFoundException, match="The given solution does not exist"):
            call(operation, solutionArn=arn + "x", **more)


def test_an_update_of_a_version_needs_a_full_one_and_something_new(call, run_jobs, load, solution, amend):
    load(GOOD)
    arn = solution(V1, solutionConfig={"algorithmHyperParameters": {"hidden_dimension": "32", "bptt": "2"}})
    request = {"solutionArn": arn, "trainingMode": "UPDATE"}
    nothing_to_update = f"^There is no active solution version with training mode set to FULL for solution {arn}.$"
    with pytest.raises(InvalidInputException, match=nothing_to_update):
        call("CreateSolutionVersion", **request)
    call("CreateSolutionVersion", solutionArn=arn)
    with pytest.raises(InvalidInputException, match=nothing_to_update):  # it is not ACTIVE yet
        call("CreateSolutionVersion", **request)
    run_jobs()
    with pytest.raises(InvalidInputException) as refused:
        call("CreateSolutionVersion", **request)
    assert str(refused.value) == (
        "There should be updates to at least one dataset after last active solution version with training mode set to FULL"
    )
    load(GOOD, "INCREMENTAL")
    version = call("CreateSolutionVersion", **request)["solutionVersionArn"]
    run_jobs()
    described = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert (described["trainingMode"], described["status"]) == ("UPDATE", "ACTIVE"), described
    assert (
        call("DescribeSolution", solutionArn=arn)["solution"]["latestSolutionVersion"]["solutionVersionArn"] == version
    )


def test_automl_has_nothing_to_update(call, group):
    arn = call("CreateSolution", name="s", datasetGroupArn=group, performAutoML=True)["solutionArn"]
    with pytest.raises(InvalidInputException, match="trainingMode UPDATE is not supported"):
        call("CreateSolutionVersion", solutionArn=arn, trainingMode="UPDATE")


def test_feature_transformation_parameters_reach_the_training(load, train):
    """A hundred users walk twelve steps, and twenty, who are too few alone, sixteen."""
    rows = samples.walks()
    load(samples.csv(row for row in rows if row[0] >= "u0100" or row[2] < rows[12][2]))
    config = {"featureTransformationParameters": {"min_user_history_length_percentile": "0.9"}}
    version = train("aws-user-personalization", solutionConfig=config)
    assert version["status"] == "CREATE FAILED"
    assert version["failureReason"] == (
        "Create failed. Dataset has fewer than 25 users with at least 2 interactions each after filtering by history "
        "length percentile: 0.9 to 0.99"
    )
