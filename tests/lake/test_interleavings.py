"""Imports, streams, deletions, merging and clearing away in any order: a table reads as a plain list would.

Named versions are read again at the end, whatever was merged and removed since.
"""

import io
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.lake import delta_log
from penchant.lake.compact import compact
from penchant.lake.erase import erase_users
from penchant.lake.export import export_csv
from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.stream import frame_of, put_records
from penchant.lake.table import PUT, Table
from penchant.store.objects import Source
from tests.lake.conftest import INTERACTIONS, schema_text, stream

USERS, ITEMS, SESSIONS = (st.sampled_from(names) for names in (["u", "v", "s\0", "ü"], ["a", "b\0"], ["s\0", "t"]))
TIMES = st.integers(1, 3)
ROWS = st.lists(st.tuples(USERS, ITEMS, TIMES), min_size=1, max_size=5)
VISITS = st.tuples(st.none(), ITEMS, TIMES, SESSIONS) | st.tuples(USERS, st.none() | ITEMS, TIMES, st.none() | SESSIONS)
PUTS = st.tuples(st.just("put"), st.lists(VISITS, min_size=2, max_size=6))
EITHER = st.tuples(st.sampled_from(["FULL", "INCREMENTAL"]), ROWS) | PUTS | PUTS
UPKEEP = (
    st.tuples(st.just("merge"), st.integers(1, 3))
    | st.tuples(st.just("name"), st.none())
    | st.tuples(st.just("clear"), st.booleans())
    | st.tuples(st.just("stale"), st.none())
)
ERASE = st.tuples(st.just("erase"), st.lists(USERS, min_size=1, max_size=2))


class Events:
    """A dataset of events, and what it should hold: rows (user or None, item or None, time, session)."""

    def __init__(self, folder: str):
        self.schema, self.table = Schema.parse(INTERACTIONS), Table(Path(folder) / "table")
        self.bulk: list[tuple] = []
        self.streamed: list[tuple] = []
        self.named: dict[int, Counter] = {}
        self.jobs = 0

    def do(self, what: str, told: Any) -> None:
        self.jobs += 1
        if what in ("FULL", "INCREMENTAL"):
            self.load(what, told)
        elif what == "put":
            rows = [(user or session, item, None, None, time) for user, item, time, session in told]
            anonymous = [user is None for user, *_ in told]
            stream(self.table, self.schema, rows, _session=[visit[3] for visit in told], _anonymous=anonymous)
            self.streamed += told
        elif what == "erase":
            users = pl.Series(told, dtype=pl.String)
            assert erase_users(self.table, users, f"job {self.jobs}") == self.erase(set(told))
        elif self.table.exists():
            self.tend(what, told)

    def load(self, mode: str, told: list[tuple]) -> None:
        """As the import does it: of equal events one, and none that is there already."""
        there = {(user, item, time) for user, item, time, _ in self.streamed if user is not None}
        rows = list(dict.fromkeys(told))
        if mode == "FULL":
            self.bulk = rows
        else:
            self.bulk += [row for row in rows if row not in there and row not in self.bulk]
        lines = "".join(f"{user},{item},,,{time}\n" for user, item, time in told)
        content = ("USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n" + lines).encode()
        source = Source("file.csv", len(content), lambda: io.BytesIO(content))
        import_files(self.table, self.schema, [source], mode, f"job {self.jobs}")  # type: ignore[arg-type]

    def erase(self, users: set[str]) -> int:
        owner: dict[str, str] = {}
        for user, _, _, session in self.streamed:
            if user is not None and session is not None:
                owner.setdefault(session, user)
        before = len(self.bulk) + len(self.streamed)
        self.bulk = [row for row in self.bulk if row[0] not in users]
        self.streamed = [
            (user, item, time, session)
            for user, item, time, session in self.streamed
            if (user or session) not in users and (user is not None or owner.get(session) not in users)
        ]
        return before - len(self.bulk) - len(self.streamed)

    def tend(self, what: str, told: Any) -> None:
        position, version = self.table.position(), self.table.version()
        if what == "merge":
            compact(self.table, fewest=told)
            assert version <= self.table.version() <= version + 1
        elif what == "name":
            self.named[version] = self.expected()
        elif what == "clear":
            self.table.vacuum(list(self.named), full=told)
            with patch.object(delta_log, "_STEP", 1):
                self.table.trim_log(list(self.named), days=-1)
        elif what == "stale" and position:
            assert not put_records(self.table, self.schema, frame_of(self.schema, []), position - 1, position + 100)
        assert self.table.position() == position

    def expected(self) -> Counter:
        named = [(user or session, item, time) for user, item, time, session in self.streamed if item is not None]
        return Counter(self.bulk + named)

    def check(self) -> None:
        if not self.table.exists():
            assert not self.bulk and not self.streamed
            return
        assert self.seen() == self.expected()
        assert self.table.count() == self.expected().total()
        stored = self.table.rows().collect()
        assert len(stored) == len(self.bulk) + len(self.streamed)
        assert (stored["_provenance"] == PUT).sum() == len(self.streamed)
        found = b"".join(export_csv(self.table, self.table.version(), self.schema, "ALL")).decode().split("\n")[1:-1]
        assert Counter(found) == Counter(f"{user},{item},,,{time}" for user, item, time in self.expected())
        for version, expected in self.named.items():
            assert self.seen(version) == expected

    def seen(self, version: int | None = None) -> Counter:
        return Counter(self.table.read(version).select("USER_ID", "ITEM_ID", "TIMESTAMP").collect().rows())


@settings(max_examples=30, deadline=None)
@given(st.lists(EITHER | UPKEEP | ERASE, min_size=3, max_size=12), st.lists(USERS, max_size=2))
def test_events(doings: list[tuple], erased: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        events = Events(folder)
        for doing in doings:
            events.do(*doing)
        events.check()
        events.do("erase", erased)
        events.check()


RECORDS = st.lists(st.tuples(st.sampled_from(["a", "b", "c\0", "ü"]), st.integers(0, 9)), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["FULL", "INCREMENTAL", PUT, PUT, "merge"]), RECORDS), max_size=8))
def test_items(doings: Iterable[tuple[str, list[tuple[str, int]]]]) -> None:
    columns = [{"name": "ITEM_ID", "type": "string"}, {"name": "YEAR", "type": ["null", "int"]}]
    schema = Schema.parse(schema_text("Items", *columns))
    stored: list[tuple[str, str, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        table = Table(Path(folder) / "table")
        for number, (what, records) in enumerate(doings):
            if what == PUT:
                stream(table, schema, records)
            elif what == "merge":
                compact(table, fewest=1)
                continue
            else:
                content = ("ITEM_ID,YEAR\n" + "".join(f"{item},{year}\n" for item, year in records)).encode()
                source = Source("file.csv", len(content), lambda content=content: io.BytesIO(content))
                import_files(table, schema, [source], what, f"job {number}")  # type: ignore[arg-type]
            if what == "FULL":
                stored = [row for row in stored if row[0] == PUT]
            stored += [(what, item, year) for item, year in records]
        if not table.exists():
            return
        newest = {item: year for _, item, year in stored}
        assert dict(table.read().collect().rows()) == newest and table.count() == len(newest)
        found = b"".join(export_csv(table, table.version(), schema, "ALL")).decode().split("\n")[1:-1]
        assert sorted(found) == sorted(f"{item},{year}" for item, year in newest.items())
