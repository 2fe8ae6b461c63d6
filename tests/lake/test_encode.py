import json
import random
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from penchant.lake.encode import EventSelection, Versions, training_set
from penchant.lake.imports import import_files
from penchant.lake.order import by_user_and_time
from penchant.lake.schema import Schema
from penchant.lake.selection import EVERYTHING, EventWeight, SelectionError
from penchant.lake.table import Table
from penchant.lake.training_set import TrainingSet
from penchant.store.objects import Source
from tests.lake.conftest import stream

MakeSource = Callable[..., Source]
HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"
LINES = """\
b,z,view,1,30
a,y,buy,5,20
b,é,view,,10
a,Z,view,2,20
b,z,buy,4,30
a,x,View,9,5
"""


def filled(table: Table, schema: Schema, source: MakeSource, lines: str = LINES) -> Table:
    import_files(table, schema, [source(HEADER + lines)], "FULL", "job")
    return table


def encode(table: Table, selection: EventSelection = EVERYTHING) -> TrainingSet:
    return training_set(table, None, Versions.newest(table), selection)


def histories(data: TrainingSet) -> dict[str, list[str]]:
    return {user: [data.items[item] for item in data.history(place)] for place, user in enumerate(data.users)}


def test_histories_in_time_then_arrival(table: Table, interactions: Schema, source: MakeSource) -> None:
    data = encode(filled(table, interactions, source))
    assert (data.users, data.items) == (["a", "b"], ["Z", "x", "y", "z", "é"])
    assert histories(data) == {"a": ["x", "y", "Z"], "b": ["é", "z", "z"]}
    assert data.timestamp.tolist() == [5, 20, 20, 10, 30, 30]
    assert [a.dtype for a in (data.offsets, data.item, data.timestamp, data.weight)] == [
        np.dtype(kind) for kind in ("int64", "int32", "int64", "float32")
    ]
    assert data.weight.tolist() == [1.0] * 6 and data.offsets.tolist() == [0, 3, 6]


def test_items_of_the_items_dataset_are_in_the_vocabulary(
    table: Table, interactions: Schema, items: Schema, source: MakeSource, tmp_path
) -> None:
    catalogue = Table(tmp_path / "items")
    filled(table, interactions, source)
    assert Versions.newest(table, catalogue) == Versions(0, None)
    import_files(catalogue, items, [source("ITEM_ID,GENRES,TEXT,YEAR,SOLD\nz,,,,\nnew,,,,\n")], "FULL", "items")
    versions = Versions.newest(table, catalogue)
    assert versions == Versions(0, 0)
    data = training_set(table, catalogue, versions)
    assert data.items == ["Z", "new", "x", "y", "z", "é"]
    assert histories(data)["b"] == ["é", "z", "z"]


def test_a_fixed_version_is_read(table: Table, interactions: Schema, source: MakeSource) -> None:
    filled(table, interactions, source)
    versions = Versions.newest(table)
    import_files(table, interactions, [source(HEADER + "c,y,,,1\n")], "FULL", "later")
    assert training_set(table, None, versions).users == ["a", "b"]
    assert encode(table).users == ["c"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (EventSelection("view"), {"a": ["Z"], "b": ["é", "z"]}),
        (EventSelection(value_threshold=4.0), {"a": ["x", "y"], "b": ["z"]}),
        (EventSelection("view", 2.0), {"a": ["Z"]}),
        (EventSelection("nothing"), {}),
        (EventSelection(weights=(EventWeight("buy", 1, 5), EventWeight("view"))), {"a": ["y", "Z"], "b": ["é", "z"]}),
    ],
)
def test_event_selection(
    table: Table, interactions: Schema, source: MakeSource, selection: EventSelection, expected: dict
) -> None:
    data = encode(filled(table, interactions, source), selection)
    assert histories(data) == expected
    assert data.items == sorted({item for items in expected.values() for item in items})
    assert data.offsets[-1] == len(data.item) == len(data.weight)


def test_weights_are_ratios(table: Table, interactions: Schema, source: MakeSource) -> None:
    filled(table, interactions, source)
    for purchase, click in ((0.3, 0.1), (0.9, 0.3)):
        weights = (EventWeight("buy", purchase), EventWeight("view", click))
        data = encode(table, EventSelection(weights=weights))
        assert data.weight == pytest.approx([1.5, 0.5, 0.5, 0.5, 1.5])


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"weights": (EventWeight("a"),), "event_type": "a"}, "not both"),
        ({"weights": (EventWeight("a"), EventWeight("a", 0.5))}, "once only"),
        ({"weights": (EventWeight("a", 0.0),)}, "above 0"),
    ],
)
def test_selections_that_make_no_sense(wrong: dict, sentence: str) -> None:
    with pytest.raises(SelectionError, match=sentence):
        EventSelection(**wrong)


def test_a_selection_needs_its_column(table: Table, source: MakeSource) -> None:
    names = [("USER_ID", "string"), ("ITEM_ID", "string"), ("TIMESTAMP", "long")]
    plain = {
        "type": "record",
        "name": "Interactions",
        "namespace": "com.amazonaws.personalize.schema",
        "fields": [{"name": name, "type": kind} for name, kind in names],
    }
    schema = Schema.parse(json.dumps(plain))
    import_files(table, schema, [source("USER_ID,ITEM_ID,TIMESTAMP\na,b,1\n")], "FULL", "job")
    assert histories(encode(table)) == {"a": ["b"]}
    for selection, column in ((EventSelection("view"), "EVENT_TYPE"), (EventSelection(None, 1.0), "EVENT_VALUE")):
        with pytest.raises(SelectionError, match=f"no column {column}"):
            encode(table, selection)


def test_identical_streamed_events_collapse(table: Table, interactions: Schema, source: MakeSource) -> None:
    filled(table, interactions, source)
    again = [
        ("b", "z", "view", 1.0, 30),
        ("b", "z", "view", 2.0, 30),
        ("b", "z", "view", 2.0, 30),
        ("a", "y", None, 5.0, 20),
    ]
    stream(table, interactions, again)
    assert table.count() == 10
    data = encode(table)
    assert histories(data) == {"a": ["x", "y", "Z", "y"], "b": ["é", "z", "z", "z"]}


def test_against_a_plain_sort(table: Table, interactions: Schema, source: MakeSource) -> None:
    chance = random.Random(3)
    rows = [(f"u{chance.randrange(40)}", f"i{chance.randrange(30)}", chance.randrange(25)) for _ in range(3000)]
    filled(table, interactions, source, "".join(f"{user},{item},,,{time}\n" for user, item, time in rows))
    expected: dict[str, list[str]] = {user: [] for user in sorted({user for user, _, _ in rows})}
    for user, item, _ in sorted(dict.fromkeys(rows), key=lambda row: row[2]):
        expected[user].append(item)
    assert histories(encode(table)) == expected


@given(
    user=arrays.arrays(np.uint32, 30, elements=st.integers(0, 3)),
    timestamp=arrays.arrays(
        np.int64, 30, elements=st.sampled_from([-5, 0, 1, 1_700_000_000]) | st.sampled_from([-(2**63), 2**63 - 1])
    ),
    sequence=st.permutations(range(30)),
)
def test_order_by_user_and_time(user: np.ndarray, timestamp: np.ndarray, sequence: list[int]) -> None:
    order, tied = by_user_and_time(user, timestamp, np.array(sequence))
    rows = list(zip(user.tolist(), timestamp.tolist(), sequence, strict=True))
    assert [rows[place] for place in order] == sorted(rows)
    keys = [rows[place][:2] for place in order]
    assert tied.tolist() == [place for place, key in enumerate(keys) if keys.count(key) > 1]


def test_columns_that_are_learnt_from(
    table: Table, interactions: Schema, items: Schema, source: MakeSource, tmp_path
) -> None:
    """In rows of events, items and users as they are sorted; what has no record has nulls."""
    catalogue = Table(tmp_path / "items")
    filled(table, interactions, source)
    lines = "ITEM_ID,GENRES,TEXT,YEAR,SOLD\nz,b|a,last,1999,\nnew,a,,,\n"
    import_files(catalogue, items, [source(lines)], "FULL", "items")
    learnt = {
        "INTERACTIONS": [interactions.field("EVENT_TYPE"), interactions.field("EVENT_VALUE")],
        "ITEMS": [items.field("GENRES"), items.field("YEAR")],
    }
    data = training_set(table, catalogue, Versions.newest(table, catalogue), learnt=learnt)
    kind = data.event_columns["EVENT_TYPE"]
    assert [kind.words[code] for code in kind.first()] == ["View", "buy", "view", "view", "view", "buy"]
    np.testing.assert_array_equal(data.event_columns["EVENT_VALUE"].values, [9, 5, 2, np.nan, 1, 4])
    genres = data.item_columns["GENRES"]
    assert data.items == ["Z", "new", "x", "y", "z", "é"]
    assert np.diff(genres.offsets).tolist() == [0, 1, 0, 0, 2, 0]
    np.testing.assert_array_equal(data.item_columns["YEAR"].values, [np.nan] * 4 + [1999, np.nan])
    assert data.user_columns == {}
    kept = data.keep(np.arange(6) > 2, np.array([False, True]))
    np.testing.assert_array_equal(kept.event_columns["EVENT_VALUE"].values, [np.nan, 1, 4])
    assert kept.item_columns is data.item_columns
