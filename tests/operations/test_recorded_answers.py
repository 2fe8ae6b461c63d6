"""What the real service was seen to answer, held against our answers: the keys and types, the lengths, the sentences.

The recordings are the outputs stored in AWS's public notebooks, 2018 to 2024. Timestamps, ARNs and ids are ours.
"""

import json
import re
import uuid

import pytest

from penchant import main
from penchant.contract.arns import Place
from penchant.operations.api import Api
from penchant.settings import Settings
from tests import samples
from tests.conftest import PLENTY, REGION, caller, job_runner

RECIPE = "arn:aws:personalize:::recipe/"
ROLE = "arn:aws:iam::000000000000:role/r"
SHOP_EVENTS = samples.schema(
    "Interactions",
    *map(samples.text, ("USER_ID", "ITEM_ID", "EVENT_TYPE")),
    {"name": "TIMESTAMP", "type": "long"},
)
WIDER_ITEMS = json.dumps(
    {
        **json.loads(samples.ITEMS),
        "fields": [*json.loads(samples.ITEMS)["fields"], {"name": "STOCK", "type": ["null", "int"]}],
    }
)


class Stage:
    """Everything that was recorded, made once, with the answer of each operation by its name."""

    def __init__(self, house, folder):
        self.call, self.run_jobs, self.folder, self.answers = caller(house), job_runner(house), folder, {}

    def do(self, operation: str, **request) -> dict:
        self.answers[operation] = answer = self.call(operation, **request)
        return answer

    def load(self, name: str, dataset: str, content: str) -> None:
        location = samples.put(self.folder, name, content)
        self.do(
            "CreateDatasetImportJob",
            jobName="personalize_ecommerce_interactions_import" if name == "shop" else name,
            datasetArn=dataset,
            dataSource={"dataLocation": location},
            roleArn=ROLE,
        )
        self.run_jobs()

    def set(self) -> "Stage":
        call, do, run_jobs = self.call, self.do, self.run_jobs
        do("ListDatasetGroups")
        custom = call("CreateDatasetGroup", name="amazon-pantry-aws-similar-items")["datasetGroupArn"]
        shop = do("CreateDatasetGroup", name="personalize_ecommerce_dsg", domain="ECOMMERCE")["datasetGroupArn"]
        run_jobs()
        name = "personalize-ecommerce-interactions_sch"
        shop_schema = do("CreateSchema", name=name, schema=SHOP_EVENTS, domain="ECOMMERCE")["schemaArn"]
        do("DescribeSchema", schemaArn=shop_schema)
        schema, items, wider = (
            call("CreateSchema", name=name, schema=text)["schemaArn"]
            for name, text in (("s", samples.INTERACTIONS), ("i", samples.ITEMS), ("w", WIDER_ITEMS))
        )
        request = {"datasetGroupArn": custom, "schemaArn": schema, "datasetType": "interactions"}
        events = call("CreateDataset", name="d", **request)["datasetArn"]
        request = {"datasetGroupArn": custom, "schemaArn": items, "datasetType": "Items"}
        items = call("CreateDataset", name="items", **request)["datasetArn"]
        request = {"datasetGroupArn": shop, "schemaArn": shop_schema, "datasetType": "Interactions"}
        shop_events = do("CreateDataset", name="d", **request)["datasetArn"]
        run_jobs()
        do("UpdateDataset", datasetArn=items, schemaArn=wider)
        run_jobs()
        do("DescribeDataset", datasetArn=items)
        self.load("custom", events, samples.csv(samples.walks()))
        rows = [(user, item, kind, at) for user, item, at, *_ in samples.walks() for kind in ("View", "Purchase")]
        self.load("shop", shop_events, samples.csv(rows, "USER_ID,ITEM_ID,EVENT_TYPE,TIMESTAMP"))
        do("DescribeDatasetGroup", datasetGroupArn=custom)
        do("ListDatasetImportJobs", datasetArn=events)
        request = {"datasetGroupArn": custom, "recipeArn": f"{RECIPE}aws-user-personalization-v2"}
        solution = do("CreateSolution", name="related-items-demo", **request)["solutionArn"]
        self.answers["DescribeSolution, new"] = call("DescribeSolution", solutionArn=solution)
        version = do("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
        run_jobs()
        do("DescribeSolution", solutionArn=solution)
        do("DescribeSolutionVersion", solutionVersionArn=version)
        do("ListSolutionVersions", solutionArn=solution)
        do("GetSolutionMetrics", solutionVersionArn=version)
        name = "workshop_personalized_ranking_campaign"
        campaign = do("CreateCampaign", name=name, solutionVersionArn=version, campaignConfig={})["campaignArn"]
        run_jobs()
        do("DescribeCampaign", campaignArn=campaign)
        do("UpdateCampaign", campaignArn=campaign, minProvisionedTPS=2)
        request = {"datasetGroupArn": shop, "recipeArn": f"{RECIPE}aws-ecomm-popular-items-by-views"}
        recommender = do("CreateRecommender", name="recommended_for_you_demo", **request)["recommenderArn"]
        run_jobs()
        do("DescribeRecommender", recommenderArn=recommender)
        request = {"recommenderConfig": {"minRecommendationRequestsPerSecond": 2}}
        do("UpdateRecommender", recommenderArn=recommender, **request)
        tracker = do("CreateEventTracker", name="t", datasetGroupArn=custom)["eventTrackerArn"]
        expression = "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)"
        filter_ = do("CreateFilter", name="f", datasetGroupArn=custom, filterExpression=expression)["filterArn"]
        samples.put(self.folder, "in/users.json", '{"userId":"u0000"}\n')
        do(
            "CreateBatchInferenceJob",
            jobName="retaildemostore-user-personalization-job-au-85968",
            solutionVersionArn=version,
            roleArn=ROLE,
            jobInput={"s3DataSource": {"path": "s3://bucket/in/users.json"}},
            jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        )
        run_jobs()
        do("DescribeFilter", filterArn=filter_)
        do("DescribeEventTracker", eventTrackerArn=tracker)
        do(
            "DescribeBatchInferenceJob",
            batchInferenceJobArn=self.answers["CreateBatchInferenceJob"]["batchInferenceJobArn"],
        )
        do("GetRecommendations", campaignArn=campaign, userId="u0000", numResults=3)
        do("ListRecipes")
        return self


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("recorded") / "data"
    house = main.build_house(Settings(data_dir=folder, strict=True, region=REGION, quotas=PLENTY))
    yield Stage(house, folder).set().answers
    house.close()


TIME = float
DATES = {"creationDateTime": TIME, "lastUpdatedDateTime": TIME}
METRICS = dict.fromkeys(
    [
        "coverage",
        "mean_reciprocal_rank_at_25",
        *(f"normalized_discounted_cumulative_gain_at_{k}" for k in (10, 25, 5)),
        *(f"precision_at_{k}" for k in (10, 25, 5)),
    ],
    float,
)
SOLUTION = {
    "name": str,
    "solutionArn": str,
    "performHPO": bool,
    "performAutoML": bool,
    "recipeArn": str,
    "datasetGroupArn": str,
    "status": str,
    **DATES,
}
VERSION_SUMMARY = {"solutionVersionArn": str, "status": str, **DATES}
RECORDED = {
    "CreateSchema": {"schemaArn": str},
    "DescribeSchema": {"schema": {"name": str, "schemaArn": str, "schema": str, "domain": str, **DATES}},
    "CreateDatasetGroup": {"datasetGroupArn": str, "domain": str},
    "ListDatasetGroups": {"datasetGroups": []},
    "DescribeDatasetGroup": {"datasetGroup": {"name": str, "datasetGroupArn": str, "status": str, **DATES}},
    "CreateDataset": {"datasetArn": str},
    "UpdateDataset": {"datasetArn": str},
    "DescribeDataset": {
        "dataset": {
            "name": str,
            "datasetArn": str,
            "datasetGroupArn": str,
            "datasetType": str,
            "schemaArn": str,
            "status": str,
            **DATES,
            "latestDatasetUpdate": {"schemaArn": str, "status": str, **DATES},
        }
    },
    "CreateDatasetImportJob": {"datasetImportJobArn": str},
    "CreateSolution": {"solutionArn": str},
    "DescribeSolution, new": {"solution": SOLUTION},
    "DescribeSolution": {"solution": {**SOLUTION, "latestSolutionVersion": VERSION_SUMMARY}},
    "CreateSolutionVersion": {"solutionVersionArn": str},
    "DescribeSolutionVersion": {
        "solutionVersion": {
            "name": str,
            "solutionVersionArn": str,
            "solutionArn": str,
            "performHPO": bool,
            "performAutoML": bool,
            "recipeArn": str,
            "datasetGroupArn": str,
            "solutionConfig": {},
            "trainingHours": float,
            "trainingMode": str,
            "status": str,
            **DATES,
        }
    },
    "GetSolutionMetrics": {"metrics": METRICS, "solutionVersionArn": str},
    "CreateCampaign": {"campaignArn": str},
    "DescribeCampaign": {
        "campaign": {
            "name": str,
            "campaignArn": str,
            "solutionVersionArn": str,
            "minProvisionedTPS": int,
            "campaignConfig": {},
            "status": str,
            **DATES,
        }
    },
    "UpdateCampaign": {"campaignArn": str},
    "CreateRecommender": {"recommenderArn": str},
    "UpdateRecommender": {"recommenderArn": str},
    "CreateEventTracker": {"eventTrackerArn": str, "trackingId": str},
    "CreateBatchInferenceJob": {"batchInferenceJobArn": str},
    "GetRecommendations": {"itemList": [{"itemId": str, "score": float}], "recommendationId": str},
}
NEW_SOLUTION = {"performAutoTraining": bool}
SINCE: dict[str, dict] = {
    "DescribeSolution, new": {"solution": NEW_SOLUTION},
    "DescribeSolution": {
        "solution": {**NEW_SOLUTION, "latestSolutionVersion": {"trainingMode": str, "trainingType": str}}
    },
    "DescribeSolutionVersion": {"solutionVersion": {"trainingType": str}},
}
"""Members that AWS added to the model after the day of the recording."""


def shape(value):
    """Keys and types. A list is told by its first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value)


def merged(recorded: dict, newer: dict) -> dict:
    inner = {key: merged(recorded[key], item) for key, item in newer.items() if isinstance(item, dict)}
    return {**recorded, **newer, **inner}


@pytest.mark.parametrize("operation", RECORDED)
def test_an_answer_has_the_recorded_keys_and_types(recorded, operation):
    assert shape(recorded[operation]) == merged(RECORDED[operation], SINCE.get(operation, {}))


LENGTHS = {
    "ListDatasetGroups": 20,
    "CreateDatasetGroup": 125,
    "CreateSchema": 104,
    "CreateDataset": 106,
    "CreateDatasetImportJob": 129,
    "CreateSolution": 88,
    "CreateSolutionVersion": 104,
    "CreateCampaign": 108,
    "CreateRecommender": 100,
    "CreateEventTracker": 139,
    "CreateBatchInferenceJob": 139,
}
"""The content-length headers of the recordings, made with these names and a region of nine letters."""


@pytest.mark.parametrize("operation", LENGTHS)
def test_an_answer_is_as_long_as_the_recorded_one(recorded, operation):
    assert len(json.dumps(recorded[operation], separators=(",", ":"))) == LENGTHS[operation]


ARNS = {
    "CreateSchema": "schema/personalize-ecommerce-interactions_sch",
    "CreateDatasetGroup": "dataset-group/personalize_ecommerce_dsg",
    "CreateDataset": "dataset/personalize_ecommerce_dsg/INTERACTIONS",
    "CreateDatasetImportJob": "dataset-import-job/personalize_ecommerce_interactions_import",
    "CreateSolution": "solution/related-items-demo",
    "CreateSolutionVersion": "solution/related-items-demo/[0-9a-f]{8}",
    "CreateCampaign": "campaign/workshop_personalized_ranking_campaign",
    "CreateFilter": "filter/f",
    "CreateRecommender": "recommender/recommended_for_you_demo",
    "CreateBatchInferenceJob": "batch-inference-job/retaildemostore-user-personalization-job-au-85968",
    "CreateEventTracker": "event-tracker/[0-9a-f]{8}",
}


@pytest.mark.parametrize("operation", ARNS)
def test_an_arn_has_its_recorded_form(recorded, operation):
    arn = next(value for key, value in recorded[operation].items() if key.endswith("Arn"))
    assert re.fullmatch(rf"arn:aws:personalize:{REGION}:[0-9]{{12}}:{ARNS[operation]}", arn)


def test_a_tracking_id_is_a_uuid(recorded):
    assert uuid.UUID(recorded["CreateEventTracker"]["trackingId"]).version == 4


def test_what_a_new_solution_tells(recorded):
    new = recorded["DescribeSolution, new"]["solution"]
    assert new["status"] == "ACTIVE"
    assert new["creationDateTime"] == new["lastUpdatedDateTime"]
    assert (new["performHPO"], new["performAutoML"]) == (False, False)


def test_what_a_version_tells(recorded):
    told = recorded["DescribeSolutionVersion"]["solutionVersion"]
    assert told["name"] == told["solutionVersionArn"].split(":solution/")[1]
    assert (told["solutionConfig"], told["trainingMode"], told["status"]) == ({}, "FULL", "ACTIVE")
    latest = recorded["DescribeSolution"]["solution"]["latestSolutionVersion"]
    assert latest["solutionVersionArn"] == told["solutionVersionArn"]


def test_metrics_are_in_alphabetical_order_with_four_decimals(recorded):
    metrics = recorded["GetSolutionMetrics"]["metrics"]
    assert list(metrics) == list(METRICS)
    assert all(round(value, 4) == value for value in metrics.values())


def test_a_schema_is_the_text_that_was_sent(recorded):
    told = recorded["DescribeSchema"]["schema"]
    assert (told["schema"], told["domain"]) == (SHOP_EVENTS, "ECOMMERCE")


def test_a_recommender_always_tells_its_metrics_and_its_smallest_rate(recorded):
    told = recorded["DescribeRecommender"]["recommender"]
    assert shape(told["modelMetrics"]) == METRICS
    assert told["recommenderConfig"]["minRecommendationRequestsPerSecond"] == 1
    assert "latestRecommenderUpdate" not in told


def test_times_are_seconds_with_milliseconds(recorded):
    told = recorded["DescribeDatasetGroup"]["datasetGroup"]
    assert all(round(told[key], 3) == told[key] for key in DATES)


def test_scores_have_seven_decimals_and_ids_can_be_sent_back(recorded):
    told = recorded["GetRecommendations"]
    assert all(round(item["score"], 7) == item["score"] for item in told["itemList"])
    assert re.fullmatch(r"RID-[0-9a-f-]{36}", told["recommendationId"])


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-1"])
def test_the_region_of_an_arn_is_the_callers(house, region):
    answer = Api(house, strict=True).call("CreateDatasetGroup", {"name": "g"}, Place("123456789012", region))
    assert answer == {"datasetGroupArn": f"arn:aws:personalize:{region}:123456789012:dataset-group/g"}


JULY_2024 = [
    "aws-ecomm-customers-who-viewed-x-also-viewed",
    "aws-ecomm-frequently-bought-together",
    "aws-ecomm-popular-items-by-purchases",
    "aws-ecomm-popular-items-by-views",
    "aws-ecomm-recommended-for-you",
    "aws-item-affinity",
    "aws-item-attribute-affinity",
    "aws-next-best-action",
    "aws-personalized-ranking",
    "aws-personalized-ranking-v2",
    "aws-popularity-count",
    "aws-similar-items",
    "aws-sims",
    "aws-trending-now",
    "aws-user-personalization",
    "aws-user-personalization-v2",
    "aws-vod-because-you-watched-x",
    "aws-vod-more-like-x",
    "aws-vod-most-popular",
    "aws-vod-top-picks",
    "aws-vod-trending-now",
]
CREATED = {
    "aws-item-affinity": 1626307200,
    "aws-item-attribute-affinity": 1629849600,
    "aws-next-best-action": 1691712000,
    "aws-personalized-ranking-v2": 1704067200,
    "aws-sims": 1560124800,
}


def test_the_catalogue_of_recipes_is_amazons(recorded):
    recipes = {recipe["name"]: recipe for recipe in recorded["ListRecipes"]["recipes"]}
    assert set(JULY_2024) <= set(recipes)
    assert not {"aws-hrnn", "aws-hrnn-coldstart", "aws-hrnn-metadata", "aws-deepfm", "aws-ffnn"} & set(recipes)
    for name, recipe in recipes.items():
        domain = {"aws-ecomm": "ECOMMERCE", "aws-vod": "VIDEO_ON_DEMAND"}.get("-".join(name.split("-")[:2]))
        keys = {"name", "recipeArn", "status", *DATES} | ({"domain"} if domain else set())
        assert recipe.keys() == keys and recipe.get("domain") == domain
        assert recipe["creationDateTime"] % 86_400 == 0
    assert {name: recipes[name]["creationDateTime"] for name in CREATED} == CREATED


@pytest.mark.parametrize("request_", [{}, {"domain": "VIDEO_ON_DEMAND"}, {"domain": "ECOMMERCE"}])
def test_a_first_page_of_recipes_has_a_token(call, request_):
    token = call("ListRecipes", **request_)["nextToken"]
    assert "nextToken" not in call("ListRecipes", **request_, nextToken=token)
