"""Updates of campaigns: the old version answers until the new one does."""

import shutil

import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from penchant.work.follow import keep_in_step
from tests import samples

POPULAR = "arn:aws:personalize:::recipe/aws-popularity-count"


@pytest.fixture
def solution(call, load, group) -> str:
    load(samples.csv(samples.walks()))
    return call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=POPULAR)["solutionArn"]


@pytest.fixture
def versions(call, run_jobs, solution) -> list[str]:
    arns = [call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"] for _ in range(2)]
    run_jobs()
    return arns


@pytest.fixture
def campaign(call, run_jobs, versions) -> str:
    arn = call("CreateCampaign", name="c", solutionVersionArn=versions[0], minProvisionedTPS=3)["campaignArn"]
    run_jobs()
    return arn


def described(call, arn: str) -> dict:
    return call("DescribeCampaign", campaignArn=arn)["campaign"]


def test_a_campaign_serves_on_while_it_is_updated(call, run_jobs, versions, campaign):
    assert call("UpdateCampaign", campaignArn=campaign, solutionVersionArn=versions[1]) == {"campaignArn": campaign}
    meanwhile = described(call, campaign)
    assert meanwhile["status"] == "ACTIVE"
    assert meanwhile["solutionVersionArn"] == versions[0]
    update = meanwhile["latestCampaignUpdate"]
    assert (update["status"], update["solutionVersionArn"]) == ("CREATE PENDING", versions[1])
    assert len(call("GetRecommendations", campaignArn=campaign, userId="u")["itemList"]) == 25
    for operation, request in (("UpdateCampaign", {"minProvisionedTPS": 2}), ("DeleteCampaign", {})):
        with pytest.raises(ResourceInUseException, match="being updated"):
            call(operation, campaignArn=campaign, **request)
    run_jobs()
    after = described(call, campaign)
    assert after["solutionVersionArn"] == versions[1]
    assert after["minProvisionedTPS"] == 3
    assert after["latestCampaignUpdate"]["status"] == "ACTIVE"


def test_what_is_left_out_stays(call, run_jobs, versions, campaign):
    call("UpdateCampaign", campaignArn=campaign, minProvisionedTPS=9)
    run_jobs()
    after = described(call, campaign)
    assert (after["minProvisionedTPS"], after["solutionVersionArn"]) == (9, versions[0])
    call("UpdateCampaign", campaignArn=campaign, campaignConfig={"enableMetadataWithRecommendations": True})
    run_jobs()
    assert described(call, campaign)["campaignConfig"] == {"enableMetadataWithRecommendations": True}


def test_an_update_that_fails_leaves_the_campaign_as_it_was(call, run_jobs, house, versions, campaign):
    shutil.rmtree(house.artifact_folder(versions[1]))
    call("UpdateCampaign", campaignArn=campaign, solutionVersionArn=versions[1])
    run_jobs()
    after = described(call, campaign)
    assert (after["status"], after["solutionVersionArn"]) == ("ACTIVE", versions[0])
    assert after["latestCampaignUpdate"]["status"] == "CREATE FAILED"
    assert "no longer there" in after["latestCampaignUpdate"]["failureReason"]
    assert "failureReason" not in after


def test_a_failed_campaign_is_mended_by_an_update(call, run_jobs, house, versions):
    shutil.rmtree(house.artifact_folder(versions[0]))
    arn = call("CreateCampaign", name="c", solutionVersionArn=versions[0])["campaignArn"]
    run_jobs()
    assert described(call, arn)["status"] == "CREATE FAILED"
    call("UpdateCampaign", campaignArn=arn, solutionVersionArn=versions[1])
    run_jobs()
    mended = described(call, arn)
    assert mended["status"] == "ACTIVE"
    assert "failureReason" not in mended


def test_a_campaign_in_step_follows_its_solution(call, run_jobs, solution, versions):
    config = {"syncWithLatestSolutionVersion": True}
    arn = call("CreateCampaign", name="c", solutionVersionArn=f"{solution}/$LATEST", campaignConfig=config)[
        "campaignArn"
    ]
    run_jobs()
    assert described(call, arn)["solutionVersionArn"] == versions[1]
    newest = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    after = described(call, arn)
    assert after["solutionVersionArn"] == newest
    assert after["latestCampaignUpdate"]["status"] == "ACTIVE"
    assert after["campaignConfig"] == config


def test_what_an_update_cannot_be(call, solution, versions, campaign):
    with pytest.raises(InvalidInputException, match="at least one"):
        call("UpdateCampaign", campaignArn=campaign)
    with pytest.raises(ResourceNotFoundException):
        call("UpdateCampaign", campaignArn=campaign + "x", minProvisionedTPS=1)
    with pytest.raises(ResourceNotFoundException):
        call("UpdateCampaign", campaignArn=campaign, solutionVersionArn=solution)
    with pytest.raises(InvalidInputException, match="SOLUTION_ARN"):
        call("UpdateCampaign", campaignArn=campaign, campaignConfig={"syncWithLatestSolutionVersion": True})
    with pytest.raises(InvalidInputException, match="no meaning for the recipe"):
        call(
            "UpdateCampaign",
            campaignArn=campaign,
            campaignConfig={"itemExplorationConfig": {"explorationWeight": "0.3"}},
        )


def test_a_version_that_ends_late_does_not_turn_a_campaign_back(call, run_jobs, house, solution, versions):
    """Two trainings at once: the one that was begun first may end last."""
    config = {"syncWithLatestSolutionVersion": True}
    arn = call("CreateCampaign", name="c", solutionVersionArn=f"{solution}/$LATEST", campaignConfig=config)[
        "campaignArn"
    ]
    run_jobs()
    with house.writing() as connection:
        keep_in_step(house, connection, versions[0])
    assert "latestCampaignUpdate" not in described(call, arn)
    assert described(call, arn)["solutionVersionArn"] == versions[1]
