"""Export jobs through the API: where the files lie, what is in them, and what fails the job."""

import polars as pl
import pytest

from penchant.contract.errors import (
    InvalidInputException,
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from penchant.jobs.job import Job, Lost
from penchant.lake import export
from penchant.lake.table import Table
from penchant.store.objects import LocationError, Objects
from penchant.work.export_data import export_data
from tests import samples

ROLE = "arn:aws:iam::000000000000:role/r"
ROWS = samples.walks()
HEADER = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE"


@pytest.fixture
def begin(call, dataset):
    def begin(name: str, path: str = "s3://out/exports/", **more) -> str:
        output = {"s3DataDestination": {"path": path}}
        return call("CreateDatasetExportJob", jobName=name, datasetArn=dataset, roleArn=ROLE, jobOutput=output, **more)[
            "datasetExportJobArn"
        ]

    return begin


@pytest.fixture
def describe(call):
    return lambda arn: call("DescribeDatasetExportJob", datasetExportJobArn=arn)["datasetExportJob"]


@pytest.fixture
def export_to(begin, describe, run_jobs):
    def export_to(*args, **more) -> dict:
        arn = begin(*args, **more)
        run_jobs()
        return describe(arn)

    return export_to


@pytest.fixture
def files(settings):
    """The files in the bucket `out`, by name, as lines."""
    folder = settings.data_dir / "buckets" / "out"
    return lambda: {str(p.relative_to(folder)): p.read_text().splitlines() for p in folder.rglob("*") if p.is_file()}


def test_all_rows_come_out_and_go_in_again(load, export_to, files, house, dataset):
    load(samples.csv(ROWS))
    told = export_to("all", ingestionMode="ALL")
    assert (told["status"], told["ingestionMode"]) == ("ACTIVE", "ALL")
    assert told["jobOutput"] == {"s3DataDestination": {"path": "s3://out/exports/"}}
    assert told["roleArn"] == ROLE and told["datasetArn"] == dataset
    assert files().keys() == {"exports/all/INTERACTIONS-part-00000.csv"}
    lines = files()["exports/all/INTERACTIONS-part-00000.csv"]
    assert lines[0] == HEADER and len(lines) == len(ROWS) + 1
    before = Table(house.dataset_folder(dataset)).read().collect()
    assert load("", location="s3://out/exports/all/")["status"] == "ACTIVE"
    after = Table(house.dataset_folder(dataset)).read().collect()
    assert after.sort(pl.all()).equals(before.sort(pl.all()))


@pytest.fixture
def stream(call, run_jobs, group):
    """One event of a user."""
    tracking_id = call("CreateEventTracker", name="t", datasetGroupArn=group)["trackingId"]
    run_jobs()
    event = {"itemId": "i", "sentAt": 5, "eventType": "click"}
    return lambda user: call("PutEvents", trackingId=tracking_id, userId=user, sessionId="s", eventList=[event])


def test_the_mode_is_put_where_none_is_given(load, export_to, files, stream):
    load(samples.csv(ROWS))
    assert export_to("put", "s3://out/without-a-slash")["ingestionMode"] == "PUT"
    assert files() == {"without-a-slash/put/INTERACTIONS-part-00000.csv": [HEADER]}
    stream("u")
    export_to("put2")
    assert files()["exports/put2/INTERACTIONS-part-00000.csv"] == [HEADER, "u,i,5,click,"]
    export_to("bulk", ingestionMode="BULK")
    assert len(files()["exports/bulk/INTERACTIONS-part-00000.csv"]) == len(ROWS) + 1


def test_a_dataset_without_data_gives_one_file_with_the_header(export_to, files):
    assert export_to("empty", ingestionMode="ALL")["status"] == "ACTIVE"
    assert files() == {"exports/empty/INTERACTIONS-part-00000.csv": [HEADER]}


def test_what_is_refused_at_once(call, begin, run_jobs, dataset):
    with pytest.raises(InvalidInputException, match="ingestionMode"):
        begin("j", ingestionMode="SOME")
    with pytest.raises(InvalidInputException, match="s3DataDestination"):
        call("CreateDatasetExportJob", jobName="j", datasetArn=dataset, roleArn=ROLE, jobOutput={})
    begin("j")
    with pytest.raises(Exception, match="dataset-export-job/j already exists"):
        begin("j")
    for number in range(4):
        begin(f"more{number}")
    with pytest.raises(LimitExceededException, match="PENDING or IN_PROGRESS"):
        begin("too-many")
    with pytest.raises(ResourceInUseException, match="dataset-export-job"):
        call("DeleteDataset", datasetArn=dataset)
    run_jobs()
    call("DeleteDataset", datasetArn=dataset)
    with pytest.raises(ResourceInUseException, match="DELETE PENDING"):
        begin("late")
    run_jobs()
    with pytest.raises(ResourceNotFoundException):
        begin("later")


def test_jobs_are_listed_by_dataset(call, begin, dataset):
    begin("j")
    (listed,) = call("ListDatasetExportJobs", datasetArn=dataset)["datasetExportJobs"]
    assert (listed["jobName"], listed["status"]) == ("j", "CREATE PENDING")
    assert call("ListDatasetExportJobs", datasetArn=f"{dataset}x") == {"datasetExportJobs": []}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("http://example.com/x/", "must look like s3://bucket"),
        ("s3://../x/", "must not hold '.' or '..'"),
    ],
)
def test_a_destination_that_is_none_fails_the_job(load, export_to, path, words):
    load(samples.csv(ROWS))
    failed = export_to("j", path)
    assert failed["status"] == "CREATE FAILED"
    assert words in failed["failureReason"]


def failing(monkeypatch, error: BaseException, after: int):
    """The store takes some files and then none."""
    real, taken = Objects.put, []

    def put(self, location, content):
        if len(taken) == after:
            raise error
        taken.append(location)
        real(self, location, content)

    monkeypatch.setattr(Objects, "put", put)


@pytest.fixture
def small_files(monkeypatch):
    monkeypatch.setattr(export, "PART_BYTES", 10_000)
    monkeypatch.setattr(export, "_ROWS", 100)


def test_several_files_and_all_of_them_or_none(load, export_to, files, monkeypatch, small_files):
    load(samples.csv(ROWS))
    assert export_to("good", ingestionMode="ALL")["status"] == "ACTIVE"
    assert len(files()) > 3 and sum(len(lines) - 1 for lines in files().values()) == len(ROWS)
    assert {lines[0] for lines in files().values()} == {HEADER}
    good = files()
    failing(monkeypatch, LocationError("Insufficient privileges for accessing data in Amazon S3."), after=2)
    failed = export_to("bad", ingestionMode="ALL")
    assert failed["status"] == "CREATE FAILED"
    assert failed["failureReason"] == "Insufficient privileges for accessing data in Amazon S3."
    assert files() == good


def test_an_attempt_after_a_crash_writes_the_same_files(
    load, begin, describe, run_jobs, files, monkeypatch, small_files, house, stream
):
    """The first attempt ends in the middle; rows come in; the second one still writes the rows of then."""
    load(samples.csv(ROWS))
    arn = begin("j", ingestionMode="ALL")
    attempt = Job("id", "datasetExportJob.create", arn, 1, lambda fraction, sentence: None)
    with monkeypatch.context() as patched:
        failing(patched, Lost("taken over"), after=2)
        with pytest.raises(Lost):
            export_data(attempt, house)
    assert len(files()) == 2  # not its own to remove any longer
    stream("late")
    run_jobs()
    assert describe(arn)["status"] == "ACTIVE"
    lines = [line for lines in files().values() for line in lines[1:]]
    assert len(lines) == len(ROWS) and not any(line.startswith("late") for line in lines)
