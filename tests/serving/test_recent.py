"""What a user did since the training, out of the journal."""

import random
from dataclasses import dataclass
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake.selection import EVERYTHING, EventSelection, EventWeight
from penchant.serving.recent import recent_events


def recent_items(entries, selection):
    return [item for _, item in recent_events(entries, selection)]


@dataclass
class Call:
    seq: int
    records: list[dict[str, Any]]


def event(item: str | None, timestamp: int = 1, **more: Any) -> dict[str, Any]:
    return {"TIMESTAMP": timestamp, **({} if item is None else {"ITEM_ID": item}), **more}


def calls(*events: dict[str, Any]) -> list[Call]:
    return [Call(16 * number, [each]) for number, each in enumerate(events)]


def test_by_time_then_call_then_place() -> None:
    journal = [
        Call(48, [event("e", 5), event("a", 1)]),
        Call(16, [event("c", 5), event("d", 5), event("b", 2)]),
        Call(32, [event("f", 6)]),
    ]
    assert recent_items(journal, EVERYTHING) == ["a", "b", "c", "d", "e", "f"]


def test_nothing_from_nothing_and_from_what_names_no_item() -> None:
    assert recent_items([], EVERYTHING) == []
    assert recent_items(calls(event(None, EVENT_TYPE="Identify"), {"TIMESTAMP": 1, "ITEM_ID": None}), EVERYTHING) == []


def test_a_repeated_event_id_counts_as_it_came_first() -> None:
    journal = calls(event("late", 9, _event_id="1"), event("early", 1, _event_id="1"), event("other", 2, _event_id="2"))
    assert recent_items(journal, EVERYTHING) == ["other", "late"]
    assert recent_items(journal[::-1], EVERYTHING) == ["other", "late"]  # by number, however they lie
    assert recent_items([Call(1, [each.records[0] for each in journal])], EVERYTHING) == ["other", "late"]


def test_what_is_equal_in_every_column_counts_once() -> None:
    journal = calls(
        event("a", EVENT_TYPE="view"),
        event("a", EVENT_TYPE="view"),
        event("a", EVENT_TYPE="view", _event_id="1"),  # an id makes no other event of it
        event("a", EVENT_TYPE="view", _extra='{"colour":"red"}'),  # nor does what the schema has no column for
        event("a", EVENT_TYPE="view", EVENT_VALUE=None),
        event("a", EVENT_TYPE="buy"),
        event("a", 2, EVENT_TYPE="view"),
        event("a", EVENT_TYPE="buy"),
        event("a", EVENT_TYPE="view", DEVICE="phone"),
    )
    assert recent_items(journal, EVERYTHING) == ["a"] * 4


def test_only_what_the_model_learnt_from() -> None:
    journal = calls(
        event("typeless", EVENT_VALUE=9.0),
        event("view", EVENT_TYPE="view"),
        event("small", EVENT_TYPE="buy", EVENT_VALUE=1.0),
        event("large", EVENT_TYPE="buy", EVENT_VALUE=2.0),
        event("Buy", EVENT_TYPE="Buy", EVENT_VALUE=2.0),
    )
    for selection, expected in (
        (EventSelection("buy"), ["small", "large"]),
        (EventSelection("buy", in_any_case=True), ["small", "large", "Buy"]),
        (EventSelection(value_threshold=2.0), ["typeless", "large", "Buy"]),
        (EventSelection(weights=(EventWeight("buy", 1, 2.0), EventWeight("view", 0.1))), ["view", "large"]),
    ):
        assert recent_items(journal, selection) == expected


def test_the_first_of_an_event_id_stands_even_if_it_is_left_out() -> None:
    """As in a training, which takes events of an id once and then chooses among events."""
    journal = calls(
        event("a", EVENT_TYPE="view", _event_id="1"),
        event("a", EVENT_TYPE="buy", _event_id="1"),
        event(None, EVENT_TYPE="buy", _event_id="2"),
        event("b", EVENT_TYPE="buy", _event_id="2"),
    )
    assert recent_items(journal, EventSelection("buy")) == []


RECORDS = st.fixed_dictionaries(
    {"TIMESTAMP": st.integers(0, 2)},
    optional={
        "ITEM_ID": st.sampled_from("ab"),
        "EVENT_TYPE": st.sampled_from(["view", "buy"]),
        "EVENT_VALUE": st.sampled_from([1.0, 2.0]),
        "_event_id": st.sampled_from("123"),
    },
)
COLUMNS = {"TIMESTAMP": pl.Int64, "ITEM_ID": pl.String, "EVENT_TYPE": pl.String, "EVENT_VALUE": pl.Float64}


@given(
    st.lists(st.lists(RECORDS, min_size=1, max_size=4), max_size=8),
    st.sampled_from([EVERYTHING, EventSelection("buy"), EventSelection(value_threshold=2.0)]),
    st.randoms(use_true_random=False),
)
def test_against_a_table(groups: list[list[dict[str, Any]]], selection: EventSelection, chance: random.Random) -> None:
    journal = [Call(16 * number, records) for number, records in enumerate(groups)]
    rows = pl.DataFrame([each for records in groups for each in records], schema={**COLUMNS, "_event_id": pl.String})
    rows = rows.with_row_index("place")
    once = pl.concat(
        [rows.filter(pl.col("_event_id").is_null()), rows.drop_nulls("_event_id").unique("_event_id", keep="first")]
    )
    distinct = once.drop_nulls("ITEM_ID").sort("place").unique(list(COLUMNS), keep="first", maintain_order=True)
    expected = selection.apply(distinct.lazy()).sort("TIMESTAMP", "place").collect()["ITEM_ID"].to_list()
    chance.shuffle(journal)
    assert recent_items(journal, selection) == expected
