"""Recommenders: trained when made, stopped and started, updated while the old configuration serves."""

import numpy as np
import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException
from tests import samples

VIEWS = "arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-views"
SCHEMA = samples.schema(
    "Interactions",
    samples.text("USER_ID"),
    samples.text("ITEM_ID"),
    {"name": "TIMESTAMP", "type": "long"},
    samples.text("EVENT_TYPE"),
)


@pytest.fixture
def shop(call, run_jobs, settings) -> str:
    """An ECOMMERCE group in which one item is viewed more often than any other."""
    group = call("CreateDatasetGroup", name="shop", domain="ECOMMERCE")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="s", schema=SCHEMA, domain="ECOMMERCE")["schemaArn"]
    dataset = call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    run_jobs()
    rows = [(user, item, at, "view") for user, item, at, *_ in samples.walks()]
    rows += [("u0001", "r0-05", 1_800_000_000 + at, "View") for at in range(150)]  # one person, many views
    rows += [(f"u{at:04}", "r1-05", 1_800_000_000 + at, "Purchase") for at in range(100)]
    location = samples.put(settings.data_dir, "shop.csv", samples.csv(rows, "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"))
    call("CreateDatasetImportJob", jobName="j", datasetArn=dataset["datasetArn"], dataSource={"dataLocation": location})
    run_jobs()
    return group


@pytest.fixture
def recommender(call, run_jobs, shop) -> str:
    arn = call("CreateRecommender", name="views", datasetGroupArn=shop, recipeArn=VIEWS)["recommenderArn"]
    assert described(call, arn)["status"] == "CREATE PENDING"
    assert "modelMetrics" not in described(call, arn)
    run_jobs()
    return arn


def described(call, arn: str) -> dict:
    return call("DescribeRecommender", recommenderArn=arn)["recommender"]


def test_a_use_case_is_trained_and_answers_without_scores(call, recommender):
    told = described(call, recommender)
    assert told["status"] == "ACTIVE", told
    assert told["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 1}
    assert len(told["modelMetrics"]) == 8
    assert "latestRecommenderUpdate" not in told
    items = call("GetRecommendations", recommenderArn=recommender, userId="u0001", numResults=3)["itemList"]
    assert items[0] == {"itemId": "r0-05"}  # most viewed, though by one person alone
    with pytest.raises(InvalidInputException, match="userId is required"):
        call("GetRecommendations", recommenderArn=recommender)
    (listed,) = call("ListRecommenders")["recommenders"]
    assert listed["recommenderArn"] == recommender


def test_a_stopped_recommender_does_not_answer_until_it_is_started(call, run_jobs, house, recommender):
    assert call("StopRecommender", recommenderArn=recommender) == {"recommenderArn": recommender}
    assert described(call, recommender)["status"] == "STOP PENDING"
    run_jobs()
    assert described(call, recommender)["status"] == "INACTIVE"
    house.pointers.known.clear()
    with pytest.raises(InvalidInputException, match="not active"):
        call("GetRecommendations", recommenderArn=recommender, userId="u")
    with pytest.raises(ResourceInUseException, match="INACTIVE"):
        call("StopRecommender", recommenderArn=recommender)
    call("StartRecommender", recommenderArn=recommender)
    run_jobs()
    assert described(call, recommender)["status"] == "ACTIVE"
    with pytest.raises(ResourceInUseException, match="ACTIVE"):
        call("StartRecommender", recommenderArn=recommender)


def test_an_update_is_told_inside_and_trains_only_when_it_must(call, run_jobs, recommender):
    model = described(call, recommender)["modelMetrics"]
    call("UpdateRecommender", recommenderArn=recommender, recommenderConfig={"minRecommendationRequestsPerSecond": 4})
    meanwhile = described(call, recommender)
    assert meanwhile["status"] == "ACTIVE"
    assert meanwhile["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 1}
    assert meanwhile["latestRecommenderUpdate"]["status"] == "CREATE PENDING"
    with pytest.raises(ResourceInUseException, match="being updated"):
        call("StopRecommender", recommenderArn=recommender)
    run_jobs()
    after = described(call, recommender)
    assert after["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 4}
    assert after["latestRecommenderUpdate"]["status"] == "ACTIVE"
    assert after["modelMetrics"] == model


def test_a_deleted_recommender_leaves_nothing(call, run_jobs, house, recommender):
    folder = house.recommender_folder(recommender)
    assert list(folder.glob("*/manifest.json"))
    call("DeleteRecommender", recommenderArn=recommender)
    run_jobs()
    assert not folder.exists()
    assert call("ListRecommenders") == {"recommenders": []}


def test_too_few_events_of_the_use_cases_type_fail_it_with_amazons_sentence(call, run_jobs, shop):
    recipe = VIEWS.replace("views", "purchases")
    arn = call("CreateRecommender", name="p", datasetGroupArn=shop, recipeArn=recipe)["recommenderArn"]
    run_jobs()
    told = described(call, arn)
    assert told["status"] == "CREATE FAILED"
    assert told["failureReason"] == "Dataset has fewer than 1000 interactions after filtering by event type: Purchase"


def test_a_use_case_of_related_items_is_trained_on_its_own_events(call, run_jobs, house, shop):
    recipe = VIEWS.replace("popular-items-by-views", "customers-who-viewed-x-also-viewed")
    arn = call("CreateRecommender", name="v", datasetGroupArn=shop, recipeArn=recipe)["recommenderArn"]
    run_jobs()
    assert described(call, arn)["status"] == "ACTIVE"
    (folder,) = house.recommender_folder(arn).iterdir()
    answering = house.live.model(folder)
    asked = np.array([answering.items.code("r0-05")])
    best = [answering.items.id(code) for code in np.argsort(-answering.model.scores(asked))[:2].tolist()]
    assert set(best) == {"r0-04", "r0-06"}
    together = VIEWS.replace("popular-items-by-views", "frequently-bought-together")
    arn = call("CreateRecommender", name="p", datasetGroupArn=shop, recipeArn=together)["recommenderArn"]
    run_jobs()
    told = described(call, arn)
    assert told["failureReason"] == "Dataset has fewer than 1000 interactions after filtering by event type: Purchase"


def test_more_like_a_video_without_what_the_user_has_watched(call, run_jobs, settings):
    group = call("CreateDatasetGroup", name="videos", domain="VIDEO_ON_DEMAND")["datasetGroupArn"]
    run_jobs()
    items = samples.schema(
        "Items",
        samples.text("ITEM_ID"),
        {"name": "GENRES", "type": "string", "categorical": True},
        {"name": "CREATION_TIMESTAMP", "type": "long"},
    )
    genres = [(f"r{ring}-{place:02}", f"genre{ring}", 1) for ring in range(3) for place in range(samples.RING)]
    contents = {
        "Interactions": samples.csv(
            [(user, item, at, "Watch") for user, item, at, *_ in samples.walks()],
            "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE",
        ),
        "Items": samples.csv([*genres, ("new", "genre0", 2)], "ITEM_ID,GENRES,CREATION_TIMESTAMP"),
    }
    for kind, schema in (("Interactions", SCHEMA), ("Items", items)):
        schema = call("CreateSchema", name=kind, schema=schema, domain="VIDEO_ON_DEMAND")["schemaArn"]
        arn = call("CreateDataset", name=kind, datasetGroupArn=group, schemaArn=schema, datasetType=kind)["datasetArn"]
        run_jobs()
        source = {"dataLocation": samples.put(settings.data_dir, f"{kind}.csv", contents[kind])}
        call("CreateDatasetImportJob", jobName=kind, datasetArn=arn, dataSource=source)
        run_jobs()
    recipe = "arn:aws:personalize:::recipe/aws-vod-more-like-x"
    arn = call("CreateRecommender", name="p", datasetGroupArn=group, recipeArn=recipe)["recommenderArn"]
    run_jobs()
    assert described(call, arn)["status"] == "ACTIVE", described(call, arn)
    watched = {item for user, item, *_ in samples.walks() if user == "u0000"}
    answer = call("GetRecommendations", recommenderArn=arn, itemId=min(watched), userId="u0000", numResults=5)
    answered = [each["itemId"] for each in answer["itemList"]]
    assert len(answered) == 5 and not watched & set(answered)
    like_new = call("GetRecommendations", recommenderArn=arn, itemId="new", userId="u0001", numResults=5)["itemList"]
    assert all(each["itemId"].startswith("r0-") for each in like_new)


def test_what_a_recommender_cannot_be(call, run_jobs, shop):
    custom = call("CreateDatasetGroup", name="custom")["datasetGroupArn"]
    run_jobs()
    request = {"name": "r", "datasetGroupArn": shop, "recipeArn": VIEWS}
    for more, words in (
        ({"datasetGroupArn": custom}, "Please use a domains-specific Dataset Group to create the Recommender"),
        ({"recipeArn": "arn:aws:personalize:::recipe/aws-vod-most-popular"}, "VIDEO_ON_DEMAND"),
        ({"recipeArn": "arn:aws:personalize:::recipe/aws-popularity-count"}, "is for solutions"),
        ({"recommenderConfig": {"itemExplorationConfig": {"explorationWeight": "0.5"}}}, "no meaning"),
        ({"recommenderConfig": {"enableMetadataWithRecommendations": True}}, "needs a dataset of type ITEMS"),
        ({"recommenderConfig": {"trainingDataConfig": {"excludedDatasetColumns": {"INTERACTIONS": ["EVENT_TYPE"]}}}}, "can not be excluded"),
        ({"recommenderConfig": {"trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["X"]}}}}, "names ITEMS"),
        ({"recommenderConfig": {"trainingDataConfig": {"excludedDatasetColumns": {"Interactions": ["X"]}}}}, "does not have"),
    ):  # fmt: skip
        with pytest.raises(InvalidInputException, match=words):
            call("CreateRecommender", **{**request, **more})


def test_a_use_case_leaves_out_what_the_user_has(call, run_jobs, shop):
    recipe = "arn:aws:personalize:::recipe/aws-ecomm-recommended-for-you"
    config = {"itemExplorationConfig": {"explorationWeight": "0"}}
    arn = call("CreateRecommender", name="r", datasetGroupArn=shop, recipeArn=recipe, recommenderConfig=config)
    arn = arn["recommenderArn"]
    run_jobs()
    assert described(call, arn)["status"] == "ACTIVE", described(call, arn)
    tracking = call("CreateEventTracker", name="t", datasetGroupArn=shop)["trackingId"]
    run_jobs()
    ask = {"recommenderArn": arn, "userId": "u0110", "numResults": 500}
    before = [item["itemId"] for item in call("GetRecommendations", **ask)["itemList"]]
    assert "r1-05" in before  # bought by the first hundred users
    assert all(set(item) == {"itemId"} for item in call("GetRecommendations", **ask)["itemList"])
    buyers = [item["itemId"] for item in call("GetRecommendations", **{**ask, "userId": "u0001"})["itemList"]]
    assert "r1-05" not in buyers
    event = {"eventType": "purchase", "itemId": before[0], "sentAt": 1_900_000_000}
    call("PutEvents", trackingId=tracking, sessionId="s", userId="u0110", eventList=[event])
    after = [item["itemId"] for item in call("GetRecommendations", **ask)["itemList"]]
    assert set(before) - set(after) == {before[0]}
