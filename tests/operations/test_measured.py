"""The metrics of each kind of solution, and what GET /penchant/v1/metrics tells beside them."""

import json
from collections.abc import Callable

import pytest

from penchant.artifacts.sealed import read_manifest
from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from penchant.operations.measured import measured
from tests import samples
from tests.operations.test_recommenders import recommender, shop  # noqa: F401

V1, V2 = "aws-user-personalization", "aws-user-personalization-v2"
SMALL = {"hidden_dimension": "32", "bptt": "2"}
NDCG = "normalized_discounted_cumulative_gain"
EIGHT = {
    "coverage",
    "mean_reciprocal_rank_at_25",
    *(f"{NDCG}_at_{cutoff}" for cutoff in (5, 10, 25)),
    *(f"precision_at_{cutoff}" for cutoff in (5, 10, 25)),
}
WEIGHTED = {f"{NDCG}_with_event_weights_at_{cutoff}" for cutoff in ("k", 5, 10, 25)}
ITEMS = samples.schema(
    "Items",
    samples.text("ITEM_ID"),
    samples.text("GENRE", categorical=True),
    {"name": "Price", "type": "float"},
)
PRICES = {f"r{ring}-{place:02}": 1 + 7 * place % 20 for ring in range(samples.RINGS) for place in range(samples.RING)}


@pytest.fixture
def items(call, run_jobs, group, settings) -> Callable[[], None]:
    """An Items dataset, whose prices go up and down along the rings; the answer imports it."""
    schema = call("CreateSchema", name="items", schema=ITEMS)["schemaArn"]
    dataset = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")
    run_jobs()

    def load() -> None:
        content = samples.csv([(item, "g", price) for item, price in PRICES.items()], "ITEM_ID,GENRE,Price")
        location = samples.put(settings.data_dir, "items.csv", content)
        job = {"jobName": "items", "datasetArn": dataset["datasetArn"], "dataSource": {"dataLocation": location}}
        call("CreateDatasetImportJob", **job)
        run_jobs()

    return load


def metrics_of(call, version: dict) -> dict[str, float]:
    return call("GetSolutionMetrics", solutionVersionArn=version["solutionVersionArn"])["metrics"]


def objective(sensitivity: str, **more) -> dict:
    config = {"itemAttribute": "PRICE", "objectiveSensitivity": sensitivity}
    return {"solutionConfig": {"optimizationObjective": config, "algorithmHyperParameters": SMALL, **more}}


def test_how_sure_the_metrics_are(call, load, train, house):
    load(samples.csv(samples.walks()))
    version = train("aws-sims")
    arn = version["solutionVersionArn"]
    told = measured(house, arn, "")
    metrics = metrics_of(call, version)
    assert set(metrics) == set(told["metrics"]) == EIGHT
    assert told["arn"] == arn
    assert told["recipe"] == "aws-sims"
    assert told["testUsers"] == 12
    for name, each in told["metrics"].items():
        assert round(each["mean"], 4) == pytest.approx(metrics[name], abs=1e-4)
        if name != "coverage":
            assert each["low"] <= each["mean"] <= each["high"]
            assert each["users"] == 12
            assert (each["standardError"] > 0) == (each["low"] < each["high"])
    assert set(told["metrics"]["coverage"]) == {"mean"}
    popular = told["baseline"]
    assert popular["recipe"] == "aws-popularity-count"
    assert popular["metrics"]["coverage"]["mean"] == pytest.approx(25 / 60, abs=1e-6)
    for name, gain in popular["gain"].items():
        difference = told["metrics"][name]["mean"] - popular["metrics"][name]["mean"]
        assert gain["mean"] == pytest.approx(difference, abs=1e-5)
    assert (
        told["metrics"]["mean_reciprocal_rank_at_25"]["mean"]
        > 2 * popular["metrics"]["mean_reciprocal_rank_at_25"]["mean"]
    )
    assert told["tableVersions"]["interactions"] >= 0
    assert set(told["seconds"]) == {"reading", "fitting", "measuring"}
    assert told["trainingHours"] == version["trainingHours"]
    assert "objective" not in told
    json.dumps(told, allow_nan=False)


def test_the_popular_items_gain_nothing_over_themselves(load, train, house):
    load(samples.csv(samples.walks()))
    told = measured(house, train("aws-popularity-count")["solutionVersionArn"], "")
    assert told["baseline"]["metrics"] == told["metrics"]
    assert all((each["mean"], each["low"], each["high"]) == (0, 0, 0) for each in told["baseline"]["gain"].values())


def test_event_weights_have_metrics_of_their_own(call, load, train):
    rows = [
        (*row[:3], "purchase" if number % 4 == 0 else "click", row[4]) for number, row in enumerate(samples.walks())
    ]
    load(samples.csv(rows))
    listed = [{"eventType": "purchase", "weight": 0.9}, {"eventType": "click", "weight": 0.3}]
    metrics = metrics_of(call, train(V2, solutionConfig={"eventsConfig": {"eventParametersList": listed}}))
    assert set(metrics) == EIGHT | WEIGHTED
    assert 0 < metrics[f"{NDCG}_with_event_weights_at_k"] == metrics[f"{NDCG}_with_event_weights_at_25"] <= 1.5
    assert metrics[f"{NDCG}_with_event_weights_at_25"] != metrics[f"{NDCG}_at_25"]


def test_without_event_weights_there_are_none(call, load, train):
    load(samples.csv(samples.walks()))
    assert set(metrics_of(call, train(V1, solutionConfig={"algorithmHyperParameters": SMALL}))) == EIGHT


def test_trends_are_told_how_well_they_foretell(call, load, train, house):
    load(samples.csv(samples.walks()))
    version = train("aws-trending-now")
    metrics = metrics_of(call, version)
    assert set(metrics) == {*EIGHT, "trend_prediction_accuracy"}
    assert 0 <= metrics["trend_prediction_accuracy"] <= 1
    told = measured(house, version["solutionVersionArn"], "")
    assert told["trend"]["intervalSeconds"] == 7_200
    assert told["metrics"]["trend_prediction_accuracy"] == {"mean": metrics["trend_prediction_accuracy"]}


def test_an_objective_raises_the_price_of_what_is_recommended(call, run_jobs, load, train, items, house):
    load(samples.csv(samples.walks()))
    items()
    price = {}
    for sensitivity in ("OFF", "HIGH"):
        # What a model may not learn from is an objective all the same.
        left_out = {"trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["PRICE"]}}}
        version = train(V1, **objective(sensitivity, **left_out))
        metrics = metrics_of(call, version)
        assert set(metrics) == {*EIGHT, "average_rewards_at_k"}, version.get("failureReason")
        assert 0 < metrics["average_rewards_at_k"] <= 1
        told = measured(house, version["solutionVersionArn"], "")
        assert told["objective"]["objectiveSensitivity"] == sensitivity
        price[sensitivity] = told["metrics"]["mean_value_at_25"]["mean"]
        campaign = call("CreateCampaign", name=sensitivity, solutionVersionArn=version["solutionVersionArn"])
        run_jobs()
        answer = call("GetRecommendations", campaignArn=campaign["campaignArn"], userId="nobody", numResults=20)
        price[f"{sensitivity} for somebody new"] = sum(PRICES[each["itemId"]] for each in answer["itemList"]) / 20
    assert told["objective"]["weight"] > 0
    assert told["objective"]["heldOut"]["tried"][0]["kept"] == 1
    assert price["HIGH"] > price["OFF"] + 0.1
    assert price["HIGH for somebody new"] > price["OFF for somebody new"]


def test_an_objective_without_its_dataset_fails_with_a_sentence(call, run_jobs, load, train, items, group):
    load(samples.csv(samples.walks()))
    solution = call(
        "CreateSolution",
        name="s",
        datasetGroupArn=group,
        recipeArn=f"arn:aws:personalize:::recipe/{V1}",
        **objective("LOW"),
    )["solutionArn"]
    call("DeleteDataset", datasetArn=group.replace("dataset-group/g", "dataset/g/ITEMS"))
    run_jobs()
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    run_jobs()
    told = call("DescribeSolutionVersion", solutionVersionArn=version)["solutionVersion"]
    assert told.get("failureReason") == "Create failed. There is no Items dataset with a column PRICE."


def test_an_objective_needs_a_value(load, train, items):
    load(samples.csv(samples.walks()))
    version = train("aws-personalized-ranking", **objective("LOW"))
    assert version["status"] == "CREATE FAILED"
    assert version["failureReason"].startswith("Create failed. No item has a value of Price")


def test_a_recommender_is_told_of_too(call, house, recommender):  # noqa: F811
    told = measured(house, "", recommender)
    assert (told["arn"], told["recipe"]) == (recommender, "aws-ecomm-popular-items-by-views")
    shown = call("DescribeRecommender", recommenderArn=recommender)["recommender"]["modelMetrics"]
    assert {name: round(each["mean"], 4) for name, each in told["metrics"].items()} == pytest.approx(shown, abs=1e-4)


def test_what_is_not_measured_is_refused(call, run_jobs, load, group, house):
    load(samples.csv(samples.walks()))
    recipe = "arn:aws:personalize:::recipe/aws-sims"
    solution = call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=recipe)["solutionArn"]
    version = call("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        measured(house, version, "")
    for arns in (("", ""), (version, version)):
        with pytest.raises(InvalidInputException, match="either solutionVersionArn or recommenderArn"):
            measured(house, *arns)
    for arns in (("x", ""), ("", "x"), (version + "x", ""), ("", version)):
        with pytest.raises(ResourceNotFoundException):
            measured(house, *arns)
    run_jobs()
    manifest = read_manifest(house.artifact_folder(version))
    assert measured(house, version, "")["seconds"] == manifest["seconds"]
    (house.artifact_folder(version) / "manifest.json").unlink()
    with pytest.raises(ResourceNotFoundException, match="no longer there"):
        measured(house, version, "")


def test_a_recommender_that_failed_has_none(call, run_jobs, shop, house):  # noqa: F811
    recipe = "arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-purchases"  # there are too few of them
    arn = call("CreateRecommender", name="p", datasetGroupArn=shop, recipeArn=recipe)["recommenderArn"]
    run_jobs()
    with pytest.raises(ResourceInUseException, match="CREATE FAILED"):
        measured(house, "", arn)
