"""The quick yes agrees with the slow walk: never yes where that finds a fault or takes something away."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.contract import model, quick, validate
from tests.operations import requests

OPERATIONS = model.operations()
EVENT = {"eventType": "click", "sentAt": 1_553_631_760, "itemId": "i"}
EVENTS = {"trackingId": "t", "sessionId": "s", "userId": "u", "eventList": [EVENT]}


def says_yes(name: str, request) -> bool:
    return quick.checker(OPERATIONS[name].input_shape)(request)


@given(st.sampled_from(sorted(OPERATIONS)).flatmap(lambda name: st.tuples(st.just(name), asked(name))))
def test_a_yes_is_right(asked):
    name, request = asked
    shape = OPERATIONS[name].input_shape
    if says_yes(name, request):
        assert list(validate.faults(request, shape)) == []
        assert model.project(request, shape) == request


def asked(name: str) -> st.SearchStrategy:
    shape = OPERATIONS[name].input_shape
    return st.one_of(requests.valid(shape), requests.broken(shape))


@pytest.mark.parametrize(
    ("name", "request_"),
    [
        ("PutEvents", EVENTS),
        ("PutEvents", {**EVENTS, "eventList": [{**EVENT, "sentAt": 1.5, "eventValue": 4, "properties": "{}"}] * 10}),
        ("GetRecommendations", {"campaignArn": "arn:aws:personalize:eu-west-1:000000000000:campaign/c", "userId": "u"}),
        ("PutItems", {"datasetArn": "arn:aws:personalize:r:000000000000:dataset/g/ITEMS", "items": [{"itemId": "a"}]}),
    ],
)
def test_it_says_yes_where_it_matters(name, request_):
    assert says_yes(name, request_)


@pytest.mark.parametrize(
    "change",
    [
        {"userId": None},  # means absent, which only the slow walk takes away
        {"other": 1},
        {"sessionId": ""},
        {"sessionId": "x" * 257},
        {"eventList": []},
        {"eventList": [EVENT] * 11},
        {"eventList": [{**EVENT, "eventValue": math.nan}]},
        {"eventList": [{**EVENT, "sentAt": math.inf}]},
        {"eventList": [{**EVENT, "itemId": 5}]},
        {"eventList": [{**EVENT, "eventValue": True}]},
        {"eventList": [{"eventType": "click"}]},
    ],
)
def test_it_says_no(change):
    assert not says_yes("PutEvents", {**EVENTS, **change})
    assert not says_yes("PutEvents", [EVENTS])


def test_a_pattern_is_for_the_whole_value():
    arn = "arn:aws:personalize:eu-west-1:000000000000:campaign/c"
    for text in (arn + "\n", "x" + arn):
        assert not says_yes("GetRecommendations", {"campaignArn": text})
