"""A wider schema takes the place of an old one: what it may change, and what is held and told meanwhile."""

import json

import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from penchant.jobs.job import Job
from penchant.lake.table import Table, TableBusy
from penchant.work.update_dataset import update_dataset
from tests import samples

STOCK = {"name": "STOCK", "type": ["null", "int"]}


def wider(*more: dict, **changes: dict) -> str:
    """The Items schema with more fields, and with some of its own replaced (None: left out)."""
    document = json.loads(samples.ITEMS)
    fields = [changes.get(field["name"], field) for field in document["fields"]]
    return json.dumps({**document, "fields": [field for field in (*fields, *more) if field]})


@pytest.fixture
def items(call, run_jobs, settings) -> str:
    group = call("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="old", schema=samples.ITEMS)["schemaArn"]
    arn = call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Items")["datasetArn"]
    run_jobs()
    return arn


@pytest.fixture
def load(call, run_jobs, items, settings):
    def load(name: str, content: str, mode: str = "FULL") -> dict:
        location = samples.put(settings.data_dir, f"{name}.csv", content)
        arn = call(
            "CreateDatasetImportJob",
            jobName=name,
            datasetArn=items,
            dataSource={"dataLocation": location},
            importMode=mode,
        )["datasetImportJobArn"]
        run_jobs()
        return call("DescribeDatasetImportJob", datasetImportJobArn=arn)["datasetImportJob"]

    return load


@pytest.fixture
def schema(call):
    names = iter(f"new{number}" for number in range(100))
    return lambda text: call("CreateSchema", name=next(names), schema=text)["schemaArn"]


def described(call, arn: str) -> dict:
    return call("DescribeDataset", datasetArn=arn)["dataset"]


def test_a_schema_gets_a_column(call, run_jobs, items, load, schema, house):
    assert load("one", "ITEM_ID,GENRE,PRICE\na,x,1\n")["status"] == "ACTIVE"
    old, new = described(call, items)["schemaArn"], schema(wider(STOCK))
    assert "latestDatasetUpdate" not in described(call, items)
    assert call("UpdateDataset", datasetArn=items, schemaArn=new) == {"datasetArn": items}

    pending = described(call, items)
    assert (pending["status"], pending["schemaArn"]) == ("UPDATE PENDING", old)
    assert pending["latestDatasetUpdate"]["schemaArn"] == new
    assert pending["latestDatasetUpdate"]["status"] == "UPDATE PENDING"
    for arn in (old, new):
        with pytest.raises(ResourceInUseException):
            call("DeleteSchema", schemaArn=arn)
    with pytest.raises(ResourceInUseException, match="UPDATE PENDING"):
        call("UpdateDataset", datasetArn=items, schemaArn=new)

    run_jobs()
    done = described(call, items)
    assert (done["status"], done["schemaArn"]) == ("ACTIVE", new)
    assert done["latestDatasetUpdate"].keys() == {"schemaArn", "status", "creationDateTime", "lastUpdatedDateTime"}
    assert done["latestDatasetUpdate"]["status"] == "ACTIVE"
    call("DeleteSchema", schemaArn=old)
    with pytest.raises(ResourceInUseException):
        call("DeleteSchema", schemaArn=new)

    assert load("two", "ITEM_ID,GENRE,PRICE,STOCK\nb,y,2,7\n", "INCREMENTAL")["status"] == "ACTIVE"
    rows = Table(house.dataset_folder(items)).read().select("ITEM_ID", "STOCK").collect().rows()
    assert sorted(rows) == [("a", None), ("b", 7)]


def test_without_a_table_only_the_schema_changes(call, run_jobs, items, schema, house):
    new = schema(wider(STOCK))
    call("UpdateDataset", datasetArn=items, schemaArn=new)
    run_jobs()
    assert described(call, items)["schemaArn"] == new
    assert not Table(house.dataset_folder(items)).exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (wider(PRICE=None), "The field PRICE is missing"),
        (wider(PRICE={"name": "PRICE", "type": ["double", "null"]}), "The field PRICE differs"),
        (wider(PRICE={"name": "PRICE", "type": "float"}), "The field PRICE differs"),
        (wider(GENRE=samples.text("GENRE")), "The field GENRE differs"),
        (wider({"name": "STOCK", "type": "int"}), "The new field STOCK must allow null"),
        (samples.USERS, "It describes USERS, not ITEMS"),
    ],
    ids=["removed", "retyped", "null-refused", "attribute", "required", "another-type"],
)
def test_a_schema_may_only_add_columns_that_allow_null(call, run_jobs, items, schema, text, words):
    before = described(call, items)
    with pytest.raises(InvalidInputException, match=words):
        call("UpdateDataset", datasetArn=items, schemaArn=schema(text))
    run_jobs()
    assert described(call, items) == before


def test_all_faults_are_told_at_once(call, items, schema):
    text = wider({"name": "STOCK", "type": "int"}, {"name": "SIZE", "type": "int"}, PRICE=None)
    with pytest.raises(InvalidInputException, match=r"PRICE is missing.*STOCK must allow null.*SIZE must allow null"):
        call("UpdateDataset", datasetArn=items, schemaArn=schema(text))


def test_only_items_and_users(call, run_jobs, dataset):
    schema = call("CreateSchema", name="again", schema=samples.INTERACTIONS)["schemaArn"]
    with pytest.raises(InvalidInputException, match="type INTERACTIONS cannot be replaced"):
        call("UpdateDataset", datasetArn=dataset, schemaArn=schema)


def test_a_schema_of_another_domain(call, items):
    shop = json.loads(wider(STOCK))
    shop["fields"] += [samples.text("CATEGORY_L1", categorical=True)]
    shop["fields"] = [{**f, "type": "float"} if f["name"] == "PRICE" else f for f in shop["fields"]]
    arn = call("CreateSchema", name="shop", schema=json.dumps(shop), domain="ECOMMERCE")["schemaArn"]
    with pytest.raises(InvalidInputException, match="made for ECOMMERCE dataset groups, not for custom ones"):
        call("UpdateDataset", datasetArn=items, schemaArn=arn)


def test_both_must_be_there_and_at_rest(call, run_jobs, items, schema, settings):
    new = schema(wider(STOCK))
    with pytest.raises(ResourceNotFoundException):
        call("UpdateDataset", datasetArn=items, schemaArn=f"{new}x")
    with pytest.raises(ResourceNotFoundException):
        call("UpdateDataset", datasetArn=f"{items}x", schemaArn=new)
    location = samples.put(settings.data_dir, "items.csv", "ITEM_ID,GENRE,PRICE\na,x,1\n")
    call("CreateDatasetImportJob", jobName="j", datasetArn=items, dataSource={"dataLocation": location})
    with pytest.raises(ResourceInUseException, match="dataset-import-job/j"):
        call("UpdateDataset", datasetArn=items, schemaArn=new)
    run_jobs()
    call("UpdateDataset", datasetArn=items, schemaArn=new)
    with pytest.raises(ResourceInUseException, match="UPDATE PENDING"):
        call("CreateDatasetImportJob", jobName="k", datasetArn=items, dataSource={"dataLocation": location})
    with pytest.raises(ResourceInUseException, match="UPDATE PENDING"):
        call("DeleteDataset", datasetArn=items)


def test_a_failed_update_changes_nothing_and_lets_go_of_the_schema(call, run_jobs, items, load, schema, monkeypatch):
    load("one", "ITEM_ID,GENRE,PRICE\na,x,1\n")
    old, new = described(call, items)["schemaArn"], schema(wider(STOCK))

    def busy(self, schema):
        raise TableBusy("The table was changed by others.")

    with monkeypatch.context() as patched:
        patched.setattr(Table, "add_columns", busy)
        call("UpdateDataset", datasetArn=items, schemaArn=new)
        run_jobs()
    failed = described(call, items)
    assert (failed["status"], failed["schemaArn"]) == ("ACTIVE", old)
    assert failed["latestDatasetUpdate"]["status"] == "UPDATE FAILED"
    assert failed["latestDatasetUpdate"]["failureReason"] == "The table was changed by others."
    assert "failureReason" not in failed
    call("UpdateDataset", datasetArn=items, schemaArn=new)
    run_jobs()
    assert described(call, items)["schemaArn"] == new


def test_the_work_may_run_twice(call, run_jobs, items, load, schema, house):
    load("one", "ITEM_ID,GENRE,PRICE\na,x,1\n")
    new = schema(wider(STOCK))
    call("UpdateDataset", datasetArn=items, schemaArn=new)
    job = Job("id", "dataset.update", items, 1, lambda fraction, sentence: None)
    update_dataset(job, house)
    run_jobs()
    assert described(call, items)["schemaArn"] == new
    assert Table(house.dataset_folder(items)).version() == 1
