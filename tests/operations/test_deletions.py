"""Data deletion jobs through the API: who goes, what is told, and what is left on the disk."""

import shutil

import polars as pl
import pytest

from penchant.contract.errors import (
    InvalidInputException,
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from penchant.jobs import ledger
from penchant.jobs.job import Job
from penchant.lake.table import Table
from penchant.work.delete_data import delete_data
from tests import samples

ROLE = "arn:aws:iam::000000000000:role/r"
ROWS = samples.walks()
STEPS = 16
"""Events of each user in `samples.walks`."""


@pytest.fixture
def begin(call, group):
    def begin(name: str, location: str = "s3://bucket/gone/") -> str:
        return call(
            "CreateDataDeletionJob",
            jobName=name,
            datasetGroupArn=group,
            dataSource={"dataLocation": location},
            roleArn=ROLE,
        )["dataDeletionJobArn"]

    return begin


@pytest.fixture
def describe(call):
    return lambda arn: call("DescribeDataDeletionJob", dataDeletionJobArn=arn)["dataDeletionJob"]


@pytest.fixture
def delete(begin, describe, run_jobs):
    def delete(*args) -> dict:
        arn = begin(*args)
        run_jobs()
        return describe(arn)

    return delete


@pytest.fixture
def users(call, run_jobs, group, settings) -> str:
    """A Users dataset with two records of user u0000 in it."""
    schema = call("CreateSchema", name="users", schema=samples.USERS)["schemaArn"]
    arn = call("CreateDataset", name="u", datasetGroupArn=group, schemaArn=schema, datasetType="Users")["datasetArn"]
    run_jobs()
    for mode, content in (("FULL", "u0000,30\nu0001,31\nu0002,32\n"), ("INCREMENTAL", "u0000,31\n")):
        location = samples.put(settings.data_dir, f"users-{mode}.csv", f"USER_ID,AGE\n{content}")
        call(
            "CreateDatasetImportJob",
            jobName=f"users-{mode}",
            datasetArn=arn,
            dataSource={"dataLocation": location},
            importMode=mode,
        )
        run_jobs()
    return arn


@pytest.fixture
def rows(house):
    return lambda arn: Table(house.dataset_folder(arn)).rows().collect()


def test_users_go_from_all_datasets(load, delete, rows, users, dataset, settings):
    load(samples.csv(ROWS))
    samples.put(settings.data_dir, "gone/a.csv", "USER_ID\nu0000\nnobody\n")
    samples.put(settings.data_dir, "gone/deeper/b.CSV", "USER_ID\nu0003\n")
    samples.put(settings.data_dir, "gone/notes.txt", "USER_ID\nu0001\n")
    done = delete("d")
    assert (done["status"], done["numDeleted"]) == ("COMPLETED", 2 * STEPS + 2)
    assert done["dataSource"] == {"dataLocation": "s3://bucket/gone/"}
    assert "failureReason" not in done
    assert {"u0000", "u0003"}.isdisjoint(rows(dataset)["USER_ID"]) and len(rows(dataset)) == len(ROWS) - 2 * STEPS
    assert sorted(rows(users)["USER_ID"]) == ["u0001", "u0002"]


def test_its_life_is_told_in_its_own_words(begin, describe, run_jobs, load, dataset, settings):
    load(samples.csv(ROWS))
    arn = begin("d", samples.put(settings.data_dir, "gone.csv", "USER_ID\nnobody\n"))
    waiting = describe(arn)
    assert waiting["status"] == "PENDING" and "numDeleted" not in waiting
    run_jobs()
    assert (describe(arn)["status"], describe(arn)["numDeleted"]) == ("COMPLETED", 0)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "Invalid Data location."),
        ({"gone/notes.txt": "USER_ID\na\n"}, "There is no .csv file in s3://bucket/gone/"),
        ({"gone/a.csv": "USERS\na\n"}, "missing the following columns:[USER_ID]"),
        ({"gone/a.csv": "USER_ID,AGE\nu0000,1\n"}, "must have one column, USER_ID"),
        ({"gone/a.csv": "USER_ID\nu0000\n", "gone/b.csv": 'USER_ID\nu"1\n'}, "s3://bucket/gone/b.csv line 2"),
    ],
    ids=["nothing", "no-csv", "no-column", "two-columns", "bad-line"],
)
def test_files_that_cannot_be_read_fail_the_job_and_nobody_goes(load, delete, rows, dataset, settings, files, words):
    load(samples.csv(ROWS))
    for name, content in files.items():
        samples.put(settings.data_dir, name, content)
    failed = delete("d")
    assert failed["status"] == "FAILED" and "numDeleted" not in failed
    assert words in failed["failureReason"]
    assert len(rows(dataset)) == len(ROWS)


def test_what_is_refused_at_once(call, begin, group, run_jobs):
    with pytest.raises(InvalidInputException, match="Invalid Data location"):
        call("CreateDataDeletionJob", jobName="d", datasetGroupArn=group, dataSource={}, roleArn=ROLE)
    begin("d")
    with pytest.raises(Exception, match="data-deletion-job/d already exists"):
        begin("d")
    for number in range(4):
        begin(f"more{number}")
    with pytest.raises(LimitExceededException, match="PENDING or IN_PROGRESS"):
        begin("too-many")
    with pytest.raises(ResourceNotFoundException):
        call(
            "CreateDataDeletionJob",
            jobName="e",
            datasetGroupArn=f"{group}x",
            dataSource={"dataLocation": "s3://a/"},
            roleArn=ROLE,
        )
    pending = call("CreateDatasetGroup", name="pending")["datasetGroupArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call(
            "CreateDataDeletionJob",
            jobName="e",
            datasetGroupArn=pending,
            dataSource={"dataLocation": "s3://a/"},
            roleArn=ROLE,
        )


def test_the_list_begins_with_the_newest_and_pages(call_any, run_any_jobs):
    group = call_any("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_any_jobs()
    for number in range(5):
        source = {"dataLocation": "s3://bucket/gone/"}
        call_any("CreateDataDeletionJob", jobName=f"d{number}", datasetGroupArn=group, dataSource=source, roleArn=ROLE)
        run_any_jobs()
    for request in ({}, {"datasetGroupArn": group}):
        found, token = [], {}
        while True:
            page = call_any("ListDataDeletionJobs", maxResults=2, **request, **token)
            found += [job["jobName"] for job in page["dataDeletionJobs"]]
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        assert found == ["d4", "d3", "d2", "d1", "d0"]


def test_a_job_that_runs_again_tells_the_same_number(load, begin, describe, run_jobs, house, users, dataset, settings):
    """The first attempt does it all and dies before anybody hears of it."""
    load(samples.csv(ROWS))
    arn = begin("d", samples.put(settings.data_dir, "gone.csv", "USER_ID\nu0000\nu0003\n"))
    (job_id,) = ledger.waiting(house.database)
    attempt = Job(job_id, "dataDeletionJob.create", arn, 1, lambda fraction, sentence: None)
    assert delete_data(attempt, house) == {"numDeleted": 2 * STEPS + 2}
    versions = [Table(house.dataset_folder(each)).version() for each in (users, dataset)]
    run_jobs()
    assert describe(arn)["numDeleted"] == 2 * STEPS + 2
    assert [Table(house.dataset_folder(each)).version() for each in (users, dataset)] == versions


def stored(house, arn: str, user: str) -> int:
    """Rows of a user in all files on the disk, whether a version names them or not."""
    found = house.dataset_folder(arn).rglob("*.parquet")
    return sum(int((pl.read_parquet(file, columns=["USER_ID"])["USER_ID"] == user).sum()) for file in found)


def test_the_rows_are_gone_from_the_disk_too(load, delete, house, dataset, settings):
    load(samples.csv(ROWS))
    location = samples.put(settings.data_dir, "gone.csv", "USER_ID\nu0000\n")
    assert stored(house, dataset, "u0000") == STEPS
    assert delete("d", location)["numDeleted"] == STEPS
    assert stored(house, dataset, "u0000") == 0


def test_the_version_that_a_model_was_trained_on_stays(call, load, delete, train, run_jobs, house, dataset, settings):
    load(samples.csv(ROWS))
    version = train()["solutionVersionArn"]
    location = samples.put(settings.data_dir, "gone.csv", "USER_ID\nu0000\n")
    delete("d", location)
    assert stored(house, dataset, "u0000") == STEPS
    assert Table(house.dataset_folder(dataset)).count(0) == len(ROWS)
    call("DeleteSolution", solutionArn=version.rpartition("/")[0])
    run_jobs()
    delete("e", location)  # the next job clears up, whomever it names
    assert stored(house, dataset, "u0000") == 0


def test_a_version_that_is_being_read_stays(call, load, begin, describe, house, dataset, settings):
    load(samples.csv(ROWS))
    output = {"s3DataDestination": {"path": "s3://out/"}}
    call("CreateDatasetExportJob", jobName="x", datasetArn=dataset, roleArn=ROLE, jobOutput=output)
    arn = begin("d", samples.put(settings.data_dir, "gone.csv", "USER_ID\nu0000\n"))
    attempt = Job("id", "dataDeletionJob.create", arn, 1, lambda fraction, sentence: None)
    assert delete_data(attempt, house) == {"numDeleted": STEPS}
    assert Table(house.dataset_folder(dataset)).count(0) == len(ROWS)


def test_a_group_without_data(delete, dataset, house, settings):
    shutil.rmtree(house.dataset_folder(dataset), ignore_errors=True)
    assert delete("d", samples.put(settings.data_dir, "gone.csv", "USER_ID\na\n"))["numDeleted"] == 0
