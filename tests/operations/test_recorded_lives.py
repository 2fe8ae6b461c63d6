"""What the real service was seen to do while resources come, change and go, and the sentences of its errors."""

import pytest

from penchant.contract.errors import (
    InvalidInputException,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from penchant.operations.api import Api
from penchant.resources import book
from penchant.resources.quotas import Quotas
from tests import samples
from tests.operations.test_recorded_answers import RECIPE, ROLE, WIDER_ITEMS

FILTER = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase")'


def test_a_resource_is_pending_then_in_progress_then_active_and_goes_the_same_way(call, run_jobs, house, group):
    """Clean-up notebooks stop polling only after a Describe that still succeeds after the Delete."""
    arn = call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=FILTER)["filterArn"]
    seen = []

    def look() -> None:
        seen.append(call("DescribeFilter", filterArn=arn)["filter"]["status"])

    def running(verb: str) -> None:
        with house.writing() as connection:
            book.follow(connection, f"filter.{verb}", arn, "running", {})

    look()
    running("create")
    look()
    run_jobs()
    look()
    assert call("DeleteFilter", filterArn=arn) == {}
    look()
    running("delete")
    look()
    assert seen == ["CREATE PENDING", "CREATE IN_PROGRESS", "ACTIVE", "DELETE PENDING", "DELETE IN_PROGRESS"]
    run_jobs()
    with pytest.raises(ResourceNotFoundException):
        look()


def test_a_group_that_is_being_deleted_is_in_use(call, run_jobs):
    arn = call("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_jobs()
    call("DeleteDatasetGroup", datasetGroupArn=arn)
    with pytest.raises(ResourceInUseException):
        call("DeleteDatasetGroup", datasetGroupArn=arn)


def test_a_dataset_says_that_its_schema_is_being_replaced(call, run_jobs, house, group):
    old, new = (
        call("CreateSchema", name=name, schema=text)["schemaArn"]
        for name, text in (("old", samples.ITEMS), ("new", WIDER_ITEMS))
    )
    arn = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=old, datasetType="Items")["datasetArn"]
    run_jobs()
    call("UpdateDataset", datasetArn=arn, schemaArn=new)
    pending = call("DescribeDataset", datasetArn=arn)["dataset"]
    assert (pending["status"], pending["schemaArn"]) == ("UPDATE PENDING", old)
    with house.writing() as connection:
        book.follow(connection, "dataset.update", arn, "running", {})
    assert call("DescribeDataset", datasetArn=arn)["dataset"]["status"] == "UPDATE IN_PROGRESS"
    run_jobs()
    after = call("DescribeDataset", datasetArn=arn)["dataset"]
    assert (after["status"], after["schemaArn"]) == ("ACTIVE", new)
    assert after["latestDatasetUpdate"].keys() == {"schemaArn", "status", "creationDateTime", "lastUpdatedDateTime"}


def test_a_tracker_brings_a_dataset_that_is_deleted_by_its_arn_and_never_listed(call, run_jobs, group, dataset):
    tracker = call("CreateEventTracker", name="t", datasetGroupArn=group)["eventTrackerArn"]
    run_jobs()
    (listed,) = call("ListDatasets", datasetGroupArn=group)["datasets"]
    assert listed["datasetArn"] == dataset
    hidden = dataset.replace("/INTERACTIONS", "/EVENT_INTERACTIONS")
    assert call("DescribeDataset", datasetArn=hidden)["dataset"]["datasetType"] == "EVENT_INTERACTIONS"
    call("DeleteEventTracker", eventTrackerArn=tracker)
    run_jobs()
    call("DeleteDataset", datasetArn=hidden)
    run_jobs()
    with pytest.raises(ResourceNotFoundException):
        call("DescribeDataset", datasetArn=hidden)


def test_a_campaign_tells_of_no_update_before_the_first_and_then_of_its_way(call, run_jobs, load, train):
    load(samples.csv(samples.walks()))
    version = train()["solutionVersionArn"]
    arn = call("CreateCampaign", name="c", solutionVersionArn=version)["campaignArn"]
    run_jobs()
    assert "latestCampaignUpdate" not in call("DescribeCampaign", campaignArn=arn)["campaign"]
    assert call("UpdateCampaign", campaignArn=arn, minProvisionedTPS=2) == {"campaignArn": arn}
    meanwhile = call("DescribeCampaign", campaignArn=arn)["campaign"]
    assert (meanwhile["status"], meanwhile["latestCampaignUpdate"]["status"]) == ("ACTIVE", "CREATE PENDING")
    run_jobs()
    assert call("DescribeCampaign", campaignArn=arn)["campaign"]["latestCampaignUpdate"]["status"] == "ACTIVE"


def test_headers_of_a_csv_match_without_regard_to_case_and_order(load):
    rows = [(item, user, at, kind, value, "more") for user, item, at, kind, value in samples.walks()]
    header = "item_id,User_Id,timestamp,EVENT_TYPE,event_value,COLUMN_OF_ANOTHER_SCHEMA"
    assert load(samples.csv(rows, header))["status"] == "ACTIVE"


def test_a_csv_that_lacks_columns_is_told_in_amazons_words(load):
    told = load(samples.csv([row[:3] for row in samples.walks()], "USER_ID,WRONG,TIMESTAMP"))
    assert told["status"] == "CREATE FAILED"
    assert "Input CSV is missing the following columns:[ITEM_ID" in told["failureReason"]


def test_what_is_there_already_is_named_by_its_arn(call, group, load, train):
    for operation, path, request in (
        ("CreateDatasetGroup", "dataset-group/g", {"name": "g"}),
        ("CreateSchema", "schema/s", {"name": "s", "schema": samples.INTERACTIONS}),
    ):
        with pytest.raises(ResourceAlreadyExistsException) as refused:
            call(operation, **request)
        arn = group.replace("dataset-group/g", path)
        assert str(refused.value) == f"Another resource with Arn {arn} already exists."


def test_a_batch_job_keeps_its_name_for_ever(call, run_jobs, settings, load, train):
    load(samples.csv(samples.walks()))
    samples.put(settings.data_dir, "in/q.json", '{"userId":"u"}\n')
    request = {
        "jobName": "b",
        "solutionVersionArn": train()["solutionVersionArn"],
        "roleArn": ROLE,
        "jobInput": {"s3DataSource": {"path": "s3://bucket/in/q.json"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://bucket/out/"}},
    }
    arn = call("CreateBatchInferenceJob", **request)["batchInferenceJobArn"]
    run_jobs()
    with pytest.raises(ResourceAlreadyExistsException, match=f"^Another resource with Arn {arn} already exists.$"):
        call("CreateBatchInferenceJob", **request)


@pytest.mark.parametrize(
    ("operation", "path", "sentence"),
    [
        ("DescribeSolution", "solution/x", "The given solution does not exist: {arn}"),
        ("DeleteDatasetGroup", "dataset-group/x", "The given dataset group does not exist: {arn}"),
        ("DescribeSchema", "schema/x", "Resource Arn {arn} does not exist."),
        ("DeleteSchema", "schema/x", "Resource Arn {arn} does not exist."),
    ],
)
def test_what_is_not_there_is_named_by_its_arn(call, house, operation, path, sentence):
    arn = house.place.arn(*path.split("/"))
    member = {"solution": "solutionArn", "dataset-group": "datasetGroupArn", "schema": "schemaArn"}[path.split("/")[0]]
    with pytest.raises(ResourceNotFoundException) as refused:
        call(operation, **{member: arn})
    assert str(refused.value) == sentence.format(arn=arn)


def test_a_campaign_that_does_not_answer_is_an_invalid_input(call, house):
    arn = house.place.arn("campaign", "x")
    with pytest.raises(InvalidInputException, match=f"^{arn} does not exist or is not active yet.$"):
        call("GetRecommendations", campaignArn=arn, userId="u")


def test_too_many_filters(house, call, group):
    api = Api(type(house)(**{**vars(house), "quotas": Quotas({"filter": 10})}), strict=True)
    for number in range(10):
        call("CreateFilter", name=f"f{number}", datasetGroupArn=group, filterExpression=FILTER)
    request = {"name": "f", "datasetGroupArn": group, "filterExpression": FILTER}
    with pytest.raises(LimitExceededException) as refused:
        api.call("CreateFilter", request, house.place)
    assert str(refused.value) == "More than 10 resources in ACTIVE state. Please delete some and try again."


def test_too_many_imports_at_once(house, call, dataset):
    api = Api(type(house)(**{**vars(house), "quotas": Quotas({})}), strict=True)
    request = {"datasetArn": dataset, "dataSource": {"dataLocation": "s3://bucket/x.csv"}}
    for number in range(5):
        api.call("CreateDatasetImportJob", {**request, "jobName": f"j{number}"}, house.place)
    with pytest.raises(LimitExceededException) as refused:
        api.call("CreateDatasetImportJob", {**request, "jobName": "j"}, house.place)
    assert str(refused.value) == "More than 5 resources with PENDING or IN_PROGRESS status."


def test_a_hyperparameter_of_another_algorithm(call, group):
    request = {"solutionConfig": {"algorithmHyperParameters": {"no_such_parameter": "1"}}}
    recipe = "aws-user-personalization-v2"
    with pytest.raises(InvalidInputException) as refused:
        call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE + recipe, **request)
    sentence = "Provide a hyperparameter that is used in the algorithm: arn:aws:personalize:::algorithm/"
    assert str(refused.value).startswith(sentence + recipe)
