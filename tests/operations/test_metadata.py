"""Items, users and actions put one by one: strict about what they say, whole each time."""

import json

import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from penchant.lake.table import Table
from penchant.work.fold import fold
from tests import samples


@pytest.fixture
def items(call, run_jobs, group) -> str:
    schema = call("CreateSchema", name="items", schema=samples.ITEMS)["schemaArn"]
    arn = call("CreateDataset", name="i", datasetGroupArn=group, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    return arn


@pytest.fixture
def put(call, items):
    def put(*records: tuple[str, dict]) -> None:
        told = [{"itemId": item_id, "properties": json.dumps(properties)} for item_id, properties in records]
        assert call("PutItems", datasetArn=items, items=told) == {}

    return put


@pytest.fixture
def read(house, items):
    def read() -> list[tuple]:
        fold(house, items)
        return sorted(Table(house.dataset_folder(items)).read().collect().select("ITEM_ID", "GENRE", "PRICE").rows())

    return read


@pytest.fixture
def export(call, run_jobs, items, settings):
    names = iter(f"export{number}" for number in range(100))

    def export(mode: str) -> list[str]:
        name = next(names)
        call(
            "CreateDatasetExportJob",
            jobName=name,
            datasetArn=items,
            ingestionMode=mode,
            roleArn="arn:aws:iam::000000000000:role/r",
            jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        )
        run_jobs()
        text = (settings.data_dir / "buckets" / "bucket" / "out" / name / "ITEMS-part-00000.csv").read_text()
        return sorted(text.splitlines()[1:])

    return export


def test_a_record_replaces_the_one_before_it_whole(put, read):
    put(("i9", {"genre": "Books|Used", "price": 12.5}), ("i8", {"genre": "x"}))
    put(("i9", {"genre": "Books"}))
    assert read() == [("i8", "x", None), ("i9", "Books", None)]


def test_what_an_export_has_of_them(call, run_jobs, items, put, export, settings):
    """Test vector 24."""
    location = samples.put(settings.data_dir, "items.csv", "ITEM_ID,GENRE,PRICE\ni9,bulk,1.0\ni8,bulk,2.0\n")
    call("CreateDatasetImportJob", jobName="j", datasetArn=items, dataSource={"dataLocation": location})
    run_jobs()
    put(("i9", {"genre": "put", "price": 3.0}))
    assert export("ALL") == ["i8,bulk,2.0", "i9,put,3.0"]
    assert export("PUT") == ["i9,put,3.0"]
    assert export("BULK") == ["i8,bulk,2.0", "i9,bulk,1.0"]


def test_what_came_later_counts_even_if_it_was_written_down_earlier(call, run_jobs, items, put, read, settings):
    """An import begun after a record was accepted is newer, though the record is folded after it."""
    put(("i9", {"genre": "put"}))
    location = samples.put(settings.data_dir, "items.csv", "ITEM_ID,GENRE,PRICE\ni9,bulk,1.0\n")
    call("CreateDatasetImportJob", jobName="j", datasetArn=items, dataSource={"dataLocation": location})
    run_jobs()
    assert read() == [("i9", "bulk", 1.0)]


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ('{"genre": "x", "colour": "red"}', "colour"),
        ('{"genre": "x", "price": "dear"}', "price"),
        ('{"price": 1}', "GENRE"),
        ("[]", "^Error parsing properties json$"),
        ('{"genre": "x", "itemId": "other"}', "itemId"),
        (json.dumps({"genre": "x" * 1001}), "Length cannot be more than 1000 characters for GENRE"),
    ],
)
def test_what_is_refused(call, items, read, properties, sentence):
    told = [{"itemId": "good", "properties": '{"genre": "x"}'}, {"itemId": "bad", "properties": properties}]
    with pytest.raises(InvalidInputException, match=sentence):
        call("PutItems", datasetArn=items, items=told)
    fresh = {"itemId": "x", "properties": '{"genre": "x"}'}
    call("PutItems", datasetArn=items, items=[fresh])
    assert [row[0] for row in read()] == ["x"]


def test_the_wrong_dataset(call, items, dataset):
    """Test vector 39."""
    for operation, name in (("PutUsers", "userId"), ("PutActions", "actionId")):
        entry = [{name: "x"}]
        with pytest.raises(InvalidInputException, match="is of type ITEMS"):
            call(operation, datasetArn=items, **{f"{name[:-2]}s": entry})
    with pytest.raises(ResourceNotFoundException):
        call("PutItems", datasetArn=items.replace("/g/", "/other/"), items=[{"itemId": "x"}])


def test_a_dataset_that_is_on_its_way(call, run_jobs, group):
    schema = call("CreateSchema", name="users", schema=samples.USERS)["schemaArn"]
    arn = call("CreateDataset", name="u", datasetGroupArn=group, schemaArn=schema, datasetType="Users")["datasetArn"]
    user = {"userId": "u", "properties": '{"age": "42"}'}
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("PutUsers", datasetArn=arn, users=[user])
    run_jobs()
    assert call("PutUsers", datasetArn=arn, users=[user]) == {}


def test_a_wider_schema_finds_the_records_of_the_narrow_one(call, house, run_jobs, items, put, read):
    put(("old", {"genre": "x"}))
    fields = [*json.loads(samples.ITEMS)["fields"], {"name": "COLOUR", "type": ["null", "string"]}]
    wider = call("CreateSchema", name="wider", schema=samples.schema("Items", *fields))["schemaArn"]
    call("UpdateDataset", datasetArn=items, schemaArn=wider)
    run_jobs()
    house.pointers.known.clear()
    put(("new", {"genre": "x", "colour": "red"}))
    assert read() == [("new", "x", None), ("old", "x", None)]
    colours = Table(house.dataset_folder(items)).read().select("ITEM_ID", "COLOUR").collect().rows()
    assert sorted(colours) == [("new", "red"), ("old", None)]
