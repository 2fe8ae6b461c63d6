import json
from dataclasses import dataclass
from typing import Any

import pytest

from penchant.contract.errors import InvalidInputException
from penchant.intake import interactions as put
from penchant.intake.columns import Columns
from penchant.intake.notes import Refused
from penchant.intake.taken import Taken

from .conftest import EVENT, NOW, Schema, event, nullable, put_events, required, samples


def taken(columns: Columns, *events: dict, strict: bool = False, **members: Any) -> Taken:
    return put.taken(columns, put_events(*events, **members), strict=strict, now=NOW)


CAMPAIGN = "arn:aws:personalize:us-east-1:000000000000:campaign/c"


@dataclass
class Answered:
    items: list[str]
    source: str = CAMPAIGN


def taken_after(columns: Columns, shown: dict[str, list[str]], *events: dict) -> Taken:
    """`shown` are the items of lists that were answered, by recommendationId."""
    return put.taken(
        columns,
        put_events(*events),
        strict=True,
        now=NOW,
        shown=lambda recommendation_id: Answered(shown[recommendation_id]) if recommendation_id in shown else None,
    )


def refused(columns: Columns, *events: dict, strict: bool = False, **members: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        taken(columns, *events, strict=strict, **members)
    assert isinstance(caught.value, InvalidInputException) and caught.value.code == "InvalidInputException"
    return caught.value


def reasons(found: Taken, outcome: str = "taken") -> list[str]:
    assert {note.outcome for note in found.notes} <= {outcome}
    return [note.reason for note in found.notes]


def extra(found: Taken, place: int = 0) -> dict:
    return json.loads(found.records[place]["_extra"])


def test_everything_an_event_can_say(interactions: Columns) -> None:
    told = event(
        {"device": "phone", "numRatings": "4", "price": 12, "isMember": "true"},
        eventValue=1.5,
        eventId="e1",
        recommendationId="RID-1",
        impression=["i1", "i2"],
        metricAttribution={"eventAttributionSource": "home"},
    )
    assert taken(interactions, told) == Taken(
        "u1",
        "s1",
        False,
        [
            {
                "TIMESTAMP": NOW,
                "ITEM_ID": "i1",
                "EVENT_TYPE": "click",
                "EVENT_VALUE": 1.5,
                "IMPRESSION": "i1|i2",
                "RECOMMENDATION_ID": "RID-1",
                "EVENT_ATTRIBUTION_SOURCE": "home",
                "DEVICE": "phone",
                "NUM_RATINGS": 4,
                "PRICE": 12.0,
                "IS_MEMBER": True,
                "_event_id": "e1",
            }
        ],
        [],
    )


def test_what_the_schema_lacks_is_kept_in_extra_without_a_note(plain: Columns) -> None:
    told = event(
        eventValue=3,
        recommendationId="RID-1",
        impression=["i|1", "i2"],
        metricAttribution={"eventAttributionSource": "h" * 1024},
    )
    found = taken(plain, told)
    assert found.notes == []
    assert found.records[0].keys() == {"TIMESTAMP", "ITEM_ID", "_extra"}
    assert extra(found) == {
        "EVENT_TYPE": "click",
        "EVENT_VALUE": 3.0,
        "RECOMMENDATION_ID": "RID-1",
        "IMPRESSION": ["i|1", "i2"],
        "EVENT_ATTRIBUTION_SOURCE": "h" * 1024,
    }


def test_events_keep_their_order(interactions: Columns) -> None:
    found = taken(interactions, *(event(itemId=f"i{n}", sentAt=NOW - n) for n in range(10)))
    assert [record["ITEM_ID"] for record in found.records] == [f"i{n}" for n in range(10)]


# Whose it is.


@pytest.mark.parametrize(
    ("user", "session", "whose"),
    [("u1", "s1", ("u1", "s1", False)), (None, "s1", ("s1", "s1", True)), ("s1", "s1", ("s1", "s1", False))],
)
def test_without_a_user_the_session_is_the_subject(interactions: Columns, user, session, whose) -> None:
    found = taken(interactions, event(), userId=user, sessionId=session)
    assert (found.subject, found.session, found.anonymous) == whose
    assert len(found.records) == 1 and found.notes == []


def test_the_session_null_is_none_where_there_is_a_user(interactions: Columns) -> None:
    found = taken(interactions, event(), sessionId="null")
    assert (found.subject, found.session, found.anonymous) == ("u1", None, False)
    assert len(found.records) == 1
    assert reasons(found) == ['The sessionId is the text "null". The event was stored without a session.']


def test_the_session_null_without_a_user_drops_every_event(interactions: Columns) -> None:
    found = taken(interactions, event(), event({"colour": "red"}, itemId=None), userId=None, sessionId="null")
    assert found.records == [] and found.session is None
    assert all("all visitors would share one history" in reason for reason in reasons(found, "dropped"))
    assert len(found.notes) == 2


def test_a_bad_event_is_refused_even_where_all_would_be_dropped(interactions: Columns) -> None:
    refused(interactions, event(), event(sentAt="x"), userId=None, sessionId="null")


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"sessionId": "undefined"}, "sessionId"),
        ({"sessionId": "undefined", "userId": None}, "sessionId"),
        ({"userId": "null"}, "userId"),
        ({"userId": "undefined"}, "userId"),
    ],
)
def test_other_ids_that_are_none_are_taken_with_a_note(interactions: Columns, members: dict, word: str) -> None:
    found = taken(interactions, event(), **members)
    assert len(found.records) == 1 and found.session == members.get("sessionId", "s1")
    (reason,) = reasons(found)
    assert reason.startswith(f"The {word} is the text ")


@pytest.mark.parametrize("session", ["NULL", "Null", " null", "none"])
def test_only_the_very_text_null_is_no_session(interactions: Columns, session: str) -> None:
    assert taken(interactions, event(), userId=None, sessionId=session).subject == session


# When it was.


def test_times_are_stored_in_whole_seconds(interactions: Columns) -> None:
    found = taken(interactions, *(event(sentAt=each) for each in (NOW + 0.9, str(NOW), "2019-03-26T20:22:40Z")))
    assert [record["TIMESTAMP"] for record in found.records] == [NOW, NOW, 1553631760]
    assert found.notes == []


def test_strange_times_are_stored_with_a_note(interactions: Columns) -> None:
    found = taken(interactions, event(sentAt=NOW * 1000), event(sentAt=0), event(sentAt=NOW + 90_000))
    assert [record["TIMESTAMP"] for record in found.records] == [NOW * 1000, 0, NOW + 90_000]
    assert len(reasons(found)) == 3


def test_what_is_no_time_refuses_the_call_and_names_the_event(interactions: Columns) -> None:
    error = refused(interactions, event(), event(), event(sentAt="yesterday"))
    assert str(error) == (
        "eventList.3.member: sentAt must be a time: seconds since 1970 that fit into 64 bits, or ISO 8601. "
        "It is 'yesterday'."
    )
    assert (error.note.outcome, error.note.reason) == (
        "refused",
        "sentAt must be a time: seconds since 1970 that fit into 64 bits, or ISO 8601.",
    )
    assert json.loads(error.note.example) == event(sentAt="yesterday")


# Which item.


def test_the_item_may_be_in_the_properties(interactions: Columns) -> None:
    found = taken(
        interactions,
        event({"itemId": "i2"}, itemId=None),
        event({"itemId": 12}, itemId=None),
        event({"ITEM_ID": "i3"}, itemId=None),
        event({"itemId": "i1"}),
    )
    assert [record["ITEM_ID"] for record in found.records] == ["i2", "12", "i3", "i1"]
    assert found.notes == []


def test_the_item_of_the_event_beats_that_of_its_properties(interactions: Columns) -> None:
    found = taken(interactions, event({"itemId": "i2"}))
    assert found.records[0]["ITEM_ID"] == "i1" and extra(found) == {"itemId": "i2"}
    assert reasons(found) == [
        'The property "itemId" differs from what ITEM_ID has already. It is kept in _extra.'
    ]  # fmt: skip


@pytest.mark.parametrize("properties", [None, {}, {"itemId": ""}, {"itemId": None}])
def test_without_an_item_an_event_only_links_its_session(interactions: Columns, properties: Any) -> None:
    found = taken(interactions, event(properties, itemId=None))
    assert taken(interactions, event(properties, itemId="")).records == found.records
    assert found.records == [{"TIMESTAMP": NOW, "EVENT_TYPE": "click"}]
    assert reasons(found) == [put.LINK]


@pytest.mark.parametrize("members", [{"userId": None}, {"sessionId": "null"}])
def test_without_an_item_and_a_link_an_event_is_dropped(interactions: Columns, members: dict) -> None:
    found = taken(interactions, event(), event({"colour": "red"}, itemId=None), **members)
    assert len(found.records) == 1
    (note,) = [note for note in found.notes if note.outcome == "dropped"]
    assert note.reason == put.NOTHING and json.loads(note.example) == event({"colour": "red"}, itemId=None)
    assert not any("colour" in note.reason for note in found.notes)  # what is dropped is not told as taken


@pytest.mark.parametrize("item", [5.5, True, ["i1"], {"id": "i1"}])
def test_an_item_of_another_type_is_none(interactions: Columns, item: Any) -> None:
    found = taken(interactions, event({"itemId": item}, itemId=None))
    assert "ITEM_ID" not in found.records[0] and extra(found) == {"itemId": item}
    assert reasons(found) == [
        'The property "itemId" cannot be read as id, for the column ITEM_ID. The column is null. It is kept in _extra.',
        put.LINK,
    ]
    refused(interactions, event({"itemId": item}, itemId=None), strict=True)


def test_an_item_that_is_too_long_refuses_the_call(interactions: Columns) -> None:
    assert len(taken(interactions, event({"itemId": "i" * 256}, itemId=None)).records) == 1
    error = refused(interactions, event({"itemId": "i" * 257}, itemId=None))
    assert str(error).startswith('eventList.1.member: The property "itemId": Length cannot be more than 256 characters')


# What it is worth.


@pytest.mark.parametrize(
    ("members", "value"),
    [
        ({"eventValue": 2}, 2.0),
        ({"eventValue": 0}, 0.0),
        ({"eventValue": 2, "properties": '{"eventValue": 2.0}'}, 2.0),
        ({"properties": '{"eventValue": "4"}'}, 4.0),
        ({"properties": '{"event_value": 4.5}'}, 4.5),
        ({"properties": '{"eventValue": ""}'}, None),
    ],
)
def test_the_value_may_be_in_the_properties(interactions: Columns, members: dict, value: float | None) -> None:
    found = taken(interactions, event(**members))
    assert found.records[0].get("EVENT_VALUE") == value and found.notes == []


def test_the_value_of_the_event_beats_that_of_its_properties(interactions: Columns, plain: Columns) -> None:
    found = taken(interactions, event({"eventValue": 3}, eventValue=2))
    assert found.records[0]["EVENT_VALUE"] == 2.0 and extra(found) == {"eventValue": 3}
    assert len(found.notes) == 1
    assert extra(taken(plain, event({"eventValue": 3}, eventValue=2))) == {
        "EVENT_TYPE": "click",
        "EVENT_VALUE": 2.0,
        "eventValue": 3,
    }


@pytest.mark.parametrize("value", ["true", True, [1], "NaN", "1e999", 10**400])
def test_a_value_that_is_no_number_is_null(interactions: Columns, value: Any) -> None:
    found = taken(interactions, event({"eventValue": value}))
    assert "EVENT_VALUE" not in found.records[0] and extra(found) == {"eventValue": value}
    assert reasons(found) == [
        'The property "eventValue" cannot be read as float, for the column EVENT_VALUE. The column is null. '
        "It is kept in _extra."
    ]
    assert "EVENT_VALUE" in str(refused(interactions, event({"eventValue": value}), strict=True))


def test_a_value_beyond_all_floats_at_the_event(interactions: Columns) -> None:
    found = taken(interactions, event({"eventValue": "x"}, eventValue=10**400))
    assert "EVENT_VALUE" not in found.records[0] and extra(found) == {"eventValue": 10**400}
    assert [reason.endswith("It was left out.") for reason in reasons(found)] == [False, True]


# Its properties.


@pytest.mark.parametrize(
    "properties", ["", "{", "[1]", '"{\\"itemId\\": \\"i\\"}"', "null", "4", '{"a": NaN}', '{"a": 1e999}', "[" * 1024]
)
def test_properties_that_are_no_object_refuse_the_call(interactions: Columns, properties: str) -> None:
    error = refused(interactions, event(), event(properties))
    assert str(error) == error.note.reason == "Error parsing properties json"


@pytest.mark.parametrize(
    "key", ["userId", "sessionId", "eventType", "timestamp", "recommendationId", "impression", "USERID", "TimeStamp"]
)
def test_forbidden_properties_are_left_out(interactions: Columns, plain: Columns, key: str) -> None:
    for columns in (interactions, plain):
        found = taken(columns, event({key: "x", "itemId": "i1"}))
        assert len(found.records) == 1 and key not in found.records[0].get("_extra", "")
        assert [key in reason and reason.endswith("It was left out.") for reason in reasons(found)] == [True]
        error = refused(columns, event(), event({key: "x"}), strict=True)
        assert f'eventList.2.member: The property "{key}" is not allowed' in str(error)


def test_a_property_without_a_column_is_kept_under_its_own_name(interactions: Columns) -> None:
    found = taken(interactions, event({"colour": {"r": [1, None]}, "user_id": "u2", "gone": None}), strict=True)
    assert extra(found) == {"colour": {"r": [1, None]}, "user_id": "u2"}
    assert reasons(found) == [
        'No column takes the property "colour". It is kept in _extra.',
        'No column takes the property "user_id". It is kept in _extra.',
    ]


@pytest.mark.parametrize("key", ["EVENT_TYPE", "RECOMMENDATION_ID"])
def test_a_property_never_passes_for_what_the_event_says(interactions: Columns, plain: Columns, key: str) -> None:
    for columns in (interactions, plain):
        found = taken(columns, event({key: "other"}))
        assert "other" not in str(found.records)
        assert reasons(found) == [f'No column takes the property "{key}". It was left out.']


@pytest.mark.parametrize(
    ("key", "value", "column"),
    [
        ("device", {"a": 1}, "DEVICE"),
        ("device", "x" * 1001, "DEVICE"),
        ("numRatings", "many", "NUM_RATINGS"),
        ("numRatings", 2**31, "NUM_RATINGS"),
        ("lastSeen", 2**63, "LAST_SEEN"),
        ("price", "free", "PRICE"),
        ("isMember", "yes", "IS_MEMBER"),
    ],
)
def test_a_value_that_its_column_cannot_hold(interactions: Columns, key: str, value: Any, column: str) -> None:
    found = taken(interactions, event({key: value}))
    assert column not in found.records[0] and extra(found) == {key: value}
    (reason,) = reasons(found)
    assert f'"{key}"' in reason and column in reason and "The column is null." in reason
    error = refused(interactions, event({key: value}), strict=True)
    assert column in str(error) and str(error).startswith("eventList.1.member: ")


def test_of_two_spellings_the_first_counts(interactions: Columns) -> None:
    found = taken(interactions, event('{"numRatings": 1, "NUM_RATINGS": 2, "num_ratings": "1"}'))
    assert found.records[0]["NUM_RATINGS"] == 1 and extra(found) == {"NUM_RATINGS": 2}
    assert len(found.notes) == 1


def test_a_column_that_may_not_be_null_is_null_with_a_note() -> None:
    columns = Columns.of(
        Schema.parse(samples.schema("Interactions", *EVENT, required("ITEM_ID"), required("DEVICE"), nullable("X")))
    )
    found = taken(columns, event(), event({"device": "phone"}), event({"device": ""}))
    assert len(found.records) == 3
    assert reasons(found) == ["The column DEVICE may not be null, and the event has no value for it. It is null."] * 2


def test_keys_are_shown_short_and_harmless(interactions: Columns) -> None:
    found = taken(interactions, event({"a\x00\n" + "k" * 100: 1}))
    (reason,) = reasons(found)
    assert reason == f'No column takes the property "a\\u0000\\n{"k" * 61}". It is kept in _extra.'


# What was seen before it.


def test_an_impression_without_a_column_for_some_of_its_ids(interactions: Columns) -> None:
    found = taken(interactions, event(impression=["i1", "i|2", "i3"]))
    assert found.records[0]["IMPRESSION"] == "i1|i3" and extra(found) == {"IMPRESSION": ["i1", "i|2", "i3"]}
    assert len(found.notes) == 1
    found = taken(interactions, event(impression=["i|2"]))
    assert "IMPRESSION" not in found.records[0] and extra(found) == {"IMPRESSION": ["i|2"]}


def test_an_impression_keeps_the_ids_that_fit(interactions: Columns) -> None:
    fits = ["a" * 250, "b" * 250, "c" * 250, "d" * 247]
    found = taken(interactions, event(impression=fits))
    assert found.records[0]["IMPRESSION"] == "|".join(fits) and len(found.records[0]["IMPRESSION"]) == 1000
    assert found.notes == []
    found = taken(interactions, event(impression=[*fits, "e"]))
    assert found.records[0]["IMPRESSION"] == "|".join(fits) and extra(found) == {"IMPRESSION": [*fits, "e"]}
    assert len(found.notes) == 1
    found = taken(interactions, event(impression=[*fits[:3], "d" * 248]))
    assert found.records[0]["IMPRESSION"] == "|".join(fits[:3])


def test_a_source_that_no_column_holds(interactions: Columns) -> None:
    found = taken(interactions, event(metricAttribution={"eventAttributionSource": "h" * 1001}))
    assert "EVENT_ATTRIBUTION_SOURCE" not in found.records[0]
    assert extra(found) == {"EVENT_ATTRIBUTION_SOURCE": "h" * 1001}
    assert len(found.notes) == 1


# How large it is.


def test_an_event_of_more_than_ten_kilobytes_refuses_the_call(interactions: Columns) -> None:
    def sized(size: int) -> dict:
        told = event(impression=[], sentAt=NOW)
        spare = size - len(json.dumps(told, separators=(",", ":")))
        return {**told, "impression": ["x" * (spare - 2)]}

    assert len(taken(interactions, sized(10_240), sized(10_240)).records) == 2
    error = refused(interactions, event(), sized(10_241))
    assert str(error) == (
        "eventList.2.member: An event may have at most 10,240 bytes as JSON. It has 10,241."
    )  # fmt: skip
    assert len(error.note.example) == 500


def test_bytes_are_counted_and_not_letters(interactions: Columns) -> None:
    refused(interactions, event(impression=["é" * 256] * 25))
    taken(interactions, event(impression=["e" * 256] * 25))


# What was shown in the list that an event names.


def test_an_event_that_names_its_list_has_what_was_shown(interactions: Columns, plain: Columns) -> None:
    shown = {"RID-1": ["i1", "i2"], "RID-2": ["i3"]}
    events = (
        event(recommendationId="RID-1"),
        event(recommendationId="RID-2"),
        event(recommendationId="RID-3"),
        event(),
    )
    found = taken_after(interactions, shown, *events)
    assert [record.get("IMPRESSION") for record in found.records] == ["i1|i2", "i3", None, None]
    assert [record.get("RECOMMENDATION_ID") for record in found.records] == ["RID-1", "RID-2", "RID-3", None]
    aside = taken_after(plain, shown, *events)
    assert [extra(aside, place).get("IMPRESSION") for place in range(4)] == [["i1", "i2"], ["i3"], None, None]
    assert found.notes == aside.notes == []


def test_an_impression_of_the_event_s_own_goes_before_what_was_shown(interactions: Columns) -> None:
    told = event(recommendationId="RID-1", impression=["i9"])
    found = taken_after(interactions, {"RID-1": ["i1"]}, told)
    assert found.records[0]["IMPRESSION"] == "i9"
    told["metricAttribution"] = {"eventAttributionSource": "web"}
    found = put.taken(interactions, put_events(told), strict=True, now=NOW, shown=lambda _: pytest.fail("looked up"))
    assert found.records[0]["IMPRESSION"] == "i9"


def test_an_event_without_a_source_has_what_showed_its_list(interactions: Columns) -> None:
    events = (
        event(recommendationId="RID-1"),
        event(recommendationId="RID-1", metricAttribution={"eventAttributionSource": "web"}),
        event({"RECOMMENDED_BY": "me"}, recommendationId="RID-2"),
        event({"RECOMMENDED_BY": "me"}, recommendationId="RID-1"),
    )
    found = put.taken(
        interactions,
        put_events(*events),
        strict=False,
        now=NOW,
        shown=lambda recommendation_id: Answered(["i1"]) if recommendation_id == "RID-1" else None,
    )
    told = [json.loads(record.get("_extra", "{}")).get("RECOMMENDED_BY") for record in found.records]
    assert told == [CAMPAIGN, None, None, CAMPAIGN]


def test_of_a_long_list_the_first_items_are_the_impression(interactions: Columns) -> None:
    shown = [f"i{number}" for number in range(500)]
    found = taken_after(interactions, {"RID-1": shown}, event(recommendationId="RID-1"))
    assert found.records[0]["IMPRESSION"].split("|") == shown[:25]


def test_nothing_is_noted_of_what_the_caller_did_not_send(interactions: Columns) -> None:
    shown = ["a|b", *(f"{number:0250}" for number in range(10))]
    found = taken_after(interactions, {"RID-1": shown}, event(recommendationId="RID-1"))
    assert found.records[0]["IMPRESSION"].split("|") == shown[1:4]
    assert extra(found)["IMPRESSION"] == shown
    assert found.notes == []
