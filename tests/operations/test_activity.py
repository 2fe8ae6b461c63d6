"""What is busy now: imported, folded and just accepted events count alike."""

import time

import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from penchant.operations.activity import busiest
from penchant.work.fold import fold
from tests import samples
from tests.operations.test_events import send, tracking_id  # noqa: F401


def test_events_of_every_way_in_are_counted(house, load, dataset, group, send):  # noqa: F811
    now = int(time.time())
    rows = [("u", "old", now - 7200 - number, "click", 1.0) for number in range(1000)]
    load(samples.csv([*rows, ("u", "imported", now - 60, "click", 1.0)]))
    send("folded", "folded", sentAt=now)
    send("folded", user="another", sentAt=now - 5)
    fold(house, dataset)
    send("accepted", "accepted", "imported", None, sentAt=now - 10)
    assert [(item["itemId"], item["events"], item["users"]) for item in busiest(house, group, 1)] == [
        ("folded", 3, 2),
        ("accepted", 2, 1),
        ("imported", 2, 2),
    ]
    assert busiest(house, group, 1)[0]["newest"] == now
    assert busiest(house, group, 24)[0]["itemId"] == "old"


def test_nothing_there_yet(house, group):
    assert busiest(house, group, 1) == []


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf"), 1e9])
def test_a_time_that_is_none(house, group, hours):
    with pytest.raises(InvalidInputException, match="hours"):
        busiest(house, group, hours)


def test_a_group_that_does_not_exist(house, group):
    with pytest.raises(ResourceNotFoundException):
        busiest(house, group + "x", 1)
