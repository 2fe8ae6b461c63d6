from dataclasses import replace

import pytest

from penchant.contract.arns import Place
from penchant.contract.errors import (
    InvalidInputException,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from penchant.main import build_house
from penchant.resources import book
from penchant.resources.kinds import KINDS
from tests import samples
from tests.conftest import REGION, caller

BY_GENRE = "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)"
BOUGHT = 'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase")'


@pytest.fixture
def items(call, run_jobs, group) -> str:
    schema = call("CreateSchema", name="items", schema=samples.ITEMS)["schemaArn"]
    arn = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    return arn


def test_a_filter_becomes_active_and_is_told_as_it_was_sent(call, run_jobs, group, items):
    arn = call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=BY_GENRE)["filterArn"]
    assert arn == Place("000000000000", REGION).arn("filter", "f")
    assert call("DescribeFilter", filterArn=arn)["filter"]["status"] == "CREATE PENDING"
    run_jobs()
    described = call("DescribeFilter", filterArn=arn)["filter"]
    assert described == {
        "name": "f",
        "filterArn": arn,
        "datasetGroupArn": group,
        "filterExpression": BY_GENRE,
        "status": "ACTIVE",
        "creationDateTime": described["creationDateTime"],
        "lastUpdatedDateTime": described["lastUpdatedDateTime"],
    }


def test_a_list_of_filters_has_its_capital_letter_and_no_expressions(call, run_jobs, group, items):
    arns = [
        call("CreateFilter", name=name, datasetGroupArn=group, filterExpression=text)["filterArn"]
        for name, text in (("f", BY_GENRE), ("g", BOUGHT))
    ]
    run_jobs()
    found = call("ListFilters", datasetGroupArn=group)["Filters"]
    assert [each["filterArn"] for each in found] == arns
    assert all("filterExpression" not in each and each["status"] == "ACTIVE" for each in found)
    first = call("ListFilters", maxResults=1)
    assert [each["name"] for each in call("ListFilters", nextToken=first["nextToken"])["Filters"]] == ["g"]


def test_a_filter_is_deleted_and_its_name_is_free(call, run_jobs, group, items):
    request = {"name": "f", "datasetGroupArn": group, "filterExpression": BY_GENRE}
    arn = call("CreateFilter", **request)["filterArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("DeleteFilter", filterArn=arn)
    run_jobs()
    with pytest.raises(ResourceAlreadyExistsException, match=f"Another resource with Arn {arn} already exists"):
        call("CreateFilter", **request)
    call("DeleteFilter", filterArn=arn)
    assert call("DescribeFilter", filterArn=arn)["filter"]["status"] == "DELETE PENDING"
    run_jobs()
    with pytest.raises(ResourceNotFoundException, match="The given filter does not exist"):
        call("DescribeFilter", filterArn=arn)
    assert call("CreateFilter", **request)["filterArn"] == arn


def test_tags_come_with_a_filter(call, group, items):
    tags = [{"tagKey": "a", "tagValue": "b"}]
    arn = call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=BY_GENRE, tags=tags)["filterArn"]
    assert call("ListTagsForResource", resourceArn=arn)["tags"] == tags


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("INCLUDE", "Invalid Expression: the text ends too early at position 8. Expected ItemID, UserID or ActionID."),
        (
            "EXCLUDE ItemID WHERE Items.GENRE NOT IN ($x)",
            "Invalid input symbol: $x. Placeholders are not allowed with NOT_IN operator.",
        ),
        (
            'INCLUDE ItemID WHERE Items.NOPE IN ("a")',
            "Invalid Expression: field 'NOPE' at position 22 does not exist in the ITEMS dataset schema. "
            "It has ITEM_ID, GENRE, PRICE.",
        ),
        (
            BY_GENRE + " IF CurrentUser.AGE > 18",
            "Invalid Expression: CurrentUser.AGE at position 49 needs a dataset of type USERS. "
            "The dataset group has none; create it first.",
        ),
    ],
)
def test_an_expression_is_refused_in_amazons_words_and_leaves_nothing(call, group, items, text, sentence):
    with pytest.raises(InvalidInputException) as refused:
        call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=text)
    assert str(refused.value) == f"Could not create filter. {sentence}"
    assert call("ListFilters") == {"Filters": []}


def test_the_length_of_an_expression_is_amazons(call, group, items):
    def filter_of(length: int) -> str:
        start = 'INCLUDE ItemID WHERE Items.GENRE IN ("'
        return start + "a" * (length - len(start) - 2) + '")'

    call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=filter_of(2500))
    with pytest.raises(InvalidInputException, match="length less than or equal to 2500") as refused:
        call("CreateFilter", name="g", datasetGroupArn=group, filterExpression=filter_of(2501))
    assert "aaa" not in str(refused.value)  # the model calls expressions sensitive


def test_a_filter_needs_a_group_that_is_active(call, group):
    request = {"name": "f", "filterExpression": BOUGHT}
    with pytest.raises(ResourceNotFoundException, match="The given dataset group does not exist"):
        call("CreateFilter", **request, datasetGroupArn=group + "x")
    pending = call("CreateDatasetGroup", name="pending")["datasetGroupArn"]
    with pytest.raises(InvalidInputException, match="CREATE PENDING; it must be ACTIVE"):
        call("CreateFilter", **request, datasetGroupArn=pending)


def test_a_group_has_thirty_filters(call, group):
    for number in range(30):
        call("CreateFilter", name=f"f{number}", datasetGroupArn=group, filterExpression=BOUGHT)
    with pytest.raises(LimitExceededException, match="More than 30 resources in ACTIVE state"):
        call("CreateFilter", name="f30", datasetGroupArn=group, filterExpression=BOUGHT)


def test_all_filters_of_a_group_use_twenty_fields(call, run_jobs, group):
    columns = [{"name": f"N{number}", "type": "long"} for number in range(21)]
    schema = samples.schema("Items", samples.text("ITEM_ID"), *columns)
    schema_arn = call("CreateSchema", name="wide", schema=schema)["schemaArn"]
    call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema_arn, datasetType="Items")

    def create(name: str, numbers: range) -> str:
        text = "INCLUDE ItemID WHERE " + " AND ".join(f"Items.n{number} > 0" for number in numbers)
        return call("CreateFilter", name=name, datasetGroupArn=group, filterExpression=text)["filterArn"]

    first = create("first", range(10))
    create("second", range(10, 20))
    create("third", range(5, 15))  # nothing new
    with pytest.raises(LimitExceededException, match="would use 21 different fields; at most 20"):
        create("fourth", range(20, 21))
    run_jobs()
    call("DeleteFilter", filterArn=first)
    run_jobs()
    create("fourth", range(20, 21))


EXTENDED = "INCLUDE ItemID WHERE (Items.PRICE > 1 OR Items.GENRE IN ('a')) AND Items.ADULT = true"


def test_what_amazon_refuses_is_taken_where_the_setting_says_so(call, house, group):
    schema = samples.schema(
        "Items",
        samples.text("ITEM_ID"),
        samples.text("GENRE"),
        {"name": "PRICE", "type": "float"},
        {"name": "ADULT", "type": "boolean"},
    )
    schema_arn = call("CreateSchema", name="items", schema=schema)["schemaArn"]
    call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema_arn, datasetType="Items")
    for text in (EXTENDED, 'INCLUDE ItemID WHERE Items.ADULT IN ("true")'):
        with pytest.raises(InvalidInputException) as refused:
            call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=text)
        assert str(refused.value).startswith("Could not create filter. Invalid Expression: ")
        assert str(refused.value).endswith("Penchant takes it with PENCHANT_EXTENDED_FILTERS=true.")
    extended = caller(replace(house, extended_filters=True))
    arn = extended("CreateFilter", name="f", datasetGroupArn=group, filterExpression=EXTENDED)["filterArn"]
    assert call("DescribeFilter", filterArn=arn)["filter"]["filterExpression"] == EXTENDED
    # it stays a filter when the setting is taken back, and counts among the fields of the group
    call("CreateFilter", name="g", datasetGroupArn=group, filterExpression=BOUGHT)


def test_filters_are_extended_by_a_setting(settings):
    assert not settings.extended_filters
    house = build_house(settings.model_copy(update={"extended_filters": True}))
    assert house.extended_filters
    house.close()


@pytest.mark.parametrize("kind", ["batchInferenceJob", "batchSegmentJob"])
def test_a_filter_that_a_running_batch_job_uses_is_not_deleted(call, run_jobs, house, group, kind):
    arn = call("CreateFilter", name="f", datasetGroupArn=group, filterExpression=BOUGHT)["filterArn"]
    run_jobs()
    job_kind = KINDS[kind]
    job = house.place.arn(job_kind.arn_type, "j")
    with house.writing() as connection:
        book.enter(connection, job_kind, {job_kind.arn_key: job, "filterArn": arn, "status": "CREATE IN_PROGRESS"})
    with pytest.raises(ResourceInUseException, match=job):
        call("DeleteFilter", filterArn=arn)
    with house.writing() as connection:
        book.amend(connection, job_kind, job, status="ACTIVE")
    call("DeleteFilter", filterArn=arn)
