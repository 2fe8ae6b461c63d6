import math

import pytest

from penchant.contract import model, validate


def faults(operation: str, request) -> list[str]:
    return list(validate.faults(request, model.operations()[operation].input_shape))


GROUP = "arn:aws:personalize:eu-west-1:000000000000:dataset-group/shop"


@pytest.mark.parametrize(
    ("operation", "request_", "words"),
    [
        ("CreateDatasetGroup", {}, "Value null at 'name' failed to satisfy constraint: Member must not be null"),
        ("CreateDatasetGroup", {"name": 5}, "Value '5' at 'name' failed to satisfy constraint: Member must be of type string"),
        ("CreateDatasetGroup", {"name": ""}, "Member must have length greater than or equal to 1"),
        ("CreateDatasetGroup", {"name": "a" * 64}, "Member must have length less than or equal to 63"),
        ("CreateDatasetGroup", {"name": "-a"}, "Member must satisfy regular expression pattern"),
        ("CreateDatasetGroup", {"name": "a\n"}, "Member must satisfy regular expression pattern"),
        ("CreateDatasetGroup", {"name": "a", "domain": "SHOES"}, "Member must satisfy enum value set: [ECOMMERCE, VIDEO_ON_DEMAND]"),
        ("CreateDatasetGroup", {"name": "a", "colour": 1}, "Value 'colour' at 'request'"),
        ("CreateDatasetGroup", {"name": "a", "tags": [{"tagKey": "k"}]}, "Value null at 'tags.1.member.tagValue'"),
        ("CreateDatasetGroup", {"name": "a", "tags": [{"tagKey": "k", "tagValue": "v", "x": 1}]}, "Value 'x' at 'tags.1.member'"),
        ("CreateDatasetGroup", {"name": "a", "tags": [None]}, "Value null at 'tags.1.member'"),
        ("ListCampaigns", {"maxResults": 101}, "Member must have value less than or equal to 100"),
        ("ListCampaigns", {"maxResults": True}, "Member must be of type integer"),
        ("CreateSolution", {"name": "a", "datasetGroupArn": GROUP, "performHPO": 1}, "Member must be of type boolean"),
        ("CreateSolution", {"name": "a", "datasetGroupArn": "nonsense"}, "Member must satisfy regular expression pattern"),
    ],
)  # fmt: skip
def test_each_constraint_is_told_in_amazons_words(operation, request_, words):
    assert any(words in fault for fault in faults(operation, request_))


def test_all_faults_are_told_at_once():
    found = faults("CreateDatasetGroup", {"name": "-", "domain": "X", "tags": [{"tagKey": ""}]})
    assert len(found) == 4
    assert validate.message(found).startswith("4 validation errors detected: ")
    assert validate.message(found[:1]).startswith("1 validation error detected: ")


def test_a_number_that_is_none_is_refused():
    event = {"eventType": "click", "sentAt": 1, "eventValue": math.nan}
    assert faults("PutEvents", {"trackingId": "t", "sessionId": "s", "eventList": [event]})


def test_null_means_absent_for_what_is_optional():
    assert faults("CreateDatasetGroup", {"name": "a", "domain": None}) == []


def test_java_classes_in_patterns_are_understood():
    tags = [{"tagKey": "größe", "tagValue": "eine Ü"}]
    assert faults("CreateDatasetGroup", {"name": "a", "tags": tags}) == []
    assert faults("CreateDatasetGroup", {"name": "a", "tags": [{"tagKey": "a!", "tagValue": ""}]})


def test_an_import_may_read_the_machines_own_files():
    request = {"jobName": "j", "datasetArn": GROUP, "dataSource": {"dataLocation": "file:///data/"}}
    assert faults("CreateDatasetImportJob", request) == []


def test_a_sensitive_value_is_not_repeated():
    request = {"name": "f", "datasetGroupArn": GROUP, "filterExpression": "secret" * 1000}
    (found,) = faults("CreateFilter", request)
    assert "secret" not in found


def test_a_long_value_is_quoted_in_part():
    (found,) = faults("CreateDatasetGroup", {"name": "a" * 5000})
    assert len(found) < 400
