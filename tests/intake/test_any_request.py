"""Whatever a request of the right shape says, the answer is records that fit the table, or an InvalidInputException;
and what is in no record has a note."""

import json
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.contract.errors import InvalidInputException
from penchant.intake import action_interactions, interactions, metadata
from penchant.intake.columns import Columns
from penchant.intake.event import FORBIDDEN
from penchant.intake.notes import Note, quoted
from penchant.intake.taken import Taken
from penchant.lake.schema import Schema

from .conftest import ACTION_INTERACTIONS, INTERACTIONS, ITEMS, NOW, PLAIN

quick = settings(deadline=None, derandomize=True, database=None, max_examples=200)
HIDDEN = {"_event_id": pl.String(), "_extra": pl.String()}


def mostly(good: st.SearchStrategy, other: st.SearchStrategy) -> st.SearchStrategy:
    """What refuses a call must be seldom, or no other call is ever seen."""
    return st.integers(0, 24).flatmap(lambda number: other if number == 13 else good)


finite = (
    st.integers(-9, 9)
    | st.integers(-(2**70), 2**70)
    | st.just(10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
)
numerals = (finite | st.floats()).map(str) | st.sampled_from(["true", "5.0", "1e5", " 7 ", "2019-03-26T20:22:40Z"])
scalars = st.none() | st.booleans() | finite | st.text(max_size=12) | numerals | st.just("x" * 1001)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2)
)
event_keys = (
    st.text(max_size=8)
    | st.sampled_from(
        ["itemId", "ITEM_ID", "actionId", "userId", "user_id", "timestamp", "eventValue", "EVENT_VALUE", "EVENT_TYPE"]
    )
    | st.sampled_from(["device", "DEVICE", "numRatings", "NUM_RATINGS", "lastSeen", "price", "isMember", "IMPRESSION"])
)
item_keys = mostly(
    st.sampled_from(["genres", "categoryL1", "description", "price", "PRICE", "year", "creationTimestamp", "sold"]),
    st.just("itemId") | st.text(max_size=8),
)


def properties(keys: st.SearchStrategy) -> st.SearchStrategy:
    objects = st.dictionaries(keys, values, max_size=5)
    return mostly(objects.map(json.dumps), st.text(min_size=1, max_size=20) | (values | st.floats()).map(json.dumps))


ids = st.text(min_size=1, max_size=10) | st.sampled_from(["null", "undefined", "i|1", "i" * 256, "\x00"])
shared = {
    "eventId": ids,
    "recommendationId": st.text(min_size=1, max_size=40),
    "impression": st.lists(ids, min_size=1, max_size=25),
    "properties": properties(event_keys),
}
times = mostly(
    st.integers(-9, 2**63 - 1) | st.floats(-1e18, 1e18) | st.datetimes().map(str) | st.integers(0, 9**9).map(str),
    finite | numerals | ids,
)
sources = st.text(max_size=9) | st.just("h" * 1024)
events = st.fixed_dictionaries(
    {"eventType": ids, "sentAt": times},
    optional={
        **shared,
        "itemId": ids,
        "eventValue": finite,
        "metricAttribution": st.fixed_dictionaries({"eventAttributionSource": sources}),
    },
)
put_events = st.fixed_dictionaries(
    {"sessionId": ids, "eventList": st.lists(events, min_size=1, max_size=4)}, optional={"userId": ids}
)
actions = st.fixed_dictionaries(
    {
        "actionId": ids,
        "sessionId": ids,
        "timestamp": times,
        "eventType": mostly(st.sampled_from(["Viewed", "TAKEN", "Not Taken", "not_taken"]), ids),
    },
    optional={**shared, "userId": ids},
)
put_action_interactions = st.fixed_dictionaries({"actionInteractions": st.lists(actions, min_size=1, max_size=4)})
items = st.fixed_dictionaries({"itemId": ids}, optional={"properties": properties(item_keys)})
put_items = st.fixed_dictionaries({"items": st.lists(items, min_size=1, max_size=3)})


def numbered(events: list[dict]) -> list[dict]:
    return [{**event, "eventId": str(place)} for place, event in enumerate(events)]


def check_fit(records: list[dict], schema: Schema) -> None:
    """The table takes them, and has what they say."""
    types = pl.Schema({**schema.polars, **HIDDEN})
    frame = pl.DataFrame(records, schema=types, strict=True)
    assert all(set(record) <= set(types) for record in records)
    for kept, record in zip(frame.iter_rows(named=True), records, strict=True):
        assert {name: value for name, value in kept.items() if value is not None} == record


def check_notes(notes: list[Note]) -> None:
    for note in notes:
        assert note.outcome in ("taken", "dropped")
        assert len(note.reason) < 1000 and "\x00" not in note.reason and "\n" not in note.reason
        assert len(note.example) <= 500 and "\x00" not in note.example
        assert note.example.endswith("…") or json.loads(note.example)


def check_nothing_is_lost(columns: Columns, events: list[dict], found: list[Taken]) -> None:
    """Events are told apart by their ids, which are their places."""
    records = [record for taken in found for record in taken.records]
    notes = [note for taken in found for note in taken.notes]
    dropped = [note for note in notes if note.outcome == "dropped"]
    assert len(records) + len(dropped) == len(events)
    assert [record["_event_id"] for record in records] == sorted(record["_event_id"] for record in records)
    for record in records:
        event = events[int(record["_event_id"])]
        extra = json.loads(record.get("_extra", "{}"))
        said = {note.reason for note in notes}
        for key, value in json.loads(event.get("properties", "{}")).items():
            column = columns.column(key)
            read = column.read(value) if column and value is not None else None
            kept = column is not None and read == (record if column.name in columns.names else extra).get(column.name)
            aside = key in extra and extra[key] == value
            assert value is None or kept or aside or any(quoted(key) in reason for reason in said)
            assert not (key.lower() in FORBIDDEN and aside and key != "IMPRESSION")
        if "eventType" in event and "actionId" not in event:
            assert (record if "EVENT_TYPE" in columns.names else extra)["EVENT_TYPE"] == event["eventType"]
        if "impression" in event:
            assert (
                record.get("IMPRESSION") == "|".join(event["impression"]) or extra["IMPRESSION"] == event["impression"]
            )


def attempt(call: Any) -> Any:
    try:
        return call()
    except InvalidInputException as error:
        assert error.code == "InvalidInputException" and str(error) and "\x00" not in error.note.reason
        return None


@quick
@given(put_events, st.sampled_from([INTERACTIONS, PLAIN]))
def test_any_events(request: dict, schema: Schema) -> None:
    request = {**request, "eventList": numbered(request["eventList"])}
    columns = Columns.of(schema)
    found = attempt(lambda: interactions.taken(columns, request, strict=False, now=NOW))
    strictly = attempt(lambda: interactions.taken(columns, request, strict=True, now=NOW))
    if found is None:
        assert strictly is None
        return
    assert strictly in (None, found)
    check_fit(found.records, schema)
    check_notes(found.notes)
    check_nothing_is_lost(columns, request["eventList"], [found])


@quick
@given(put_action_interactions)
def test_any_action_interactions(request: dict) -> None:
    request = {"actionInteractions": numbered(request["actionInteractions"])}
    columns = Columns.of(ACTION_INTERACTIONS)
    found = attempt(lambda: action_interactions.taken(columns, request, strict=False, now=NOW))
    strictly = attempt(lambda: action_interactions.taken(columns, request, strict=True, now=NOW))
    if found is None:
        assert strictly is None
        return
    assert strictly in (None, found)
    for taken in found:
        check_fit(taken.records, ACTION_INTERACTIONS)
        check_notes(taken.notes)
    check_nothing_is_lost(columns, request["actionInteractions"], found)


@quick
@given(put_items)
def test_any_items(request: dict) -> None:
    columns = Columns.of(ITEMS)
    found = attempt(lambda: metadata.taken(columns, request, lenient=False))
    leniently = attempt(lambda: metadata.taken(columns, request, lenient=True))
    if found is not None:
        assert found == leniently
    if leniently is None:
        return
    assert [taken.subject for taken in leniently] == [entry["itemId"] for entry in request["items"]]
    for entry, taken in zip(request["items"], leniently, strict=True):
        (record,) = taken.records
        check_fit(taken.records, ITEMS)
        check_notes(taken.notes)
        for key, value in json.loads(entry.get("properties", "{}")).items():
            column = columns.column(key)
            assert column
            read = column.read(value) if value is not None else None
            assert record.get(column.name) == read or any(column.name in note.reason for note in taken.notes)
