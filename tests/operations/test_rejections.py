"""Nothing is left out in silence: each kind of it is counted, with an example."""

import json

import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from penchant.operations.rejections import listed
from tests import samples
from tests.operations.test_events import tracking_id  # noqa: F401


@pytest.fixture
def send(call, tracking_id):  # noqa: F811
    def send(session: str = "s", **event) -> None:
        event = {"eventType": "c", "sentAt": 1_700_000_000, "itemId": "a", **event}
        call("PutEvents", trackingId=tracking_id, sessionId=session, eventList=[event])

    return send


def kinds(house, group_arn=None) -> list[tuple[str, str, str, int]]:
    house.writer.submit([]).result()  # nobody waits for the counting of a refusal
    return [(each["operation"], each["outcome"], each["reason"], each["count"]) for each in listed(house, group_arn)]


def test_what_is_taken_whole_is_not_listed(house, send, group):
    send()
    assert kinds(house) == kinds(house, group) == []


def test_what_amazon_drops_without_a_word(house, send, group):
    send(session="null")
    send(session="null")
    ((operation, outcome, reason, count),) = kinds(house, group)
    assert (operation, outcome, count) == ("PutEvents", "dropped", 2)
    assert "null" in reason


def test_what_is_taken_in_part(house, send, group):
    send(properties=json.dumps({"colour": "red"}))
    ((_, outcome, reason, count),) = kinds(house, group)
    assert (outcome, count) == ("taken", 1) and "colour" in reason
    (entry,) = listed(house, group)
    assert entry["dataset"].endswith("dataset/g/INTERACTIONS") and "red" in entry["example"]
    assert entry["first"] == entry["last"]


def test_what_is_refused(call, house, send, group):
    with pytest.raises(InvalidInputException):
        send(properties="{bad")
    with pytest.raises(InvalidInputException):
        send(eventType="")
    with pytest.raises(InvalidInputException):
        call("PutEvents", trackingId="nope", sessionId="s", eventList=[{"eventType": "c", "sentAt": 1}])
    with pytest.raises(ResourceNotFoundException):
        call("PutItems", datasetArn=group.replace("dataset-group/g", "dataset/g/ITEMS"), items=[{"itemId": "a"}])
    assert sorted(kind[:2] for kind in kinds(house)) == [("PutEvents", "refused")] * 3 + [("PutItems", "refused")]
    of_group = [kind[2] for kind in kinds(house, group)]
    assert len(of_group) == 2  # the others name no dataset of it
    assert "Error parsing properties json" in of_group


def test_values_do_not_multiply_the_kinds(house, send):
    for number in range(5):
        with pytest.raises(InvalidInputException):
            send(eventType="x" * (300 + number))
    assert [kind[3] for kind in kinds(house)] == [5]


def test_a_group_that_does_not_exist(house, group):
    with pytest.raises(ResourceNotFoundException):
        listed(house, group + "x")


def test_a_deletion_of_users_blanks_the_examples(call, run_jobs, house, send, group, settings):
    send(properties=json.dumps({"name": "Anna"}))
    house.writer.submit([]).result()
    samples.put(settings.data_dir, "gone/users.csv", "USER_ID\nanna\n")
    call(
        "CreateDataDeletionJob",
        jobName="d",
        datasetGroupArn=group,
        dataSource={"dataLocation": "s3://bucket/gone/"},
        roleArn="arn:aws:iam::000000000000:role/r",
    )
    run_jobs()
    assert [(each["count"], each["example"]) for each in listed(house, group)] == [(1, "")]
