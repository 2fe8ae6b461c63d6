import pytest

from penchant.contract import model
from penchant.contract.errors import InvalidInputException, NotBuiltException, UnknownOperationException
from penchant.operations.api import check
from penchant.operations.registry import OPERATIONS, operation


def test_what_is_not_built_says_so(call, capsys):
    missing = sorted(set(model.operations()) - set(OPERATIONS))
    with capsys.disabled():
        print(f"\n{len(OPERATIONS)} of {len(model.operations())} operations are built. Not yet: {', '.join(missing)}")
    for name in missing:
        with pytest.raises(NotBuiltException, match=name):
            call(name)


def test_what_amazon_does_not_have_is_unknown(call):
    with pytest.raises(UnknownOperationException, match="CreateMagic"):
        call("CreateMagic")


def test_a_request_is_checked_before_any_code_of_the_operation_runs(call):
    with pytest.raises(InvalidInputException, match="3 validation errors detected"):
        call("CreateDataset", name="-", datasetType="Items", schemaArn="x", datasetGroupArn="y")


def test_a_name_amazon_does_not_have_cannot_be_registered():
    with pytest.raises(ValueError, match="no operation"):
        operation("CreateMagic")
    with pytest.raises(ValueError, match="two functions"):
        operation("CreateSchema")(print)


def test_an_answer_that_the_model_does_not_allow_never_leaves_a_test():
    with pytest.raises(AssertionError, match="colour"):
        check(model.operations()["CreateSchema"], {"schemaArn": "arn:x", "colour": "red"})
    with pytest.raises(AssertionError, match="null"):
        check(model.operations()["ListTagsForResource"], {"tags": [{"tagKey": "k"}]})
