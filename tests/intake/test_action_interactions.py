import json
from typing import Any

import pytest

from penchant.intake import action_interactions as put
from penchant.intake.columns import Columns
from penchant.intake.notes import Refused
from penchant.intake.taken import Taken

from .conftest import NOW


def told(**members: Any) -> dict:
    every = {"actionId": "a1", "userId": "u1", "sessionId": "s1", "timestamp": NOW, "eventType": "Viewed", **members}
    return {name: value for name, value in every.items() if value is not None}


def taken(columns: Columns, *events: dict, strict: bool = False) -> list[Taken]:
    return put.taken(columns, {"trackingId": "t", "actionInteractions": list(events)}, strict=strict, now=NOW)


def test_everything_an_event_can_say(action_interactions: Columns) -> None:
    event = told(
        eventId="e1", recommendationId="R", impression=["a1", "a2"], properties='{"device": "phone", "colour": "red"}'
    )
    (found,) = taken(action_interactions, event)
    assert (found.subject, found.session, found.anonymous) == ("u1", "s1", False)
    (record,) = found.records
    assert json.loads(record.pop("_extra")) == {"RECOMMENDATION_ID": "R", "IMPRESSION": ["a1", "a2"], "colour": "red"}
    assert record == {
        "TIMESTAMP": NOW,
        "ACTION_ID": "a1",
        "EVENT_TYPE": "VIEWED",
        "DEVICE": "phone",
        "_event_id": "e1",
    }
    assert [note.reason for note in found.notes] == ['No column takes the property "colour". It is kept in _extra.']


@pytest.mark.parametrize(
    ("given", "stored"),
    [("Viewed", "VIEWED"), ("taken", "TAKEN"), ("Not Taken", "NOT_TAKEN"), ("NOT_TAKEN", "NOT_TAKEN")],
)
def test_event_types_in_every_spelling(action_interactions: Columns, given: str, stored: str) -> None:
    (found,) = taken(action_interactions, told(eventType=given))
    assert found.records[0]["EVENT_TYPE"] == stored and found.notes == []


@pytest.mark.parametrize("given", ["click", "NotTaken", "Viewed ", "ﬀ"])
def test_other_event_types_refuse_the_call(action_interactions: Columns, given: str) -> None:
    with pytest.raises(Refused, match=r"actionInteractions\.2\.member: eventType must be Viewed, Taken or Not Taken"):
        taken(action_interactions, told(), told(eventType=given))


def test_neighbours_of_one_visitor_are_together(action_interactions: Columns) -> None:
    found = taken(
        action_interactions,
        told(actionId="1"),
        told(actionId="2"),
        told(actionId="3", userId=None),
        told(actionId="4", sessionId="s2"),
        told(actionId="5"),
        told(actionId="6", userId=None, sessionId="null"),
        told(actionId="7", sessionId="null"),
    )
    assert [
        (each.subject, each.session, each.anonymous, [record["ACTION_ID"] for record in each.records]) for each in found
    ] == [
        ("u1", "s1", False, ["1", "2"]),
        ("s1", "s1", True, ["3"]),
        ("u1", "s2", False, ["4"]),
        ("u1", "s1", False, ["5"]),
        ("null", None, True, []),
        ("u1", None, False, ["7"]),
    ]
    assert [[note.outcome for note in each.notes] for each in found] == [[], [], [], [], ["dropped"], ["taken"]]


def test_the_rules_of_events_hold(action_interactions: Columns) -> None:
    with pytest.raises(Refused, match=r"^actionInteractions\.2\.member: timestamp must be a time: .* It is 'now'\.$"):
        taken(action_interactions, told(), told(timestamp="now"))
    with pytest.raises(Refused, match=r"^Error parsing properties json$"):
        taken(action_interactions, told(properties="[]"))
    with pytest.raises(Refused, match='The property "userId" is not allowed'):
        taken(action_interactions, told(properties='{"userId": "u2"}'), strict=True)
    with pytest.raises(Refused, match=r"actionInteractions\.1\.member: An event may have at most 10,240 bytes"):
        taken(action_interactions, told(impression=["é" * 256] * 25))


def test_the_action_repeated_in_the_properties(action_interactions: Columns) -> None:
    (found,) = taken(action_interactions, told(properties='{"actionId": "a1"}'))
    assert found.notes == [] and "_extra" not in found.records[0]
    (found,) = taken(action_interactions, told(properties='{"actionId": "a2"}'))
    assert found.records[0]["ACTION_ID"] == "a1" and json.loads(found.records[0]["_extra"]) == {"actionId": "a2"}
    assert len(found.notes) == 1
