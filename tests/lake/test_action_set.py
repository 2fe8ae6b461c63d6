"""Actions and the events with them, out of tables: however types are written, identical events once."""

from pathlib import Path

import numpy as np
import pytest

from penchant.lake.action_set import NOT_TAKEN, TAKEN, VIEWED, ActionSet, kind_of
from penchant.lake.attributes import Categories, learnt_from
from penchant.lake.encode import Versions, training_set
from penchant.lake.imports import import_files
from penchant.lake.parts import ANONYMOUS, EVENT_ID, EXTRA, SESSION
from penchant.lake.schema import Schema
from penchant.lake.table import Table
from tests import samples
from tests.lake.conftest import stream
from tests.lake.test_encode import HEADER, LINES, MakeSource

NUMBER = ["long", "null"]
ACTIONS = Schema.parse(
    samples.schema(
        "Actions",
        samples.text("ACTION_ID"),
        {"name": "TYPE", "type": ["string", "null"]},
        {"name": "VALUE", "type": NUMBER},
        {"name": "REPEAT_FREQUENCY", "type": NUMBER},
    )
)
EVENTS = Schema.parse(
    samples.schema(
        "ActionInteractions",
        samples.text("USER_ID"),
        samples.text("ACTION_ID"),
        samples.text("EVENT_TYPE"),
        {"name": "TIMESTAMP", "type": "long"},
    )
)
OF_ACTIONS = "ACTION_ID,TYPE,VALUE,REPEAT_FREQUENCY\nz,offer,3,\na,,,14\nm,survey,10,1\n"
OF_EVENTS = """\
USER_ID,ACTION_ID,EVENT_TYPE,TIMESTAMP
b,z,Taken,30
a,z,Not taken,20
a,m,NOT_TAKEN,10
a,a,viewed,40
a,unheard of,Taken,15
a,z,Clicked,16
stranger,m,Viewed,12
"""


@pytest.fixture
def tables(tmp_path: Path, table: Table, interactions: Schema, source: MakeSource) -> list[Table]:
    import_files(table, interactions, [source(HEADER + LINES)], "FULL", "items")
    actions, events = Table(tmp_path / "actions"), Table(tmp_path / "events")
    import_files(actions, ACTIONS, [source(OF_ACTIONS)], "FULL", "actions")
    import_files(events, EVENTS, [source(OF_EVENTS)], "FULL", "events")
    return [table, actions, events]


def read(tables: list[Table], with_events: bool = True) -> ActionSet:
    interactions, actions, events = tables
    versions = Versions.newest(interactions, None, None, actions, events if with_events else None)
    learnt = {"ACTIONS": [field for field in ACTIONS.fields if learnt_from(field)]}
    found = training_set(interactions, None, versions, learnt=learnt, actions=actions, action_interactions=events)
    assert found.actions is not None
    return found.actions


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("Viewed", VIEWED),
        ("TAKEN", TAKEN),
        ("Not Taken", NOT_TAKEN),
        ("not_taken", NOT_TAKEN),
        ("NotTaken", NOT_TAKEN),
        (" taken ", TAKEN),
        ("took", None),
        ("", None),
        (None, None),
    ],
)
def test_types(written: str | None, kind: int | None) -> None:
    assert kind_of(written) == kind


def test_events_by_user_and_time(tables: list[Table]) -> None:
    found = read(tables)
    assert found.actions == ["a", "m", "z"] and found.users == ["a", "b", "stranger"]
    assert found.offsets.tolist() == [0, 3, 4, 5]
    assert found.action.tolist() == [1, 2, 0, 2, 1]
    assert found.kind.tolist() == [NOT_TAKEN, NOT_TAKEN, VIEWED, TAKEN, VIEWED]
    assert found.timestamp.tolist() == [10, 20, 40, 30, 12]
    assert found.user.tolist() == [0, 0, 0, 1, 2]
    np.testing.assert_array_equal(found.number("VALUE"), [np.nan, 10, 3])
    np.testing.assert_array_equal(found.number("REPEAT_FREQUENCY"), [14, 1, np.nan])
    np.testing.assert_array_equal(found.number("CREATION_TIMESTAMP"), [np.nan] * 3)
    kinds = found.columns["TYPE"]
    assert isinstance(kinds, Categories) and kinds.first().tolist() == [-1, 1, 0]


def test_without_events(tables: list[Table]) -> None:
    found = read(tables, with_events=False)
    assert (found.actions, found.users, found.offsets.tolist()) == (["a", "m", "z"], [], [0])
    assert found.limited(2).actions == ["a", "m"] and found.limited(3) is found


def test_streamed_events_of_a_session_are_its_users_and_repeats_count_once(tables: list[Table]) -> None:
    rows = [("s", "z", "Viewed", 49), ("c", "z", "TAKEN", 50), ("c", "z", "TAKEN", 50)]
    hidden = {ANONYMOUS: [True, False, False], SESSION: ["s"] * 3, EVENT_ID: [None] * 3, EXTRA: [None] * 3}
    stream(tables[2], EVENTS, rows, **hidden)
    found = read(tables)
    assert found.users == ["a", "b", "c", "stranger"]
    mine = slice(*found.offsets[2:4].tolist())
    assert found.kind[mine].tolist() == [VIEWED, TAKEN]


def test_until_and_among(tables: list[Table]) -> None:
    found = read(tables)
    early = found.until(20)
    assert early.offsets.tolist() == [0, 2, 2, 3] and early.timestamp.tolist() == [10, 20, 12]
    some = found.among([0, 2])
    assert some.actions == ["a", "z"] and some.action.tolist() == [1, 0, 1] and some.users == found.users
    np.testing.assert_array_equal(some.number("VALUE"), [np.nan, 3])
    assert found.limited(2).actions == ["a", "z"]  # met last, at 40 and 30
