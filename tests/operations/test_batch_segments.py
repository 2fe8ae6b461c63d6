"""Batch segment jobs: real files in, real files out; what they answer, what they refuse, and whom they forget."""

import json

import pytest

from penchant.contract.errors import InvalidInputException
from tests import samples
from tests.operations.test_batches import request

NARROW = {"solutionConfig": {"algorithmHyperParameters": {"hidden_dimension": "32"}}}
ITEM, ATTRIBUTE = "aws-item-affinity", "aws-item-attribute-affinity"


@pytest.fixture
def items(call, run_jobs, group, settings):
    """The rings' items with a genre for each ring; who walks ring N is user N, N + 3, N + 6 …"""
    schema = call("CreateSchema", name="items", schema=samples.ITEMS)["schemaArn"]
    arn = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    importing(call, run_jobs, settings, arn, samples.items_csv(), "items")
    return arn


def importing(call, run_jobs, settings, dataset, content, name, mode="FULL"):
    location = samples.put(settings.data_dir, f"{name}.csv", content)
    call(
        "CreateDatasetImportJob",
        jobName=name,
        datasetArn=dataset,
        dataSource={"dataLocation": location},
        importMode=mode,
    )
    run_jobs()


@pytest.fixture
def ask(call, run_jobs, settings):
    """Run a job over questions; answers with the lines of the output."""
    names = iter(f"segments{number}" for number in range(100))

    def ask(version: str, questions: list, **more) -> list[dict]:
        content = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in questions)
        samples.put(settings.data_dir, "in/questions.json", content + "\n\n")
        arn = call("CreateBatchSegmentJob", **request(version, next(names), **more))["batchSegmentJobArn"]
        run_jobs()
        job = call("DescribeBatchSegmentJob", batchSegmentJobArn=arn)["batchSegmentJob"]
        assert job["status"] == "ACTIVE", job
        out = settings.data_dir / "buckets" / "bucket" / "out"
        assert (out / "_CHECK").read_bytes() == b""
        return [json.loads(line) for line in (out / "questions.json.out").read_text().splitlines()]

    return ask


def ring_of(user: str) -> int:
    return int(user[1:]) % samples.RINGS


def test_segments_of_items(call, run_jobs, load, train, ask, settings, group):
    load(samples.csv(samples.walks()))
    version = train(ITEM, **NARROW)
    assert version["status"] == "ACTIVE", version
    arn = version["solutionVersionArn"]
    metrics = call("GetSolutionMetrics", solutionVersionArn=arn)["metrics"]
    assert list(metrics) == ["coverage", "hits_at_1_percent", "recall_at_1_percent"]
    assert metrics["coverage"] > 0 <= metrics["recall_at_1_percent"] <= 1

    first, unknown, *wrong, last = ask(
        arn, [{"itemId": "r1-05"}, {"itemId": "r9-99"}, {"itemId": 5}, {}, [], "{", {"itemId": "r2-00", "x": 1}]
    )
    assert list(first) == ["input", "output", "error"]
    assert first["input"] == {"itemId": "r1-05"} and first["error"] is None
    users = first["output"]["usersList"]
    assert len(users) == len(set(users)) == 25
    # Nobody comes by an item again, so that of each ring those come first who did not have it yet.
    assert {ring_of(user) for user in users[:5]} == {1}
    assert {ring_of(user) for user in last["output"]["usersList"][:5]} == {2}
    assert last["input"] == {"itemId": "r2-00", "x": 1}
    assert unknown == {
        "input": {"itemId": "r9-99"},
        "error": "The item r9-99 was not there when the solution version was trained.",
    }
    assert [set(answer) for answer in wrong] == [{"input", "error"}] * 4

    (everybody,) = ask(arn, [{"itemId": "r0-00"}], numResults=5_000_000)
    assert len(everybody["output"]["usersList"]) == 120
    assert [ring_of(user) for user in everybody["output"]["usersList"][:5]] == [0] * 5

    with pytest.raises(InvalidInputException, match="makes user segments"):
        call("CreateCampaign", name="c", solutionVersionArn=arn)
    with pytest.raises(InvalidInputException, match="has no batch inference"):
        call("CreateBatchInferenceJob", **request(arn))

    filters(call, run_jobs, group, clicks="INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ($TYPE)")
    clicks = group.replace("dataset-group/g", "filter/clicks")
    answers = ask(
        arn,
        [
            {"itemId": "r1-05", "filterValues": {"TYPE": '"click"'}},
            {"itemId": "r1-05", "filterValues": {"TYPE": '"watch"'}},
            {"itemId": "r1-05"},
            {"itemId": "r1-05", "filterValues": [1]},
        ],
        filterArn=clicks,
    )
    assert answers[0]["output"]["usersList"] == users
    assert answers[1]["output"]["usersList"] == []
    assert "TYPE is missing a value" in answers[2]["error"]
    assert "filterValues must be an object" in answers[3]["error"]

    samples.put(settings.data_dir, "gone/users.csv", "USER_ID\n" + "\n".join(users[:10]) + "\n")
    call(
        "CreateDataDeletionJob",
        jobName="forget",
        datasetGroupArn=group,
        dataSource={"dataLocation": "s3://bucket/gone/users.csv"},
        roleArn="arn:aws:iam::000000000000:role/r",
    )
    run_jobs()
    (answer,) = ask(arn, [{"itemId": "r1-05"}], numResults=15)
    assert answer["output"]["usersList"] == users[10:]

    samples.put(settings.data_dir, "in/questions.json", '{"itemId":"r1-05"}\n' * 501)
    job = call("CreateBatchSegmentJob", **request(arn, "many"))["batchSegmentJobArn"]
    run_jobs()
    job = call("DescribeBatchSegmentJob", batchSegmentJobArn=job)["batchSegmentJob"]
    assert job["status"] == "CREATE FAILED"
    assert "more than 500 queries" in job["failureReason"]


def filters(call, run_jobs, group, **expressions):
    for name, expression in expressions.items():
        call("CreateFilter", name=name, datasetGroupArn=group, filterExpression=expression)
    run_jobs()


def test_segments_of_attributes(call, run_jobs, load, train, ask, settings, group, items):
    load(samples.csv(samples.walks()))
    schema = call("CreateSchema", name="users", schema=samples.USERS)["schemaArn"]
    users = call("CreateDataset", name="u", datasetGroupArn=group, schemaArn=schema, datasetType="Users")["datasetArn"]
    run_jobs()
    ages = [(f"u{user:04}", 20 + user % 2) for user in range(120)]
    importing(call, run_jobs, settings, users, samples.csv(ages, "USER_ID,AGE"), "users")
    version = train(ATTRIBUTE, **NARROW)
    assert version["status"] == "ACTIVE", version
    arn = version["solutionVersionArn"]
    assert len(call("GetSolutionMetrics", solutionVersionArn=arn)["metrics"]) == 3
    answers = ask(
        arn,
        [
            {"itemAttributes": 'ITEMS.genre = "genre1"'},
            {"itemAttributes": 'ITEMS.GENRE = "genre2" AND ITEMS.PRICE = 3.5'},
            {"itemAttributes": 'ITEMS.GENRE = "genre2" AND ITEMS.GENRE = "genre1"'},
            {"itemAttributes": 'ITEMS.GENRE = "polka"'},
            {"itemAttributes": "ITEMS.PRICE > 3"},
            {"itemAttributes": 'ITEMS.COLOUR = "red"'},
            {"itemId": "r1-05"},
        ],
        numResults=5,
    )
    for answer, ring in zip(answers[:2], (1, 2), strict=True):
        assert len(answer["output"]["usersList"]) == 5
        assert {ring_of(user) for user in answer["output"]["usersList"]} == {ring}
    for answer, words in zip(
        answers[2:],
        (
            "No item had all",
            "No item had the value 'polka'",
            "only = can be used",
            "column COLOUR",
            "itemAttributes must",
        ),
        strict=True,
    ):
        assert "output" not in answer
        assert words in answer["error"]

    filters(
        call,
        run_jobs,
        group,
        young="INCLUDE UserID WHERE Users.AGE = 20",
        doing='EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("click")',
    )
    young = group.replace("dataset-group/g", "filter/young")
    (answer,) = ask(arn, [{"itemAttributes": 'ITEMS.genre = "genre1"'}], filterArn=young, numResults=5)
    assert [(ring_of(user), int(user[1:]) % 2) for user in answer["output"]["usersList"]] == [(1, 0)] * 5
    with pytest.raises(InvalidInputException, match="asks about Interactions"):
        call("CreateBatchSegmentJob", **request(arn, filterArn=young.replace("young", "doing")))

    samples.put(settings.data_dir, "in/questions.json", '{"itemAttributes":"ITEMS.PRICE = 3.5"}\n' * 11)
    job = call("CreateBatchSegmentJob", **request(arn, "many"))["batchSegmentJobArn"]
    run_jobs()
    job = call("DescribeBatchSegmentJob", batchSegmentJobArn=job)["batchSegmentJob"]
    assert "more than 10 queries" in job["failureReason"]


def test_of_bulk_data_only_full_imports_count(load, train, ask):
    walks = samples.walks(users=130)
    load(samples.csv(walks[:1_040]))
    assert load(samples.csv(walks[1_040:]), mode="INCREMENTAL")["status"] == "ACTIVE"
    (answer,) = ask(train(ITEM, **NARROW)["solutionVersionArn"], [{"itemId": "r1-05"}], numResults=5_000_000)
    assert sorted(answer["output"]["usersList"]) == [f"u{user:04}" for user in range(65)]
