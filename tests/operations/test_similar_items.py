"""aws-similar-items through the API: a campaign's answers, new items by their metadata, unknown ones."""

import pytest

from tests import samples


@pytest.fixture
def campaign(call, run_jobs, load, group, settings, train) -> str:
    """Three rings of items that are walked, and an item of each ring's genre that nobody has taken."""
    schema = call("CreateSchema", name="items", schema=samples.ITEMS)["schemaArn"]
    arn = call("CreateDataset", name="items", datasetGroupArn=group, schemaArn=schema, datasetType="Items")
    run_jobs()
    new = "".join(f"new{ring},genre{ring},1.5\n" for ring in range(samples.RINGS))
    source = {"dataLocation": samples.put(settings.data_dir, "items.csv", samples.items_csv() + new)}
    call("CreateDatasetImportJob", jobName="items", datasetArn=arn["datasetArn"], dataSource=source)
    load(samples.csv(samples.walks()))
    version = train("aws-similar-items")
    assert version["status"] == "ACTIVE", version
    metrics = call("GetSolutionMetrics", solutionVersionArn=version["solutionVersionArn"])["metrics"]
    assert {"coverage", "mean_reciprocal_rank_at_25", "precision_at_5"} <= set(metrics)
    arn = call("CreateCampaign", name="c", solutionVersionArn=version["solutionVersionArn"])["campaignArn"]
    run_jobs()
    return arn


def test_what_a_campaign_answers(call, campaign):
    def asked(item: str, **more) -> list[str]:
        answer = call("GetRecommendations", campaignArn=campaign, itemId=item, **more)["itemList"]
        assert all("score" not in each for each in answer)
        return [each["itemId"] for each in answer]

    warm = asked("r1-05", numResults=5)
    assert {item[:3] for item in warm} <= {"r1-", "new"}
    assert "r1-05" not in warm
    cold = asked("new2", numResults=10)
    assert sum(item.startswith("r2-") for item in cold) >= 9
    assert len(asked("nobody knows")) == 25
