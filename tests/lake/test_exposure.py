"""Counts of what was shown and taken."""

import json

import numpy as np
import pytest

from penchant.lake.exposure import Exposure, exposure
from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.table import Table

from .conftest import INTERACTIONS, MakeSource, schema_text, stream

SHOWN = schema_text(
    "Interactions",
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "TIMESTAMP", "type": "long"},
    {"name": "IMPRESSION", "type": ["string", "null"]},
    {"name": "RECOMMENDATION_ID", "type": ["string", "null"]},
)


def told(found: Exposure) -> tuple[list[int], list[int], list[int], int]:
    return found.created.tolist(), found.impressions.tolist(), found.clicks.tolist(), found.latest


def counted(table: Table, *items: str) -> tuple[list[int], list[int], list[int], int]:
    return told(exposure(table, table.version(), items))


def test_an_import_without_impressions(table: Table, interactions: Schema, source: MakeSource) -> None:
    content = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\nu1,a,,,10\nu2,a,,,5\nu1,b,,,20\nu1,left out,,,99\n"
    import_files(table, interactions, [source(content)], "FULL", "job")
    assert counted(table, "b", "a", "never met") == ([20, 5, 99], [0, 0, 0], [1, 2, 0], 99)


def test_impressions_of_an_import(table: Table, source: MakeSource) -> None:
    content = "USER_ID,ITEM_ID,TIMESTAMP,IMPRESSION,RECOMMENDATION_ID\nu1,a,10,a|b|b,\nu2,a,11,a|c,\nu2,c,12,,\n"
    import_files(table, Schema.parse(SHOWN), [source(content)], "FULL", "job")
    assert counted(table, "a", "b", "c") == ([10, 12, 12], [2, 1, 1], [2, 0, 1], 12)


def test_streamed_impressions_of_a_schema_without_a_column(table: Table, interactions: Schema) -> None:
    rows = [
        ("u1", "a", None, None, 1),
        ("u1", "b", None, None, 2),
        ("u1", "b", None, None, 3),
        ("u2", None, None, None, 9),
    ]
    extra = [json.dumps({"x": "IMPRESSION", "IMPRESSION": ["a", "b|1"]}, separators=(",", ":")), '{"y":1}', None, None]
    stream(table, interactions, rows, _extra=extra)
    assert counted(table, "a", "b", "b|1") == ([1, 2, 3], [1, 0, 1], [1, 2, 0], 3)


def test_the_whole_list_counts_where_the_column_has_a_part_of_it(table: Table) -> None:
    rows = [("u1", "a", 1, "a", None), ("u1", "a", 2, "a|b", None)]
    stream(table, Schema.parse(SHOWN), rows, _extra=['{"IMPRESSION":["a","c|d"]}', None])
    assert counted(table, "a", "b", "c|d")[1] == [2, 1, 1]


@pytest.mark.parametrize("by_column", [True, False])
def test_a_list_that_several_events_tell_of_was_shown_once(table: Table, interactions: Schema, by_column: bool) -> None:
    lists = [("R1", "a|b"), ("R1", "a|b"), ("R1", "b"), ("R2", "a|b"), (None, "a"), (None, "a")]
    if by_column:
        stream(table, Schema.parse(SHOWN), [("u", "a", at, shown, id_) for at, (id_, shown) in enumerate(lists)])
    else:
        extra = [
            json.dumps(
                {"IMPRESSION": shown.split("|")} | ({"RECOMMENDATION_ID": id_} if id_ else {}), separators=(",", ":")
            )
            for id_, shown in lists
        ]
        stream(table, interactions, [("u", "a", None, None, at) for at in range(len(lists))], _extra=extra)
    assert counted(table, "a", "b")[1] == [4, 3]


def test_a_table_without_interactions(table: Table) -> None:
    stream(table, Schema.parse(INTERACTIONS), [("u", None, None, None, 5)])
    assert counted(table, "a") == ([0], [0], [0], 0)


def test_it_can_be_sealed() -> None:
    before = Exposure(np.array([3, 4]), np.array([1, 0]), np.array([2, 5]), 9)
    assert told(Exposure.from_state(before.state())) == told(before)
    assert all(name.startswith("exposure.") and array.dtype == np.int64 for name, array in before.state().items())
