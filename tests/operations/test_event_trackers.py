"""Event trackers, and the dataset that comes along with one and that nobody sees."""

import re
import uuid

import pytest

from penchant.contract.errors import (
    InvalidInputException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from penchant.operations.deletion_rules import refuse_dataset
from tests import samples

ROLE = "arn:aws:iam::000000000000:role/r"


@pytest.fixture
def tracker(call, run_jobs, group) -> dict:
    answer = call("CreateEventTracker", name="t", datasetGroupArn=group)
    run_jobs()
    return answer


@pytest.fixture
def unseen(group) -> str:
    return f"{group.replace(':dataset-group/', ':dataset/')}/EVENT_INTERACTIONS"


def described(call, arn: str) -> dict:
    return call("DescribeEventTracker", eventTrackerArn=arn)["eventTracker"]


def test_a_tracker_as_it_was_recorded(call, run_jobs, group):
    answer = call("CreateEventTracker", name="t", datasetGroupArn=group)
    assert answer.keys() == {"eventTrackerArn", "trackingId"}
    assert re.fullmatch(r".*:event-tracker/[0-9a-f]{8}", answer["eventTrackerArn"])
    assert str(uuid.UUID(answer["trackingId"], version=4)) == answer["trackingId"]
    pending = described(call, answer["eventTrackerArn"])
    assert pending["status"] == "CREATE PENDING"
    run_jobs()
    active = described(call, answer["eventTrackerArn"])
    assert active["status"] == "ACTIVE"
    assert active.keys() == {
        "name",
        "eventTrackerArn",
        "accountId",
        "trackingId",
        "datasetGroupArn",
        "status",
        "creationDateTime",
        "lastUpdatedDateTime",
    }
    assert (active["name"], active["accountId"], active["trackingId"]) == ("t", "000000000000", answer["trackingId"])
    (listed,) = call("ListEventTrackers", datasetGroupArn=group)["eventTrackers"]
    assert listed["eventTrackerArn"] == answer["eventTrackerArn"]


def test_a_group_has_one(call, run_jobs, group, tracker):
    with pytest.raises(ResourceAlreadyExistsException, match=r"already has an? event tracker"):
        call("CreateEventTracker", name="u", datasetGroupArn=group)
    call("DeleteEventTracker", eventTrackerArn=tracker["eventTrackerArn"])
    run_jobs()
    with pytest.raises(ResourceNotFoundException, match="The given event tracker does not exist"):
        described(call, tracker["eventTrackerArn"])
    again = call("CreateEventTracker", name="t", datasetGroupArn=group)
    assert again["trackingId"] != tracker["trackingId"]


def test_the_group_must_be_there_and_active(call, group):
    with pytest.raises(ResourceNotFoundException):
        call("CreateEventTracker", name="t", datasetGroupArn=f"{group}x")
    pending = call("CreateDatasetGroup", name="pending")["datasetGroupArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("CreateEventTracker", name="t", datasetGroupArn=pending)


def test_its_dataset_is_described_by_its_arn_and_listed_nowhere(call, group, tracker, unseen, dataset):
    found = call("DescribeDataset", datasetArn=unseen)["dataset"]
    assert (found["datasetType"], found["status"], found["datasetGroupArn"]) == ("EVENT_INTERACTIONS", "ACTIVE", group)
    for request in ({"datasetGroupArn": group}, {}):
        assert [each["datasetArn"] for each in call("ListDatasets", **request)["datasets"]] == [dataset]


def test_its_dataset_is_deleted_by_its_arn(call, run_jobs, group, tracker, unseen):
    call("DeleteEventTracker", eventTrackerArn=tracker["eventTrackerArn"])
    run_jobs()
    assert call("DescribeDataset", datasetArn=unseen)["dataset"]["status"] == "ACTIVE"
    call("DeleteDataset", datasetArn=unseen)
    assert call("DescribeDataset", datasetArn=unseen)["dataset"]["status"] == "DELETE PENDING"
    with pytest.raises(ResourceInUseException, match="create the tracker when it is gone"):
        call("CreateEventTracker", name="t", datasetGroupArn=group)
    run_jobs()
    with pytest.raises(ResourceNotFoundException):
        call("DescribeDataset", datasetArn=unseen)


def test_its_dataset_takes_no_part_in_anything_else(call, tracker, unseen):
    output = {"s3DataDestination": {"path": "s3://out/"}}
    with pytest.raises(InvalidInputException, match="holds no rows"):
        call("CreateDatasetExportJob", jobName="j", datasetArn=unseen, roleArn=ROLE, jobOutput=output)
    schema = call("CreateSchema", name="other", schema=samples.INTERACTIONS)["schemaArn"]
    with pytest.raises(InvalidInputException, match="EVENT_INTERACTIONS cannot be replaced"):
        call("UpdateDataset", datasetArn=unseen, schemaArn=schema)


def test_its_dataset_goes_with_the_group(call_any, run_any_jobs):
    group = call_any("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_any_jobs()
    tracker = call_any("CreateEventTracker", name="t", datasetGroupArn=group)["eventTrackerArn"]
    run_any_jobs()
    with pytest.raises(ResourceInUseException, match="event-tracker/"):
        call_any("DeleteDatasetGroup", datasetGroupArn=group)
    call_any("DeleteEventTracker", eventTrackerArn=tracker)
    run_any_jobs()
    call_any("DeleteDatasetGroup", datasetGroupArn=group)
    run_any_jobs()
    unseen = f"{group.replace(':dataset-group/', ':dataset/')}/EVENT_INTERACTIONS"
    with pytest.raises(ResourceNotFoundException):
        call_any("DescribeDataset", datasetArn=unseen)
    with pytest.raises(ResourceNotFoundException):
        call_any("DescribeDatasetGroup", datasetGroupArn=group)


def test_the_action_interactions_dataset_is_its_own_tracker(call, run_jobs, group):
    text = samples.schema(
        "ActionInteractions",
        *(samples.text(name) for name in ("USER_ID", "ACTION_ID", "EVENT_TYPE")),
        {"name": "TIMESTAMP", "type": "long"},
    )
    schema = call("CreateSchema", name="actions", schema=text)["schemaArn"]
    arn = call("CreateDataset", name="a", datasetGroupArn=group, schemaArn=schema, datasetType="Action_Interactions")[
        "datasetArn"
    ]
    run_jobs()
    found = call("DescribeDataset", datasetArn=arn)["dataset"]
    assert str(uuid.UUID(found["trackingId"], version=4)) == found["trackingId"]
    assert call("ListEventTrackers", datasetGroupArn=group) == {"eventTrackers": []}
    call("CreateEventTracker", name="t", datasetGroupArn=group)


def test_a_dataset_waits_for_what_uses_its_group(call, run_jobs, house, load, train, dataset, group, tracker, unseen):
    """The rules that no link to the dataset tells; asked of the house itself."""

    def refused(arn: str) -> str:
        document = call("DescribeDataset", datasetArn=arn)["dataset"]
        with house.reading() as connection:
            try:
                refuse_dataset(connection, document)
            except ResourceInUseException as reason:
                return str(reason)
        return ""

    assert tracker["eventTrackerArn"] in refused(dataset)
    assert tracker["eventTrackerArn"] in refused(unseen)
    call("DeleteEventTracker", eventTrackerArn=tracker["eventTrackerArn"])
    run_jobs()
    assert refused(dataset) == refused(unseen) == ""
    load(samples.csv(samples.walks()))
    version = train()["solutionVersionArn"]
    assert refused(dataset) == ""  # a solution that is at rest stands in nobody's way
    campaign = call("CreateCampaign", name="c", solutionVersionArn=version)["campaignArn"]
    assert campaign in refused(dataset)
    run_jobs()
    assert campaign in refused(dataset) and refused(unseen) == ""
    call("DeleteCampaign", campaignArn=campaign)
    run_jobs()
    running = call("CreateSolutionVersion", solutionArn=version.rpartition("/")[0])["solutionVersionArn"]
    assert running in refused(dataset)
    run_jobs()
    location = samples.put(house.folder, "users.csv", "USER_ID\nu0000\n")
    deletion = call(
        "CreateDataDeletionJob",
        jobName="d",
        datasetGroupArn=group,
        dataSource={"dataLocation": location},
        roleArn=ROLE,
    )["dataDeletionJobArn"]
    assert deletion in refused(dataset)
