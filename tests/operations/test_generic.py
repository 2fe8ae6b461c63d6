"""Describe, List, Delete and tags, on each kind of database."""

import pytest

from penchant.contract.arns import Place
from penchant.contract.errors import (
    InvalidInputException,
    InvalidNextTokenException,
    ResourceInUseException,
    ResourceNotFoundException,
    TooManyTagsException,
)
from penchant.resources.kinds import KINDS
from tests import samples
from tests.conftest import REGION


def group_arn(name: str) -> str:
    return Place("000000000000", REGION).arn("dataset-group", name)


def pages(call, operation: str, key: str, **request) -> list[list[dict]]:
    answers = [call(operation, **request)]
    while token := answers[-1].get("nextToken"):
        answers.append(call(operation, **request, nextToken=token))
    return [answer[key] for answer in answers]


def test_pages_join_to_the_whole_list(call_any):
    for number in range(7):
        call_any("CreateDatasetGroup", name=f"g{number}")
    found = pages(call_any, "ListDatasetGroups", "datasetGroups", maxResults=3)
    assert [[group["name"] for group in page] for page in found] == [["g0", "g1", "g2"], ["g3", "g4", "g5"], ["g6"]]
    assert len(pages(call_any, "ListDatasetGroups", "datasetGroups", maxResults=7)) == 1


def test_a_list_can_grow_and_shrink_between_pages(call_any, run_any_jobs):
    for number in range(4):
        call_any("CreateDatasetGroup", name=f"g{number}")
    run_any_jobs()
    first = call_any("ListDatasetGroups", maxResults=2)
    call_any("DeleteDatasetGroup", datasetGroupArn=group_arn("g1"))
    run_any_jobs()
    call_any("CreateDatasetGroup", name="g4")
    rest = call_any("ListDatasetGroups", nextToken=first["nextToken"])
    assert [group["name"] for group in rest["datasetGroups"]] == ["g2", "g3", "g4"]


def test_a_token_is_sealed_to_its_question(call, house):
    for number in range(3):
        call("CreateDatasetGroup", name=f"g{number}")
    token = call("ListDatasetGroups", maxResults=1)["nextToken"]
    for refused in (token[:-2] + "AA", "", "!", "AAAA", "é"):
        with pytest.raises((InvalidNextTokenException, InvalidInputException)):
            call("ListDatasetGroups", nextToken=refused)
    with pytest.raises(InvalidNextTokenException, match="token is not valid"):
        call("ListSchemas", nextToken=token)
    with pytest.raises(InvalidNextTokenException):
        call("ListDatasets", nextToken=token, datasetGroupArn=group_arn("g1"))
    from penchant.operations.api import Api

    with pytest.raises(InvalidNextTokenException):  # the same question of a caller in another region
        Api(house).call("ListDatasetGroups", {"nextToken": token}, Place("000000000000", "us-west-2"))


def test_an_unknown_parent_has_no_children(call):
    assert call("ListDatasets", datasetGroupArn=group_arn("none")) == {"datasets": []}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_can_be_asked_for_and_listed(call, kind):
    arn = Place("000000000000", REGION).arn(kind.arn_type or kind.name, "none")
    with pytest.raises(ResourceNotFoundException, match=arn):
        call(kind.describe, **{kind.arn_key: arn})
    assert call(kind.list) == {kind.plural: []}
    if kind.delete in ("DeleteDatasetGroup", "DeleteSchema"):
        with pytest.raises(ResourceNotFoundException, match=arn):
            call(kind.delete, **{kind.arn_key: arn})


def test_a_resource_of_another_region_is_not_there(call, house):
    from penchant.operations.api import Api

    call("CreateDatasetGroup", name="g")
    elsewhere = Place("000000000000", "us-west-2")
    with pytest.raises(ResourceNotFoundException):
        Api(house).call("DescribeDatasetGroup", {"datasetGroupArn": group_arn("g")}, elsewhere)
    assert Api(house).call("ListDatasetGroups", {}, elsewhere) == {"datasetGroups": []}


def test_a_delete_waits_its_turn_and_then_nothing_is_there(call_any, run_any_jobs):
    call_any("CreateDatasetGroup", name="g")
    with pytest.raises(ResourceInUseException, match="CREATE PENDING"):
        call_any("DeleteDatasetGroup", datasetGroupArn=group_arn("g"))
    run_any_jobs()
    assert call_any("DeleteDatasetGroup", datasetGroupArn=group_arn("g")) == {}
    assert (
        call_any("DescribeDatasetGroup", datasetGroupArn=group_arn("g"))["datasetGroup"]["status"] == "DELETE PENDING"
    )
    with pytest.raises(ResourceInUseException, match="DELETE PENDING"):
        call_any("DeleteDatasetGroup", datasetGroupArn=group_arn("g"))
    run_any_jobs()
    with pytest.raises(ResourceNotFoundException, match="The given dataset group does not exist"):
        call_any("DescribeDatasetGroup", datasetGroupArn=group_arn("g"))


def test_what_is_used_is_not_deleted(call, run_jobs):
    call("CreateDatasetGroup", name="g")
    run_jobs()
    schema = call("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    call("CreateDataset", name="d", datasetGroupArn=group_arn("g"), schemaArn=schema, datasetType="Interactions")
    run_jobs()
    for operation, request in (
        ("DeleteSchema", {"schemaArn": schema}),
        ("DeleteDatasetGroup", {"datasetGroupArn": group_arn("g")}),
    ):
        with pytest.raises(ResourceInUseException, match="dataset/g/INTERACTIONS"):
            call(operation, **request)


def test_tags_are_kept_counted_and_checked(call_any):
    arn = call_any("CreateDatasetGroup", name="g", tags=[{"tagKey": "a", "tagValue": "1"}])["datasetGroupArn"]
    call_any("TagResource", resourceArn=arn, tags=[{"tagKey": "b", "tagValue": ""}, {"tagKey": "a", "tagValue": "2"}])
    assert call_any("ListTagsForResource", resourceArn=arn)["tags"] == [
        {"tagKey": "a", "tagValue": "2"},
        {"tagKey": "b", "tagValue": ""},
    ]
    call_any("UntagResource", resourceArn=arn, tagKeys=["a"])
    assert call_any("ListTagsForResource", resourceArn=arn)["tags"] == [{"tagKey": "b", "tagValue": ""}]
    fifty = [{"tagKey": f"k{number}", "tagValue": "v"} for number in range(50)]
    with pytest.raises(TooManyTagsException, match="50"):
        call_any("TagResource", resourceArn=arn, tags=fifty)
    with pytest.raises(InvalidInputException, match="aws:"):
        call_any("TagResource", resourceArn=arn, tags=[{"tagKey": "aws:x", "tagValue": "v"}])
    with pytest.raises(InvalidInputException, match="once"):
        call_any("TagResource", resourceArn=arn, tags=[{"tagKey": "x", "tagValue": "v"}] * 2)
    with pytest.raises(ResourceNotFoundException):
        call_any("TagResource", resourceArn=group_arn("none"), tags=[])
    schema = call_any("CreateSchema", name="s", schema=samples.INTERACTIONS)["schemaArn"]
    with pytest.raises(InvalidInputException, match="schema cannot have tags"):
        call_any("TagResource", resourceArn=schema, tags=[])


def test_a_refused_creation_leaves_nothing(call_any, any_house):
    call_any("CreateDatasetGroup", name="g")
    with pytest.raises(Exception, match="already exists"):
        call_any("CreateDatasetGroup", name="g", tags=[{"tagKey": "a", "tagValue": "1"}])
    assert call_any("ListTagsForResource", resourceArn=group_arn("g"))["tags"] == []
    assert len(any_house.queues.client.list_workflows()) == 1
