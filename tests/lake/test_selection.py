"""Which events a selection takes: one by one as in a table, and after a journey through JSON."""

import json

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake.selection import EVERYTHING, EventSelection, EventWeight

# Python and Polars know different releases of Unicode, so a letter that is new to one of them is left out.
TYPES = st.sampled_from(["view", "View", "VIEW", "buy", "Straße", "STRASSE", "ΟΔΟΣ", "οδος", "K", "k", ""]) | st.text(
    st.characters(exclude_categories=["Cs", "Cn"]), max_size=3
)
VALUES = st.sampled_from([0.0, -0.0, 0.3, 2.0]) | st.floats(allow_nan=True, allow_infinity=True)
WEIGHTS = st.lists(
    st.builds(EventWeight, TYPES, st.floats(0, 1), st.none() | VALUES),
    min_size=1,
    max_size=4,
    unique_by=lambda each: each.event_type,
).filter(lambda weights: sum(each.weight for each in weights) > 0)
SELECTIONS = st.builds(EventSelection, st.none() | TYPES, st.none() | VALUES, st.just(()), st.booleans()) | st.builds(
    lambda weights, in_any_case: EventSelection(weights=tuple(weights), in_any_case=in_any_case), WEIGHTS, st.booleans()
)
EVENTS = st.lists(st.tuples(st.none() | TYPES, st.none() | VALUES), max_size=20)
COLUMNS = {"EVENT_TYPE": pl.String, "EVENT_VALUE": pl.Float64}


@given(SELECTIONS, EVENTS)
def test_an_event_is_taken_alone_as_it_is_in_a_table(selection: EventSelection, events: list) -> None:
    rows = pl.DataFrame(events, schema=COLUMNS, orient="row").with_row_index("place")
    kept = selection.apply(rows.lazy()).collect()["place"].to_list()
    assert [place for place, event in enumerate(events) if selection.takes(*event)] == kept


@given(SELECTIONS)
def test_a_selection_is_itself_after_json(selection: EventSelection) -> None:
    again = EventSelection.from_json(json.loads(json.dumps(selection.to_json())))
    assert repr(again) == repr(selection)  # by sight, because NaN is not equal to itself


def test_nothing_said_is_everything() -> None:
    assert EventSelection.from_json({}) == EVERYTHING
    assert EVERYTHING.takes(None, None)
