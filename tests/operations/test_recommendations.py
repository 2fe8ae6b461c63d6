import pytest

from penchant.contract.errors import (
    InvalidInputException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from tests import samples

GOOD = samples.csv(samples.walks())


@pytest.fixture
def deploy(call, run_jobs, load, train):
    load(GOOD)
    names = iter(f"campaign{number}" for number in range(1000))

    def deploy(recipe: str) -> str:
        version = train(recipe)["solutionVersionArn"]
        arn = call("CreateCampaign", name=next(names), solutionVersionArn=version)["campaignArn"]
        run_jobs()
        assert call("DescribeCampaign", campaignArn=arn)["campaign"]["status"] == "ACTIVE"
        return arn

    return deploy


def test_a_campaign_describes_what_it_serves(call, deploy):
    arn = deploy("aws-popularity-count")
    campaign = call("DescribeCampaign", campaignArn=arn)["campaign"]
    assert campaign["minProvisionedTPS"] == 1
    assert campaign["campaignConfig"] == {}  # recorded so for a campaign that was given none
    assert not {"latestCampaignUpdate", "solutionArn", "datasetGroupArn", "recipeArn"} & set(campaign)
    solution = campaign["solutionVersionArn"].rpartition("/")[0]
    assert [each["campaignArn"] for each in call("ListCampaigns", solutionArn=solution)["campaigns"]] == [arn]
    assert call("ListCampaigns", solutionArn=solution + "x") == {"campaigns": []}


def test_popular_items_are_the_same_for_everybody_and_need_nobody(call, deploy):
    arn = deploy("aws-popularity-count")
    answers = [
        call("GetRecommendations", campaignArn=arn, **who)["itemList"]
        for who in ({}, {"userId": "u0001"}, {"userId": "new"})
    ]
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0]) == 25
    assert all(set(item) == {"itemId"} for item in answers[0])


@pytest.mark.parametrize(("number", "length"), [(0, 0), (1, 1), (500, samples.RING * samples.RINGS)])
def test_as_many_as_were_asked_for_if_there_are_as_many(call, deploy, number, length):
    arn = deploy("aws-popularity-count")
    items = call("GetRecommendations", campaignArn=arn, userId="u0001", numResults=number)["itemList"]
    assert len(items) == len({item["itemId"] for item in items}) == length


def test_the_ranking_recipe_ranks_and_does_nothing_else(call, deploy):
    arn = deploy("aws-personalized-ranking-v2")
    request = {"campaignArn": arn, "userId": "u0000"}
    given = ["none", "r1-01", "r0-05", "r1-01", "other"]
    ranking = call("GetPersonalizedRanking", **request, inputList=given)["personalizedRanking"]
    assert [item["itemId"] for item in ranking][2:] == ["none", "other"]
    assert sum(item.get("score", 0) for item in ranking) == pytest.approx(1, abs=1e-6)
    assert all("score" not in item for item in ranking[2:])
    unknown = call("GetPersonalizedRanking", **request, inputList=["x", "y"])["personalizedRanking"]
    assert unknown == [{"itemId": "x"}, {"itemId": "y"}]
    newcomer = call("GetPersonalizedRanking", campaignArn=arn, userId="new", inputList=given)["personalizedRanking"]
    assert len(newcomer) == 4
    with pytest.raises(InvalidInputException, match="call GetPersonalizedRanking"):
        call("GetRecommendations", **request)
    for length in (0, 501):
        with pytest.raises(InvalidInputException, match=f"inputList has {length} items"):
            call("GetPersonalizedRanking", **request, inputList=[f"i{n}" for n in range(length)])


def test_what_cannot_be_asked(call, deploy):
    arn = deploy("aws-user-personalization-v2")
    with pytest.raises(InvalidInputException, match="userId is required for recipe type USER_PERSONALIZATION"):
        call("GetRecommendations", campaignArn=arn)
    with pytest.raises(InvalidInputException, match="at most 500"):
        call("GetRecommendations", campaignArn=arn, userId="u", numResults=501)
    with pytest.raises(InvalidInputException, match="either campaignArn or recommenderArn"):
        call("GetRecommendations", userId="u")
    with pytest.raises(InvalidInputException, match="call GetRecommendations"):
        call("GetPersonalizedRanking", campaignArn=arn, userId="u", inputList=["a"])
    with pytest.raises(ResourceNotFoundException, match="filter"):
        call("GetRecommendations", campaignArn=arn, userId="u", filterArn=arn)
    with pytest.raises(InvalidInputException, match="does not exist or is not active yet"):
        call("GetRecommendations", campaignArn=arn + "x", userId="u")


def test_scores_are_shares_of_the_whole_catalogue(call, deploy):
    arn = deploy("aws-user-personalization-v2")
    items = call("GetRecommendations", campaignArn=arn, userId="u0003", numResults=500)["itemList"]
    assert sum(item["score"] for item in items) == pytest.approx(1, abs=1e-4)
    assert all(item["score"] == round(item["score"], 7) for item in items)


def test_what_cannot_be_deployed(call, group, load, train):
    load(GOOD)
    version = train()
    solution = version["solutionArn"]
    with pytest.raises(ResourceNotFoundException):  # a bare solution is none of its versions
        call("CreateCampaign", name="c", solutionVersionArn=solution)
    with pytest.raises(InvalidInputException, match="needs a solutionVersionArn of the form"):
        call(
            "CreateCampaign",
            name="c",
            solutionVersionArn=version["solutionVersionArn"],
            campaignConfig={"syncWithLatestSolutionVersion": True},
        )
    with pytest.raises(InvalidInputException, match="itemExplorationConfig"):
        call(
            "CreateCampaign",
            name="c",
            solutionVersionArn=f"{solution}/$LATEST",
            campaignConfig={"itemExplorationConfig": {"explorationWeight": "0.3"}},
        )
    waiting = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("CreateCampaign", name="c", solutionVersionArn=waiting)


def test_a_campaign_that_is_not_active_does_not_answer(call, load, train):
    load(GOOD)
    arn = call("CreateCampaign", name="c", solutionVersionArn=train()["solutionVersionArn"])["campaignArn"]
    with pytest.raises(InvalidInputException, match="not active yet"):
        call("GetRecommendations", campaignArn=arn, userId="u")


def test_events_are_filtered_by_where_there_is_no_items_dataset(call, run_jobs, deploy, group):
    arn = deploy("aws-popularity-count")
    expression = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")'
    untouched = call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=expression)["filterArn"]
    run_jobs()
    ask = {"campaignArn": arn, "numResults": 500, "filterArn": untouched}
    assert len(call("GetRecommendations", **ask, userId="new")["itemList"]) == samples.RING * samples.RINGS
    left = [item["itemId"] for item in call("GetRecommendations", **ask, userId="u0000")["itemList"]]
    taken = {item for user, item, *_ in samples.walks() if user == "u0000"}
    assert len(left) == samples.RING * samples.RINGS - len(taken)
    assert not taken & set(left)
