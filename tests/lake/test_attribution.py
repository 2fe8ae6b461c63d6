"""What a training sees of streamed events: sessions, whom they belong to, and repeats."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.lake.compact import compact
from penchant.lake.encode import EventSelection, Versions, training_set
from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.table import Table
from penchant.store.objects import Source
from tests.lake.conftest import INTERACTIONS, MakeSource, stream
from tests.lake.test_encode import encode, histories

HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"


@dataclass(frozen=True)
class Event:
    user: str | None
    """None: anonymous."""
    item: str | None
    time: int = 1
    session: str | None = None
    event_id: str | None = None

    @property
    def row(self) -> tuple:
        return (self.user or self.session, self.item, None, None, self.time)


def send(table: Table, schema: Schema, events: list[Event]) -> None:
    stream(
        table,
        schema,
        [event.row for event in events],
        _session=[event.session for event in events],
        _anonymous=[event.user is None for event in events],
        _event_id=[event.event_id for event in events],
    )


def expected(events: list[Event], imported: list[Event]) -> dict[str, list[str]]:
    """In plain Python, for events in the order of their arrival."""
    owner: dict[str, str] = {}
    for event in events:
        if event.user is not None and event.session is not None:
            owner.setdefault(event.session, event.user)
    found: dict[tuple, None] = {(event.user, event.time, event.item): None for event in imported}
    ids: set[str] = set()
    for event in events:
        repeated = event.event_id in ids
        if event.event_id is not None:
            ids.add(event.event_id)
        user = event.user if event.user is not None else owner.get(event.session or "")
        if not repeated and event.item is not None and user is not None:
            found.setdefault((user, event.time, event.item))
    by_user: dict[str, list[str]] = {}
    for user, _, item in sorted(found, key=lambda key: key[1]):
        by_user.setdefault(user, []).append(item)
    return by_user


def test_what_an_anonymous_visitor_did_belongs_to_the_user_of_the_session(table: Table, interactions: Schema) -> None:
    visit = [Event(None, "a", 1, "s"), Event(None, "b", 2, "s"), Event(None, "x", 3, "never linked")]
    send(table, interactions, visit)
    assert histories(encode(table)) == {}
    send(table, interactions, [Event("u", "c", 3, "s"), Event("u", "d", 4, "s2"), Event(None, "e", 5, "s")])
    data = encode(table)
    assert histories(data) == {"u": ["a", "b", "c", "d", "e"]}
    assert (data.users, data.items) == (["u"], ["a", "b", "c", "d", "e"])


def test_the_first_user_of_a_session_owns_it(table: Table, interactions: Schema) -> None:
    send(table, interactions, [Event("u2", "a", 9, "s"), Event("u1", "b", 1, "s"), Event(None, "c", 5, "s")])
    assert histories(encode(table)) == {"u1": ["b"], "u2": ["c", "a"]}


def test_an_event_without_an_item_only_links(table: Table, interactions: Schema) -> None:
    send(table, interactions, [Event(None, "a", 1, "s"), Event("u", None, 2, "s"), Event("nobody", None, 2, "s2")])
    data = encode(table)
    assert (histories(data), data.items) == ({"u": ["a"]}, ["a"])
    assert training_set(table, None, Versions.newest(table), EventSelection("click")).users == []


def test_a_user_may_have_the_name_of_a_session(table: Table, interactions: Schema) -> None:
    send(table, interactions, [Event(None, "a", 1, "x"), Event("x", "b", 2), Event("u", "c", 3, "x")])
    assert histories(encode(table)) == {"u": ["a", "c"], "x": ["b"]}


def test_an_event_id_counts_once(table: Table, interactions: Schema) -> None:
    send(table, interactions, [Event("u", "a", 1, event_id="1"), Event("u", "b", 2, event_id="1")])
    send(table, interactions, [Event("v", "c", 3, event_id="1"), Event("v", "d", 4, event_id="2")])
    send(table, interactions, [Event("v", "e", 5), Event("v", "f", 6), Event("v", "g", 7, event_id="2")])
    assert histories(encode(table)) == {"u": ["a"], "v": ["d", "e", "f"]}


def test_an_event_that_equals_an_imported_one_counts_once(
    table: Table, interactions: Schema, source: MakeSource
) -> None:
    import_files(table, interactions, [source(HEADER + "u,a,,,1\ns,a,,,1\n")], "FULL", "job")
    send(table, interactions, [Event("u", "a", 1, "s"), Event(None, "a", 1, "s"), Event(None, "a", 2, "s")])
    assert histories(encode(table)) == {"s": ["a"], "u": ["a", "a"]}


def test_the_selection_comes_after_all_that(table: Table, interactions: Schema) -> None:
    rows = [("s", "a", "click", None, 1), ("u", "b", "login", None, 2), ("u", "c", "click", None, 3)]
    stream(
        table,
        interactions,
        rows,
        _session=["s"] * 3,
        _anonymous=[True, False, False],
        _event_id=[None, "1", "1"],
    )
    assert histories(encode(table, EventSelection("click"))) == {"u": ["a"]}


def test_imports_alone_are_read_as_ever(table: Table, interactions: Schema, source: MakeSource) -> None:
    import_files(table, interactions, [source(HEADER + "u,a,,,1\n")], "FULL", "job")
    before = encode(table)
    send(table, interactions, [])
    after = encode(table)
    assert histories(after) == histories(before) == {"u": ["a"]}
    assert after.item.dtype == np.int32


USERS, ITEMS = st.sampled_from(["u", "v", "s", "ü\0"]), st.sampled_from(["a", "b", "c\0d"])
SESSIONS, TIMES = st.sampled_from(["s", "t", "v", "\0"]), st.integers(0, 3)
IDS = st.none() | st.sampled_from(["1", "2", "\0"])
EVENTS = st.builds(Event, st.none(), ITEMS, TIMES, SESSIONS, IDS) | st.builds(
    Event, USERS, st.none() | ITEMS, TIMES, st.none() | SESSIONS, IDS
)


@settings(max_examples=30, deadline=None)
@given(
    folds=st.lists(st.lists(EVENTS, max_size=12), max_size=4),
    imported=st.lists(st.builds(Event, st.sampled_from(["u", "s"]), st.sampled_from(["a", "b"]), TIMES), max_size=5),
    merged=st.booleans(),
)
def test_against_plain_python(folds: list[list[Event]], imported: list[Event], merged: bool) -> None:
    schema = Schema.parse(INTERACTIONS)
    with tempfile.TemporaryDirectory() as folder:
        table = Table(Path(folder) / "table")
        for number, event in enumerate(imported):
            content = f"{HEADER}{event.user},{event.item},,,{event.time}\n".encode()
            source = Source("file.csv", len(content), lambda content=content: io.BytesIO(content))
            import_files(table, schema, [source], "INCREMENTAL", f"job {number}")
        for events in folds:
            send(table, schema, events)
        if not table.exists():
            return
        if merged:
            compact(table, fewest=1)
        assert histories(encode(table)) == expected([event for events in folds for event in events], imported)
