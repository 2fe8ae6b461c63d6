"""Import jobs through the API: what is refused at once, what fails the job, and what the dataset is then."""

import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from penchant.lake.table import Table
from tests import samples

GOOD = samples.csv(samples.walks())
ROWS = samples.walks()


@pytest.fixture
def count(house, dataset):
    return lambda: Table(house.dataset_folder(dataset)).count()


def test_a_full_import_replaces_and_an_incremental_one_adds(load, count):
    assert load(GOOD)["status"] == "ACTIVE"
    assert count() == len(ROWS)
    more = [(f"new-{user}", *rest) for user, *rest in ROWS]
    assert load(samples.csv(more), "INCREMENTAL")["status"] == "ACTIVE"
    assert count() == 2 * len(ROWS)
    assert load(samples.csv(more), "INCREMENTAL")["status"] == "ACTIVE"
    assert count() == 2 * len(ROWS)  # the same rows again
    assert load(samples.csv(more))["status"] == "ACTIVE"
    assert count() == len(ROWS)


def test_the_first_import_must_be_full(load):
    with pytest.raises(InvalidInputException, match="must have importMode FULL"):
        load(GOOD, "INCREMENTAL")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD.replace("ITEM_ID", "THING", 1), ["Input CSV is missing the following columns:[ITEM_ID]."]),
        (GOOD.replace(",1700000000,", ",yesterday,", 1), ["interactions.csv", "line 2", "TIMESTAMP", "yesterday"]),
        (GOOD.replace("u0000,", ",", 1), ["interactions.csv", "line 2", "USER_ID", "null"]),
        (GOOD.replace("u0000,", 'u"0000,', 1), ["interactions.csv", "line 2", "USER_ID", "quot"]),
        (samples.csv(ROWS[:999]), ["1000", "999"]),
        ("", ["interactions.csv", "empty"]),
        ("USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE\n", ["interactions.csv"]),
        (GOOD.encode().replace(b"r0-", b"r\xff-", 1), ["interactions.csv", "line", "UTF-8"]),
    ],
    ids=["missing-column", "wrong-type", "null", "stray-quote", "too-few", "empty", "header-only", "not-utf-8"],
)
def test_a_bad_file_fails_the_job_with_a_clear_sentence_and_changes_nothing(load, count, content, words):
    assert load(GOOD)["status"] == "ACTIVE"
    failed = load(content)
    assert failed["status"] == "CREATE FAILED"
    for word in words:
        assert word.lower() in failed["failureReason"].lower(), failed["failureReason"]
    assert count() == len(ROWS)


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("\n", "\r\n"), GOOD.replace("USER_ID", "user_id", 1)],
    ids=["bom", "crlf", "lower-case-header"],
)
def test_what_spreadsheets_write_is_taken(load, count, content):
    assert load(content)["status"] == "ACTIVE"
    assert count() == len(ROWS)


@pytest.mark.parametrize(
    "location", ["s3://bucket/none.csv", "s3://none/", "s3://bucket/../../etc/", "https://x.example/y.csv"]
)
def test_a_location_with_nothing_in_it_fails_the_job(load, location):
    failed = load(GOOD, location=location)
    assert failed["status"] == "CREATE FAILED"
    assert "Invalid Data location" in failed["failureReason"]


def test_a_file_of_this_machine_can_be_read(load, count, tmp_path):
    path = tmp_path / "here.csv"
    path.write_text(GOOD)
    assert load("", location=f"file://{path}")["status"] == "ACTIVE"
    assert count() == len(ROWS)


def test_a_folder_is_read_file_by_file(load, count, settings):
    half = len(ROWS) // 2
    samples.put(settings.data_dir, "folder/a.csv", samples.csv(ROWS[:half]))
    samples.put(settings.data_dir, "folder/b.csv", samples.csv(ROWS[half:]))
    samples.put(settings.data_dir, "folder/_SUCCESS", "not data")
    samples.put(settings.data_dir, "folder/below/c.csv", "not read")
    assert load("", location="s3://bucket/folder/")["status"] == "ACTIVE"
    assert count() == len(ROWS)


def test_a_job_name_is_taken_for_ever(call, dataset):
    request = {"jobName": "j", "datasetArn": dataset, "dataSource": {"dataLocation": "s3://b/k"}}
    call("CreateDatasetImportJob", **request)
    with pytest.raises(Exception, match="already exists"):
        call("CreateDatasetImportJob", **request)


def test_what_cannot_be_begun_is_refused_at_once(call, dataset):
    request = {"jobName": "j", "datasetArn": dataset, "dataSource": {"dataLocation": "s3://b/k"}}
    with pytest.raises(ResourceNotFoundException):
        call("CreateDatasetImportJob", **{**request, "datasetArn": dataset + "x"})
    with pytest.raises(InvalidInputException, match="Invalid Data location"):
        call("CreateDatasetImportJob", **{**request, "dataSource": {}})
    with pytest.raises(InvalidInputException, match="needs a metric attribution that is ACTIVE"):
        call("CreateDatasetImportJob", **request, publishAttributionMetricsToS3=True)


def test_what_was_sent_comes_back(call, dataset):
    role = "arn:aws:iam::000000000000:role/PersonalizeRole"
    arn = call(
        "CreateDatasetImportJob",
        jobName="j",
        datasetArn=dataset,
        dataSource={"dataLocation": "s3://b/k"},
        roleArn=role,
    )["datasetImportJobArn"]
    described = call("DescribeDatasetImportJob", datasetImportJobArn=arn)["datasetImportJob"]
    assert described["dataSource"] == {"dataLocation": "s3://b/k"}
    assert described["roleArn"] == role
    assert described["importMode"] == "FULL"
    assert described["status"] == "CREATE PENDING"
