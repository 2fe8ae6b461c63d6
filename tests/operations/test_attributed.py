"""What recommendations led to: told as it happens, and published with an import."""

import time

import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from penchant.lake.table import Table
from penchant.operations.attributed import attributed
from penchant.work.fold import fold
from tests import samples
from tests.operations.test_events import send, tracking_id  # noqa: F401

ROLE = "arn:aws:iam::000000000000:role/r"
NOW = int(time.time())
HEADER = "METRIC_NAME,EVENT_TYPE,VALUE,MATH_FUNCTION,EVENT_ATTRIBUTION_SOURCE,TIMESTAMP"


@pytest.fixture
def metrics(call, run_jobs, group):
    """Make the attribution of the group; answers with its ARN."""

    def metrics(*told: dict, path: str | None = "s3://reports/here/") -> str:
        output = {"roleArn": ROLE} | ({"s3DataDestination": {"path": path}} if path else {})
        made = call(
            "CreateMetricAttribution", name="m", datasetGroupArn=group, metrics=list(told), metricsOutputConfig=output
        )
        run_jobs()
        return made["metricAttributionArn"]

    return metrics


@pytest.fixture
def reports(settings):
    """By name, the reports that were written."""
    return lambda: {
        path.name: path.read_text()
        for path in sorted((settings.data_dir / "buckets/reports").rglob("*"))
        if path.is_file()
    }


def metric(name: str, expression: str = "SAMPLECOUNT()", event_type: str = "click") -> dict:
    return {"eventType": event_type, "metricName": name, "expression": expression}


def told(house, arn: str, start: float | None = None, end: float | None = None) -> list[tuple]:
    found = attributed(house, arn, *(None if time is None else str(time) for time in (start, end)), None)
    return sorted((each["metricName"], each["eventAttributionSource"], each["value"]) for each in found["figures"])


def test_streamed_events_are_told_before_and_after_they_are_folded(house, load, dataset, metrics, send):  # noqa: F811
    load(samples.csv([*samples.walks(), ("u", "i", NOW, "click", 1.0)]))
    send("before", sentAt=NOW)
    time.sleep(0.01)  # a metric counts from its millisecond on
    arn = metrics(metric("clicks"), metric("worth", "SUM(Interactions.event_value)"))
    web = {"eventAttributionSource": "Web"}
    send("a", sentAt=NOW, metricAttribution=web, eventValue=2.5, eventType="CLICK")
    send("b", sentAt=NOW, metricAttribution=web, eventType="Click")
    wanted = [("CLICKS", "WEB", 2.0), ("WORTH", "WEB", 2.5)]
    assert told(house, arn) == wanted
    fold(house, dataset)
    assert told(house, arn) == wanted
    send("c", sentAt=NOW)
    send("d", sentAt=NOW, eventType="other")
    assert told(house, arn) == sorted(
        [*wanted, ("CLICKS", "SOURCE_NAME_UNDEFINED", 1.0), ("WORTH", "SOURCE_NAME_UNDEFINED", 0.0)]
    )
    assert told(house, arn, end=NOW - 900) == []


def test_events_are_attributed_to_the_campaign_whose_list_they_name(
    house,
    call,
    run_jobs,
    load,
    train,
    dataset,
    metrics,
    send,  # noqa: F811
):
    load(samples.csv(samples.walks()))
    version = train()["solutionVersionArn"]
    campaign = call("CreateCampaign", name="Mine", solutionVersionArn=version)["campaignArn"]
    run_jobs()
    arn = metrics(metric("clicks"))
    shown = call("GetRecommendations", campaignArn=campaign, userId="u0001")["recommendationId"]
    send("a", sentAt=NOW, recommendationId=shown)
    fold(house, dataset)
    assert told(house, arn) == [("CLICKS", campaign, 1.0)]


def test_a_metric_that_came_later_counts_from_then_on(house, call, load, metrics, send):  # noqa: F811
    load(samples.csv(samples.walks()))
    arn = metrics(metric("first"))
    send("a", sentAt=NOW)
    time.sleep(0.01)
    call("UpdateMetricAttribution", metricAttributionArn=arn, addMetrics=[metric("second")])
    send("b", sentAt=NOW)
    assert [(name, value) for name, _, value in told(house, arn)] == [("FIRST", 2.0), ("SECOND", 1.0)]


def test_an_import_publishes_what_its_own_rows_come_to(
    house, call, run_jobs, load, dataset, settings, metrics, reports
):
    load(samples.csv(samples.walks()))
    arn = metrics(metric("clicks"), metric("worth", "SUM(INTERACTIONS.EVENT_VALUE)"))
    moment = 1_700_000_100
    rows = [
        ("u", "i1", moment, "click", 1.5),
        ("v", "i2", moment + 900, "click", 2.0),
        ("v", "i2", moment, "watch", 9.0),
    ]
    job = call(
        "CreateDatasetImportJob",
        jobName="published",
        datasetArn=dataset,
        dataSource={
            "dataLocation": samples.put(settings.data_dir, "more.csv", samples.csv(rows + samples.walks()[:1000]))
        },
        importMode="INCREMENTAL",
        publishAttributionMetricsToS3=True,
    )["datasetImportJobArn"]
    run_jobs()
    described = call("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]
    assert described["status"] == "ACTIVE" and described["publishAttributionMetricsToS3"] is True
    ((name, report),) = reports().items()
    assert name.startswith("AggregatedAttributionMetrics - INCREMENTAL - ") and name.endswith(".csv")
    assert report.splitlines() == [
        HEADER,
        "CLICKS,CLICK,1.0,samplecount,SOURCE_NAME_UNDEFINED,1700000100",
        "WORTH,CLICK,1.5,sum,SOURCE_NAME_UNDEFINED,1700000100",
        "CLICKS,CLICK,1.0,samplecount,SOURCE_NAME_UNDEFINED,1700001000",
        "WORTH,CLICK,2.0,sum,SOURCE_NAME_UNDEFINED,1700001000",
    ]
    found = told(house, arn, start=moment, end=moment + 1800)
    assert sum(value for name, _, value in found if name == "CLICKS") == 2  # an INCREMENTAL import counts there, too


def test_what_cannot_be_published_is_refused_at_once(call, load, dataset, group, run_jobs, metrics):
    load(samples.csv(samples.walks()))
    metrics(metric("clicks"), path=None)
    request = {"jobName": "j", "dataSource": {"dataLocation": "s3://b/k"}, "publishAttributionMetricsToS3": True}
    with pytest.raises(InvalidInputException, match="needs a destination"):
        call("CreateDatasetImportJob", datasetArn=dataset, **request)
    schema = call("CreateSchema", name="i", schema=samples.ITEMS)["schemaArn"]
    items = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    with pytest.raises(InvalidInputException, match="Interactions dataset"):
        call("CreateDatasetImportJob", datasetArn=items, **request)


def test_where_nothing_can_be_written_the_attribution_fails(call, metrics, load):
    load(samples.csv(samples.walks()))
    arn = metrics(metric("clicks"), path="s3://../outside/")
    failed = call("DescribeMetricAttribution", metricAttributionArn=arn)["metricAttribution"]
    assert failed["status"] == "CREATE FAILED"
    assert "Reports of the metric attribution cannot be written" in failed["failureReason"]


def test_an_import_that_could_not_publish_imports_nothing(
    house, call, run_jobs, load, dataset, settings, metrics, reports
):
    load(samples.csv(samples.walks()))
    arn = metrics(metric("clicks"))
    assert reports() == {}  # what was tried there is gone
    output = {"roleArn": ROLE, "s3DataDestination": {"path": "s3://../outside/"}}
    call("UpdateMetricAttribution", metricAttributionArn=arn, metricsOutputConfig=output)
    more = samples.put(
        settings.data_dir, "more.csv", samples.csv([(f"n{user}", *rest) for user, *rest in samples.walks()])
    )
    job = call(
        "CreateDatasetImportJob",
        jobName="published",
        datasetArn=dataset,
        dataSource={"dataLocation": more},
        importMode="INCREMENTAL",
        publishAttributionMetricsToS3=True,
    )["datasetImportJobArn"]
    run_jobs()
    described = call("DescribeDatasetImportJob", datasetImportJobArn=job)["datasetImportJob"]
    assert described["status"] == "CREATE FAILED"
    assert Table(house.dataset_folder(dataset)).count() == len(samples.walks())


def test_questions_that_have_no_answer(house, load, metrics):
    load(samples.csv(samples.walks()))
    arn = metrics(metric("clicks"))
    assert attributed(house, arn, None, None, "3600")["figures"] == []
    for start, end, period, word in (
        ("yesterday", None, None, "startTime"),
        (None, "inf", None, "endTime"),
        ("-1e300", None, None, "startTime"),
        (None, None, "nan", "period"),
        (None, None, "60", "multiple of 900"),
        (None, None, "1000", "multiple of 900"),
    ):
        with pytest.raises(InvalidInputException, match=word):
            attributed(house, arn, start, end, period)
    with pytest.raises(ResourceNotFoundException):
        attributed(house, arn + "x", None, None, None)
