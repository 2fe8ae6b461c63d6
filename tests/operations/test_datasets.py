import pytest

from penchant.contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from tests import samples


@pytest.fixture
def group(call, run_jobs) -> str:
    arn = call("CreateDatasetGroup", name="g")["datasetGroupArn"]
    run_jobs()
    return arn


def test_a_schema_comes_back_exactly_as_it_was_sent(call):
    spaced = samples.INTERACTIONS.replace(", ", " ,  ")
    arn = call("CreateSchema", name="s", schema=spaced)["schemaArn"]
    described = call("DescribeSchema", schemaArn=arn)["schema"]
    assert described["schema"] == spaced
    assert "status" not in described


@pytest.mark.parametrize(
    "text", ['{"type":"record"}', "not json", "[]", samples.schema("Interactions", samples.text("A"))]
)
def test_a_schema_that_is_none_is_refused_with_a_sentence(call, text):
    with pytest.raises(InvalidInputException) as refused:
        call("CreateSchema", name="s", schema=text)
    assert str(refused.value).endswith(".")
    assert call("ListSchemas") == {"schemas": []}


def test_a_domain_group_says_its_domain(call):
    answer = call("CreateDatasetGroup", name="shop", domain="ECOMMERCE")
    assert answer["domain"] == "ECOMMERCE"


def test_role_and_key_belong_together(call):
    with pytest.raises(InvalidInputException, match="belong together"):
        call("CreateDatasetGroup", name="g", roleArn="arn:aws:iam::000000000000:role/r")


def test_a_dataset_is_named_after_its_group_and_type(call, group):
    schema = call("CreateSchema", name="s", schema=samples.ITEMS)["schemaArn"]
    arn = call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="iTeMs")["datasetArn"]
    assert arn.endswith(":dataset/g/ITEMS")
    described = call("DescribeDataset", datasetArn=arn)["dataset"]
    assert (described["name"], described["datasetType"]) == ("d", "ITEMS")
    with pytest.raises(Exception, match="already exists"):
        call("CreateDataset", name="e", datasetGroupArn=group, schemaArn=schema, datasetType="ITEMS")


def test_a_dataset_needs_a_group_that_is_active_and_a_schema_that_fits(call, group):
    schema = call("CreateSchema", name="s", schema=samples.ITEMS)["schemaArn"]
    request = {"name": "d", "datasetGroupArn": group, "schemaArn": schema, "datasetType": "Items"}
    with pytest.raises(InvalidInputException, match="describes ITEMS"):
        call("CreateDataset", **{**request, "datasetType": "Users"})
    with pytest.raises(InvalidInputException, match="is not a dataset type"):
        call("CreateDataset", **{**request, "datasetType": "Shoes"})
    with pytest.raises(ResourceNotFoundException):
        call("CreateDataset", **{**request, "schemaArn": schema + "x"})
    with pytest.raises(ResourceNotFoundException):
        call("CreateDataset", **{**request, "datasetGroupArn": group + "x"})
    pending = call("CreateDatasetGroup", name="pending")["datasetGroupArn"]
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call("CreateDataset", **{**request, "datasetGroupArn": pending})


def test_a_domain_group_takes_schemas_of_its_domain(call, run_jobs):
    shop = call("CreateDatasetGroup", name="shop", domain="ECOMMERCE")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    with pytest.raises(InvalidInputException, match="custom"):
        call("CreateDataset", name="d", datasetGroupArn=shop, schemaArn=schema, datasetType="Interactions")
