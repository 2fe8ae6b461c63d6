"""What was streamed comes into the table once: whoever folds it, whatever dies in between, and beside imports."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake import commits
from penchant.lake.imports import import_files
from penchant.lake.parts import ANONYMOUS, EVENT_ID, EXTRA, OF_EVENTS, PROVENANCE, SEQUENCE, SESSION
from penchant.lake.schema import Schema
from penchant.lake.stream import frame_of, put_records
from penchant.lake.table import Table, TableBusy
from tests.lake.conftest import INTERACTIONS, MakeSource, files_of, schema_text, stream

HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"


@dataclass(frozen=True)
class Entry:
    seq: int
    subject: str
    session: str | None = "s"
    anonymous: bool = False
    records: list[dict[str, Any]] = field(default_factory=list)


def entries(*numbers: int) -> list[Entry]:
    """One event each, of item iN."""
    return [Entry(16 * n, "u", records=[{"ITEM_ID": f"i{n}", "TIMESTAMP": n}]) for n in numbers]


def fold(table: Table, schema: Schema, first: int, end: int) -> bool:
    """Store the entries numbered `first` to `end` - 1."""
    return put_records(table, schema, frame_of(schema, entries(*range(first, end))), 16 * (first - 1), 16 * (end - 1))


def numbers(table: Table, version: int | None = None) -> list[int]:
    return sorted(int(item[1:]) for item in table.read(version).collect()["ITEM_ID"])


def test_entries_become_rows(interactions: Schema) -> None:
    frame = frame_of(
        interactions,
        [
            Entry(
                160,
                "ü\0漢",
                "s\0",
                records=[
                    {"ITEM_ID": "a", "TIMESTAMP": 5, "EVENT_VALUE": 2, "_event_id": "e1", "_extra": '{"a":1}'},
                    {"TIMESTAMP": 6, "EVENT_TYPE": "view"},
                ],
            ),
            Entry(176, "s2", "s2", True, [{"ITEM_ID": "b\0", "TIMESTAMP": 7}]),
            Entry(192, "v", None, records=[{"ITEM_ID": "🙂", "TIMESTAMP": 8}]),
        ],
    )
    names = ["USER_ID", "ITEM_ID", "EVENT_TYPE", "EVENT_VALUE", "TIMESTAMP", SEQUENCE, *OF_EVENTS]
    assert frame.select(names).rows() == [
        ("ü\0漢", "a", None, 2.0, 5, 160, "s\0", False, "e1", '{"a":1}'),
        ("ü\0漢", None, "view", None, 6, 161, "s\0", False, None, None),
        ("s2", "b\0", None, None, 7, 176, "s2", True, None, None),
        ("v", "🙂", None, None, 8, 192, None, False, None, None),
    ]
    assert {name: frame.schema[name] for name in interactions.polars} == dict(interactions.polars)


def test_items_are_named_by_their_subject(items: Schema) -> None:
    records = [{"ITEM_ID": "a", "GENRES": "x|y", "YEAR": 1999, "SOLD": True}]
    frame = frame_of(items, [Entry(16, "a", None, records=records), Entry(32, "b", None, records=[{"YEAR": 2}])])
    assert frame.select(*items.column_names, SEQUENCE).rows() == [
        ("a", "x|y", None, 1999, True, 16),
        ("b", None, None, 2, None, 32),
    ]
    assert set(frame.columns) == {*items.column_names, SEQUENCE}


def test_no_entries_give_a_frame_with_all_columns(interactions: Schema) -> None:
    frame = frame_of(interactions, [])
    assert (len(frame), set(frame.columns)) == (0, {*interactions.column_names, SEQUENCE, *OF_EVENTS})


@given(
    value=st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | st.text() | st.lists(st.integers())
)
def test_no_value_can_stop_a_fold(value: Any) -> None:
    kinds = ["int", "long", "float", "boolean", "string"]
    columns = [{"name": kind.upper() + "_", "type": ["null", kind]} for kind in kinds]
    schema = Schema.parse(schema_text("Items", {"name": "ITEM_ID", "type": "string"}, *columns))
    if isinstance(value, str):
        value = value.encode(errors="ignore").decode()
    record = {column["name"]: value for column in columns}
    frame = frame_of(schema, [Entry(16, "a", None, records=[record])])
    assert {name: frame.schema[name] for name in schema.polars} == dict(schema.polars)
    if value is None or isinstance(value, str):
        assert frame["STRING_"].to_list() == [value]


def test_the_first_fold_makes_the_table(table: Table, interactions: Schema) -> None:
    assert table.position() == 0
    assert fold(table, interactions, 1, 4)
    assert (table.version(), table.position(), numbers(table)) == (0, 48, [1, 2, 3])
    rows = table.rows().sort(SEQUENCE).collect()
    assert rows.select(PROVENANCE, SEQUENCE, SESSION, ANONYMOUS, EVENT_ID, EXTRA).rows() == [
        ("PUT", 16 * n, "s", False, None, None) for n in (1, 2, 3)
    ]
    assert table.read().collect_schema() == interactions.polars


def test_each_version_knows_its_position(table: Table, interactions: Schema, source: MakeSource) -> None:
    import_files(table, interactions, [source(HEADER + "u,i8,,,1\n")], "FULL", "job")
    assert table.position() == 0
    assert fold(table, interactions, 1, 2) and fold(table, interactions, 2, 5)
    import_files(table, interactions, [source(HEADER + "u,i9,,,1\n")], "FULL", "again")
    assert [table.position(version) for version in (0, 1, 2, 3, None)] == [0, 16, 64, 64, 64]
    assert [numbers(table, version) for version in range(4)] == [[8], [1, 8], [1, 2, 3, 4, 8], [1, 2, 3, 4, 9]]


@pytest.mark.parametrize("existing", [False, True])
def test_an_empty_fold_moves_the_position_alone(table: Table, interactions: Schema, existing: bool) -> None:
    if existing:
        fold(table, interactions, 1, 3)
    before = files_of(table)
    assert put_records(table, interactions, frame_of(interactions, []), table.position(), 1000)
    assert (table.position(), files_of(table), table.count()) == (1000, before, 2 * existing)


def test_a_fold_from_another_position_changes_nothing(table: Table, interactions: Schema) -> None:
    assert not fold(table, interactions, 2, 3)
    assert not table.exists() and not files_of(table)
    assert fold(table, interactions, 1, 3)
    before = files_of(table), table.version()
    for first, end in ((1, 3), (2, 4), (4, 5)):
        assert not fold(table, interactions, first, end)
    assert (files_of(table), table.version()) == before


def test_somebody_else_folds_just_before_the_commit(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema
) -> None:
    real = Table.put

    def put(self: Table, *args: Any) -> bool:
        monkeypatch.setattr(Table, "put", real)
        assert fold(Table(table.url), interactions, 1, 3)
        return real(self, *args)

    for first, end in ((1, 3), (3, 5)):
        monkeypatch.setattr(Table, "put", put if first == 1 else real)
        assert fold(table, interactions, first, end) == (first != 1)
    assert numbers(table) == [1, 2, 3, 4]
    assert files_of(table) == {file.path for file in table.files()}


def earlier(monkeypatch: pytest.MonkeyPatch, table: Table, schema: Schema, content: Any) -> None:
    """A table as releases made it that had no streaming."""
    with monkeypatch.context() as patched:
        patched.setattr(commits, "PROPERTIES", {})
        patched.setattr(commits, "OBJECTS", {})
        import_files(table, schema, [content], "FULL", "earlier")
    assert ANONYMOUS not in table.rows().collect_schema()


def test_a_table_of_an_earlier_release(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    earlier(monkeypatch, table, interactions, source(HEADER + "u,i1,,,1\n"))
    import_files(table, interactions, [source(HEADER + "u,i1,,,1\nu,i2,,,1\n")], "INCREMENTAL", "two")
    assert ANONYMOUS not in table.rows().collect_schema()
    assert fold(table, interactions, 1, 4)
    import_files(table, interactions, [source(HEADER + "u,i2,,,1\nu,i3,,,3\nu,i4,,,1\n")], "INCREMENTAL", "three")
    assert sorted(table.rows().collect().select("ITEM_ID", PROVENANCE, ANONYMOUS).rows(), key=str) == [
        ("i1", "FULL", None),
        ("i1", "PUT", False),
        ("i2", "INCREMENTAL", None),
        ("i2", "PUT", False),
        ("i3", "PUT", False),
        ("i4", "INCREMENTAL", None),
    ]
    assert numbers(table) == [1, 1, 2, 2, 3, 4]
    assert table.read(0).collect_schema() == table.read().collect_schema() == interactions.polars
    assert commits.PROPERTIES.items() <= DeltaTable(table.url).metadata().configuration.items()


def test_a_table_of_items_of_an_earlier_release(
    monkeypatch: pytest.MonkeyPatch, table: Table, items: Schema, source: MakeSource
) -> None:
    earlier(monkeypatch, table, items, source("ITEM_ID,GENRES,TEXT,YEAR,SOLD\na,,,1,\nb,,,1,\n"))
    stream(table, items, [("a", None, None, 2, None)])
    assert sorted(table.read().select("ITEM_ID", "YEAR").collect().rows()) == [("a", 2), ("b", 1)]
    assert commits.PROPERTIES.items() <= DeltaTable(table.url).metadata().configuration.items()


def test_one_fold_may_hold_a_record_twice(table: Table, items: Schema) -> None:
    stream(table, items, [("a", None, None, 1, None), ("b", None, None, 1, None), ("a", None, None, 2, None)])
    assert sorted(table.read().select("ITEM_ID", "YEAR").collect().rows()) == [("a", 2), ("b", 1)]
    assert table.count() == 2 and len(table.rows().collect()) == 3


def test_rows_that_only_link_are_not_read(table: Table, interactions: Schema) -> None:
    stream(table, interactions, [("u", "i1", None, None, 1), ("u", None, None, None, 2)], _session=["s", "s"])
    stream(table, interactions, [("s", "i2", None, None, 1)], _session=["s"], _anonymous=[True])
    assert sorted(table.read().select("USER_ID", "ITEM_ID").collect().rows()) == [("s", "i2"), ("u", "i1")]
    assert table.count() == 2


def test_an_imported_event_is_no_repeat_of_an_anonymous_one(
    table: Table, interactions: Schema, source: MakeSource
) -> None:
    rows = [("x", "i1", None, None, 1), ("x", "i2", None, None, 1)]
    stream(table, interactions, rows, _anonymous=[True, False])
    report = import_files(table, interactions, [source(HEADER + "x,i1,,,1\nx,i2,,,1\n")], "INCREMENTAL", "job")
    assert (report.rows, report.duplicates) == (1, 1)


def failing(error: Exception, really: bool, times: int = 1) -> Callable[..., None]:
    """Stands in for `write`: fails, perhaps after the commit."""
    left, real = [None] * times, commits.write

    def write(*args: Any, **options: Any) -> None:
        if not left:
            return real(*args, **options)
        left.pop()
        if really:
            real(*args, **options)
        raise error

    return write


@pytest.mark.parametrize("name", ["write", "create"])
def test_a_commit_whose_answer_was_lost_is_known_again(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, name: str
) -> None:
    if name == "write":
        fold(table, interactions, 1, 2)
    real = getattr(commits, name)

    def lose(*args: Any, **options: Any) -> None:
        real(*args, **options)
        raise CommitFailedError("there is such a version already")

    monkeypatch.setattr(f"penchant.lake.table.{name}", lose)
    first = 2 if name == "write" else 1
    assert fold(table, interactions, first, 4)
    monkeypatch.undo()
    assert (numbers(table), files_of(table)) == ([1, 2, 3], {file.path for file in table.files()})


def test_after_an_error_nobody_knows_the_file_stays(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema
) -> None:
    fold(table, interactions, 1, 2)
    for committed in (False, True):
        monkeypatch.setattr("penchant.lake.table.write", failing(OSError("connection reset"), committed))
        with pytest.raises(OSError, match="connection reset"):
            fold(table, interactions, 2, 3)
        assert numbers(table) == ([1, 2] if committed else [1])
    assert not fold(table, interactions, 2, 3) and fold(table, interactions, 3, 4)
    assert numbers(table) == [1, 2, 3]


def test_a_table_that_never_rests(monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema) -> None:
    fold(table, interactions, 1, 2)
    before = files_of(table)
    monkeypatch.setattr("penchant.lake.table.write", failing(CommitFailedError("too late"), False, 1000))
    with pytest.raises(TableBusy, match="changed by others"):
        fold(table, interactions, 2, 3)
    assert files_of(table) == before


def test_others_who_commit_only_cost_an_attempt(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    fold(table, interactions, 1, 2)
    real, arrived = commits.write, [None]

    def write(*args: Any, **options: Any) -> None:
        if arrived:
            arrived.pop()
            import_files(table, interactions, [source(HEADER + "u,i7,,,1\n")], "FULL", "job")
        real(*args, **options)

    monkeypatch.setattr("penchant.lake.table.write", write)
    assert fold(table, interactions, 2, 3)
    assert (numbers(table), table.version(), table.position()) == ([1, 2, 7], 2, 32)


CRASH = """
import os, sys
from penchant.lake import schema, stream, table
from tests.lake.test_stream import fold
folder, text, moment = sys.argv[1:4]
real = table.Table.put
def put(*args):
    if moment == "after":
        real(*args)
    os._exit(9)
table.Table.put = put
fold(table.Table(folder), schema.Schema.parse(text), 2, 5)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_around_the_commit(table: Table, interactions: Schema, moment: str) -> None:
    fold(table, interactions, 1, 2)
    command = [sys.executable, "-c", CRASH, table.url, INTERACTIONS, moment]
    assert subprocess.run(command, env=environment()).returncode == 9
    assert fold(table, interactions, 2, 5) == (moment == "before")
    assert (numbers(table), table.position()) == ([1, 2, 3, 4], 64)
    (left,) = files_of(table) - {file.path for file in table.files()} or {None}
    assert (left is None) == (moment == "after")
    if left:
        assert table.vacuum([]) == 0  # some job might be about to commit it
        os.utime(Path(table.url) / left, (1, 1))
        assert table.vacuum([], full=False) == 0
        assert table.vacuum([]) == 1
    assert files_of(table) == {file.path for file in table.files()}
    assert numbers(table) == [1, 2, 3, 4]


@pytest.mark.parametrize("made", ["not yet", "by an earlier release"])
def test_threads_that_fold_the_same(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource, made: str
) -> None:
    """Four at once, from the first fold on, beside imports."""
    won: list[int] = []
    if made != "not yet":
        earlier(monkeypatch, table, interactions, source(HEADER + "u,i1,,,1\n"))

    def run() -> None:
        mine = Table(table.url)
        while (position := mine.position()) < 16 * 20:
            first = position // 16 + 1
            if fold(mine, interactions, first, min(first + 2, 21)):
                won.append(first)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        import_files(Table(table.url), interactions, [source(f"{HEADER}u,i{100 + number},,,1\n")], "FULL", str(number))
    for thread in threads:
        thread.join()
    assert sorted(won) == [*range(1, 21, 2)]
    assert numbers(table) == [*range(1, 21), 104]
    assert files_of(table) >= {file.path for file in table.files()}
    assert not [path for path in files_of(table) - {file.path for file in table.files()} if "/journal-" in path]


RACE = """
import sys
from penchant.lake import compact, schema, table
from tests.lake.test_stream import fold
folder, text = sys.argv[1:3]
mine, schema = table.Table(folder), schema.Schema.parse(text)
while (position := mine.position()) < 16 * 20:
    fold(mine, schema, position // 16 + 1, position // 16 + 2)
    compact.compact(mine, fewest=2)
"""


def test_processes_that_fold_and_compact_the_same(table: Table, interactions: Schema) -> None:
    command = [sys.executable, "-c", RACE, table.url, INTERACTIONS]
    running = [subprocess.Popen(command, env=environment()) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert (numbers(table), table.position()) == ([*range(1, 21)], 16 * 20)
    # All versions can still be read, as nothing was vacuumed.
    for version in range(table.version()):
        assert numbers(table, version) == [*range(1, table.position(version) // 16 + 1)]
    table.vacuum([])
    assert files_of(table) == {file.path for file in table.files()}


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}


def test_the_rows_of_a_fold_ascend(table: Table, interactions: Schema) -> None:
    frame = frame_of(interactions, entries(3, 1, 2))
    assert put_records(table, interactions, frame.reverse(), 0, 48)
    (file,) = table.files()
    assert (file.rows, file.first) == (3, 16)
    assert table.read_file(file.path)[SEQUENCE].to_list() == [16, 32, 48]


def test_columns_that_the_table_lacks_are_added(table: Table, items: Schema) -> None:
    narrow = Schema(items.dataset_type, None, items.fields[:3])
    stream(table, narrow, [("a", "x", None)])
    stream(table, items, [("b", None, None, 3, True)])
    stream(table, narrow, [("c", "z", None)])
    found = sorted(table.read().collect().rows())
    assert found == [("a", "x", None, None, None), ("b", None, None, 3, True), ("c", "z", None, None, None)]


def test_statistics_leave_no_row_out(table: Table, interactions: Schema, source: MakeSource) -> None:
    """Polars skips files by the first and last number that a commit tells."""
    import_files(table, interactions, [source(HEADER + "".join(f"u,i{n},,,1\n" for n in range(50)))], "FULL", "job")
    fold(table, interactions, 1, 50)
    rows = table.rows().collect()
    for number in rows[SEQUENCE].sample(20, seed=1):
        expected = rows.filter(pl.col(SEQUENCE) == number)
        assert table.rows().filter(pl.col(SEQUENCE) == number).collect().equals(expected)
        assert table.rows().filter(pl.col(SEQUENCE) > number).collect().height == (rows[SEQUENCE] > number).sum()
