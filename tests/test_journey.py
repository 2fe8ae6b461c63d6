"""The main job as a customer does it: boto3 against a started server, create to delete."""

import pytest

from tests import samples
from tests.conftest import REGION, settled


def describe(client, kind: str, arn: str):
    """A function that describes one resource, for `settled`."""
    operation = getattr(client, "describe_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in kind))
    return lambda: operation(**{f"{kind}Arn": arn})[kind]


def test_create_to_delete(server):
    personalize, runtime = server.client(), server.client("personalize-runtime")
    location = samples.put(server.data_dir, "interactions.csv", samples.csv(samples.walks()))
    samples.put(server.data_dir, "items/items.csv", samples.items_csv())

    schema = personalize.create_schema(name="interactions", schema=samples.INTERACTIONS)["schemaArn"]
    items_schema = personalize.create_schema(name="items", schema=samples.ITEMS)["schemaArn"]
    assert personalize.describe_schema(schemaArn=schema)["schema"]["schema"] == samples.INTERACTIONS
    created = personalize.create_dataset_group(name="shop", tags=[{"tagKey": "team", "tagValue": "web"}])
    group = created["datasetGroupArn"]
    assert group == f"arn:aws:personalize:{REGION}:000000000000:dataset-group/shop"
    assert "domain" not in created
    assert settled(describe(personalize, "datasetGroup", group))["status"] == "ACTIVE"

    dataset = personalize.create_dataset(
        name="shop-interactions", schemaArn=schema, datasetGroupArn=group, datasetType="Interactions"
    )["datasetArn"]
    assert dataset.endswith(":dataset/shop/INTERACTIONS")
    assert settled(describe(personalize, "dataset", dataset))["datasetType"] == "INTERACTIONS"
    items = personalize.create_dataset(
        name="shop-items", schemaArn=items_schema, datasetGroupArn=group, datasetType="items"
    )["datasetArn"]
    settled(describe(personalize, "dataset", items))

    role = "arn:aws:iam::000000000000:role/PersonalizeRole"
    for name, arn, place in (("first", dataset, location), ("second", items, "s3://bucket/items/")):
        job = personalize.create_dataset_import_job(
            jobName=name, datasetArn=arn, dataSource={"dataLocation": place}, roleArn=role
        )["datasetImportJobArn"]
        imported = settled(describe(personalize, "datasetImportJob", job))
        assert imported["status"] == "ACTIVE", imported
        assert imported["importMode"] == "FULL"

    solutions = {}
    for recipe in ("aws-user-personalization-v2", "aws-popularity-count", "aws-personalized-ranking-v2"):
        solution = personalize.create_solution(
            name=recipe, datasetGroupArn=group, recipeArn=f"arn:aws:personalize:::recipe/{recipe}"
        )["solutionArn"]
        described = personalize.describe_solution(solutionArn=solution)["solution"]
        assert described["status"] == "ACTIVE"
        assert described["performAutoTraining"] is True
        assert "latestSolutionVersion" not in described
        version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
        solutions[recipe] = (solution, version)

    campaigns, metrics = {}, {}
    for recipe, (solution, version) in solutions.items():
        trained = settled(describe(personalize, "solutionVersion", version))
        assert trained["status"] == "ACTIVE", trained
        assert trained["name"] == version.partition("solution/")[2]
        assert trained["trainingHours"] >= 0
        latest = personalize.describe_solution(solutionArn=solution)["solution"]["latestSolutionVersion"]
        assert latest["solutionVersionArn"] == version
        metrics[recipe] = personalize.get_solution_metrics(solutionVersionArn=version)["metrics"]
        campaigns[recipe] = personalize.create_campaign(
            name=f"c-{recipe}", solutionVersionArn=version if "v2" in recipe else f"{solution}/$LATEST"
        )["campaignArn"]
        settled(describe(personalize, "campaign", campaigns[recipe]))
    assert list(metrics["aws-user-personalization-v2"]) == [
        "coverage",
        "mean_reciprocal_rank_at_25",
        "normalized_discounted_cumulative_gain_at_10",
        "normalized_discounted_cumulative_gain_at_25",
        "normalized_discounted_cumulative_gain_at_5",
        "precision_at_10",
        "precision_at_25",
        "precision_at_5",
    ]
    name = "mean_reciprocal_rank_at_25"
    assert metrics["aws-user-personalization-v2"][name] > 0.7 > 0.5 > metrics["aws-popularity-count"][name]

    # Somebody who walked ring 0 goes on in ring 0; user 0's last item is known, so the next one is.
    last = [row for row in samples.walks() if row[0] == "u0000"][-1][1]
    following = f"r0-{(int(last[-2:]) + 1) % samples.RING:02}"
    answer = runtime.get_recommendations(campaignArn=campaigns["aws-user-personalization-v2"], userId="u0000")
    assert len(answer["itemList"]) == 25
    assert answer["itemList"][0]["itemId"] == following
    assert answer["recommendationId"].startswith("RID-")
    scores = [item["score"] for item in answer["itemList"]]
    assert scores == sorted(scores, reverse=True)
    newcomer = runtime.get_recommendations(
        campaignArn=campaigns["aws-user-personalization-v2"], userId="nobody", numResults=7
    )
    assert len(newcomer["itemList"]) == 7
    popular = runtime.get_recommendations(campaignArn=campaigns["aws-popularity-count"], userId="u0000", numResults=3)
    assert ["score" in item for item in popular["itemList"]] == [False] * 3
    ranking = runtime.get_personalized_ranking(
        campaignArn=campaigns["aws-personalized-ranking-v2"],
        userId="u0000",
        inputList=["r2-03", "unheard-of", following, "r1-05"],
    )["personalizedRanking"]
    assert ranking[0]["itemId"] == following
    assert ranking[-1] == {"itemId": "unheard-of"}
    assert sum(item.get("score", 0) for item in ranking) == pytest.approx(1, abs=1e-6)

    with pytest.raises(personalize.exceptions.ResourceInUseException, match="campaign"):
        personalize.delete_solution(solutionArn=solutions["aws-popularity-count"][0])
    for arn in campaigns.values():
        gone(personalize, "campaign", arn)
    for solution, version in solutions.values():
        gone(personalize, "solution", solution)
        with pytest.raises(personalize.exceptions.ResourceNotFoundException):
            personalize.describe_solution_version(solutionVersionArn=version)
    for arn in (dataset, items):
        gone(personalize, "dataset", arn)
    for arn in (schema, items_schema):
        personalize.delete_schema(schemaArn=arn)
    gone(personalize, "datasetGroup", group)
    assert personalize.list_dataset_groups()["datasetGroups"] == []
    left = [path for room in ("datasets", "artifacts") for path in (server.data_dir / room).rglob("*.parquet")]
    assert left == []
    assert not list((server.data_dir / "artifacts").rglob("manifest.json"))
    assert server.stop() == 0


def gone(client, kind: str, arn: str) -> None:
    """Delete, and poll as AWS's clean-up programs do until there is nothing to describe. Those programs go wrong when
    what they have just deleted is gone before they first look."""
    getattr(client, "delete_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in kind))(**{f"{kind}Arn": arn})
    looks = 0
    while True:
        try:
            assert describe(client, kind, arn)()["status"].startswith("DELETE ")
        except client.exceptions.ResourceNotFoundException:
            break
        looks += 1
    assert looks > 0
