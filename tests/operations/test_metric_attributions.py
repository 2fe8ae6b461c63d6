import pytest

from penchant.contract.arns import Place
from penchant.contract.errors import (
    InvalidInputException,
    InvalidNextTokenException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from tests import samples
from tests.conftest import REGION

OUTPUT = {"roleArn": "arn:aws:iam::000000000000:role/r", "s3DataDestination": {"path": "s3://bucket/metrics/"}}


def metric(name: str, expression: str = "SAMPLECOUNT()", event_type: str = "View") -> dict:
    return {"eventType": event_type, "metricName": name, "expression": expression}


@pytest.fixture
def create(call, group):
    def create(*metrics: dict, name: str = "m") -> str:
        request = {"name": name, "datasetGroupArn": group, "metrics": list(metrics), "metricsOutputConfig": OUTPUT}
        return call("CreateMetricAttribution", **request)["metricAttributionArn"]

    return create


@pytest.fixture
def listed(call):
    return lambda arn: call("ListMetricAttributionMetrics", metricAttributionArn=arn)["metrics"]


def test_a_metric_attribution_lives_and_tells_its_metrics_apart(call, run_jobs, group, create, listed):
    metrics = [metric("countViews"), metric("sum", "SUM(INTERACTIONS.event_value)", "Purchase")]
    arn = create(*metrics)
    assert arn == Place("000000000000", REGION).arn("metric-attribution", "m")
    run_jobs()
    described = call("DescribeMetricAttribution", metricAttributionArn=arn)["metricAttribution"]
    assert described == {
        "name": "m",
        "metricAttributionArn": arn,
        "datasetGroupArn": group,
        "metricsOutputConfig": OUTPUT,
        "status": "ACTIVE",
        "creationDateTime": described["creationDateTime"],
        "lastUpdatedDateTime": described["lastUpdatedDateTime"],
    }
    (summary,) = call("ListMetricAttributions", datasetGroupArn=group)["metricAttributions"]
    assert summary.keys() == {"name", "metricAttributionArn", "status", "creationDateTime", "lastUpdatedDateTime"}
    assert listed(arn) == metrics
    call("DeleteMetricAttribution", metricAttributionArn=arn)
    run_jobs()
    with pytest.raises(ResourceNotFoundException, match="The given metric attribution does not exist"):
        call("DescribeMetricAttribution", metricAttributionArn=arn)


def test_a_group_has_one(call, run_jobs, create):
    arn = create(metric("a"))
    with pytest.raises(ResourceAlreadyExistsException, match="already has a metric attribution"):
        create(metric("a"), name="other")
    with pytest.raises(ResourceAlreadyExistsException, match="Another resource with Arn"):
        create(metric("a"))
    run_jobs()
    call("DeleteMetricAttribution", metricAttributionArn=arn)
    run_jobs()
    create(metric("a"), name="other")


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("COUNT()", "must be SUM(Items.COLUMN), SUM(Interactions.COLUMN) or SAMPLECOUNT(), not 'COUNT()'."),
        ("SUM(Users.AGE)", "must be SUM(Items.COLUMN)"),
        ("SUM()", "must be SUM(Items.COLUMN)"),
        ("SUM(Items.PRICE) + 1", "must be SUM(Items.COLUMN)"),
        ("SUM(Items.PRICE)", "adds up Items.PRICE, and the dataset group has no Items dataset."),
        ("SUM(Interactions.NOPE)", "which is not in the schema; it has USER_ID, ITEM_ID,"),
        ("SUM(Interactions.EVENT_TYPE)", "which is of type string; it must be numeric."),
    ],
)
def test_an_expression_adds_up_a_column_of_numbers_or_counts(create, expression, sentence):
    with pytest.raises(InvalidInputException) as refused:
        create(metric("a", expression))
    assert sentence in str(refused.value)


def test_items_have_numbers_too_and_space_is_free(call, group, create):
    schema = call("CreateSchema", name="items", schema=samples.ITEMS)["schemaArn"]
    call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")
    create(metric("a", " sum ( ITEMS . price ) "), metric("b", "SampleCount( )"))


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        ([metric("a"), metric("A")], "metric name A is given twice"),
        ([metric("")], "needs a metricName that is not empty"),
        ([metric("a", event_type=" ")], "needs a eventType that is not empty"),
        ([metric(f"m{number}") for number in range(11)], "length less than or equal to 10"),
    ],
)
def test_metrics_are_ten_with_names_of_their_own(call, create, metrics, sentence):
    with pytest.raises(InvalidInputException, match=sentence):
        create(*metrics)
    assert call("ListMetricAttributions") == {"metricAttributions": []}


def test_the_interactions_say_of_what_type_they_are(call, run_jobs):
    group = call("CreateDatasetGroup", name="plain")["datasetGroupArn"]
    request = {"name": "m", "datasetGroupArn": group, "metrics": [metric("a")], "metricsOutputConfig": OUTPUT}
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("CreateMetricAttribution", **request)
    run_jobs()
    with pytest.raises(InvalidInputException, match="column EVENT_TYPE"):
        call("CreateMetricAttribution", **request)
    fields = (samples.text("USER_ID"), samples.text("ITEM_ID"), {"name": "TIMESTAMP", "type": "long"})
    schema = call("CreateSchema", name="plain", schema=samples.schema("Interactions", *fields))["schemaArn"]
    call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    with pytest.raises(InvalidInputException, match="column EVENT_TYPE"):
        call("CreateMetricAttribution", **request)
    with pytest.raises(ResourceNotFoundException, match="The given dataset group does not exist"):
        call("CreateMetricAttribution", **{**request, "datasetGroupArn": group + "x"})


def test_metrics_come_and_go(call, run_jobs, create, listed):
    arn = create(metric("a"), metric("b"))
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("UpdateMetricAttribution", metricAttributionArn=arn, removeMetrics=["a"])
    run_jobs()
    output = {"roleArn": OUTPUT["roleArn"]}
    answer = call(
        "UpdateMetricAttribution",
        metricAttributionArn=arn,
        addMetrics=[metric("c"), metric("A", "SUM(Interactions.EVENT_VALUE)")],
        removeMetrics=["a", "A"],
        metricsOutputConfig=output,
    )
    assert answer == {"metricAttributionArn": arn}
    assert listed(arn) == [metric("b"), metric("c"), metric("A", "SUM(Interactions.EVENT_VALUE)")]
    described = call("DescribeMetricAttribution", metricAttributionArn=arn)["metricAttribution"]
    assert (described["metricsOutputConfig"], described["status"]) == (output, "ACTIVE")
    call("UpdateMetricAttribution", metricAttributionArn=arn, removeMetrics=["a", "b", "c"])
    assert listed(arn) == []
    assert (
        call("DescribeMetricAttribution", metricAttributionArn=arn)["metricAttribution"]["metricsOutputConfig"]
        == output
    )


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"addMetrics": [metric("A")]}, ResourceAlreadyExistsException, "already has a metric A"),
        ({"addMetrics": [metric("x"), metric("X")]}, ResourceAlreadyExistsException, "already has a metric X"),
        ({"removeMetrics": ["x"]}, ResourceNotFoundException, "has no metric X to remove"),
        ({"addMetrics": [metric("x", "AVG(Items.PRICE)")]}, InvalidInputException, "SAMPLECOUNT"),
        ({"addMetrics": [metric(f"m{n}") for n in range(10)]}, InvalidInputException, "would have 11 metrics"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(call, run_jobs, create, listed, change, error, sentence):
    arn = create(metric("a"))
    run_jobs()
    with pytest.raises(error, match=sentence):
        call("UpdateMetricAttribution", metricAttributionArn=arn, **change)
    assert listed(arn) == [metric("a")]


def test_metrics_are_paged_while_others_come_and_go(call, run_jobs, create):
    arn = create(*(metric(f"m{number}") for number in range(5)))
    run_jobs()
    first = call("ListMetricAttributionMetrics", metricAttributionArn=arn, maxResults=2)
    change = {"addMetrics": [metric("new")], "removeMetrics": ["m0", "m1", "m3"]}
    call("UpdateMetricAttribution", metricAttributionArn=arn, **change)
    rest = call("ListMetricAttributionMetrics", metricAttributionArn=arn, nextToken=first["nextToken"])
    names = [[each["metricName"] for each in page["metrics"]] for page in (first, rest)]
    assert names == [["m0", "m1"], ["m2", "m4", "new"]]
    assert "nextToken" not in rest
    with pytest.raises(InvalidNextTokenException):
        call("ListMetricAttributions", nextToken=first["nextToken"])


def test_one_must_be_named_that_is_there(call, house):
    arn = house.place.arn("metric-attribution", "none")
    with pytest.raises(InvalidInputException, match="does not exist"):
        call("ListMetricAttributionMetrics", metricAttributionArn=arn)
    with pytest.raises(ResourceNotFoundException, match="does not exist"):
        call("UpdateMetricAttribution", metricAttributionArn=arn)
    for operation in ("ListMetricAttributionMetrics", "UpdateMetricAttribution"):
        with pytest.raises(InvalidInputException, match="metricAttributionArn is missing"):
            call(operation)
