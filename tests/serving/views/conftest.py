"""A dataset that is imported into, streamed into, folded, pruned, merged and deleted from, and what it should hold."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest

from penchant.events.entry import NewEntry
from penchant.events.journal import Journal
from penchant.lake import compact
from penchant.lake.erase import erase_users
from penchant.lake.parts import FULL, INCREMENTAL, PROVENANCE, PUT, SEQUENCE
from penchant.lake.schema import Schema
from penchant.lake.stream import frame_of, put_records
from penchant.serving.views import Source, Views
from penchant.store.database import Database
from tests import samples

Row = dict[str, Any]
ITEMS = Schema.parse(
    samples.schema(
        "Items",
        samples.text("ITEM_ID"),
        {"name": "GENRE", "type": ["null", "string"], "categorical": True},
        {"name": "BRAND", "type": ["null", "string"]},
        {"name": "PRICE", "type": ["null", "float"]},
        {"name": "TEXT", "type": ["null", "string"], "textual": True},
        {"name": "SOLD", "type": ["null", "boolean"]},
    )
)
USERS = Schema.parse(samples.schema("Users", samples.text("USER_ID"), {"name": "AGE", "type": ["null", "int"]}))
INTERACTIONS = Schema.parse(samples.INTERACTIONS)


class World:
    """One dataset. `rows` is what it holds by all that was done: (provenance, number, record) of each."""

    def __init__(self, journal: Journal, folder, number: int, schema: Schema):
        self.journal, self.schema = journal, schema
        self.source = Source(number, folder, schema)
        self.table = self.source.table
        self.rows: list[tuple[str, int, Row]] = []

    def put(self, *records: Row, session: str | None = None, anonymous: bool = False) -> None:
        """One call: several events of one visitor, or one item or user."""
        subject = records[0][self.schema.key or "USER_ID"]
        kept = [dict(record) for record in records]
        for record in kept:
            if self.schema.key is None:
                del record["USER_ID"]
        self.journal.append([NewEntry(self.source.number, subject, session, anonymous, kept)])
        first = self.journal.newest(self.source.number)
        self.rows += [(PUT, first + place, dict(record)) for place, record in enumerate(records)]
        time.sleep(0.002)  # an import that begins in the same millisecond might have the same number

    def load(self, rows: list[Row], mode: str = FULL) -> None:
        job = uuid.uuid4().hex
        writer = self.table.writer(job, mode)
        writer.add(pl.DataFrame(rows, self.schema.polars))
        self.table.commit(writer.finish(np.empty(0, np.int64)), self.schema, job, mode == FULL, {})
        if mode == FULL:
            self.rows = [row for row in self.rows if row[0] == PUT]
        bulk = self.table.rows().filter(pl.col(PROVENANCE) == mode).sort(SEQUENCE).tail(len(rows)).collect()
        self.rows += [(mode, number, row) for number, row in zip(bulk[SEQUENCE], rows, strict=True)]
        time.sleep(0.002)

    def fold(self, most: int = 1000) -> None:
        position = self.table.position()
        entries = self.journal.since(self.source.number, position, most)
        if entries:
            assert put_records(self.table, self.schema, frame_of(self.schema, entries), position, entries[-1].seq)

    def prune(self) -> None:
        self.journal.prune(self.source.number, self.table.position())

    def merge(self) -> None:
        compact.compact(self.table, fewest=2)

    def erase(self, *users: str) -> None:
        self.fold()
        position = self.table.position()
        erase_users(self.table, pl.Series(users, dtype=pl.String), uuid.uuid4().hex)
        if self.table.exists():
            self.table.vacuum([], full=False)
        self.journal.forget(self.source.number, users, position)
        self.rows = [row for row in self.rows if row[2]["USER_ID"] not in users]

    def records(self) -> dict[str, Row]:
        """The newest of each key, without nulls."""
        ascending = sorted(self.rows, key=lambda row: row[1])
        newest = {row[self.schema.key]: row for _, _, row in ascending}
        return {id_: {name: value for name, value in row.items() if value is not None} for id_, row in newest.items()}

    def events(self, user: str, most: int) -> list[tuple[str, str | None]]:
        of_user = [(row["TIMESTAMP"], number, row) for _, number, row in self.rows if row["USER_ID"] == user]
        kept: list[tuple[str, str | None]] = []
        counts: dict[str | None, int] = {}
        for _, _, row in sorted(of_user, key=lambda each: each[:2], reverse=True):
            type_ = row.get("EVENT_TYPE")
            name = type_ and type_.lower()
            if row.get("ITEM_ID") is not None:
                counts[name] = counts.get(name, 0) + 1
                if counts[name] <= most:
                    kept.append((row["ITEM_ID"], type_))
        return kept[::-1]


@pytest.fixture
def journal(tmp_path) -> Iterator[Journal]:
    journal = Journal(Database(f"sqlite:///{tmp_path / 'journal.db'}"))
    journal.migrate()
    yield journal
    journal.close()


@pytest.fixture
def views(journal) -> Iterator[Views]:
    """They are refreshed by hand."""
    views = Views(journal, seconds=3600)
    yield views
    views.close()


@pytest.fixture
def items(journal, tmp_path) -> World:
    return World(journal, tmp_path / "items", 1, ITEMS)


@pytest.fixture
def users(journal, tmp_path) -> World:
    return World(journal, tmp_path / "users", 2, USERS)


@pytest.fixture
def events(journal, tmp_path) -> World:
    return World(journal, tmp_path / "interactions", 3, INTERACTIONS)


def random_step(world: World, rng: np.random.Generator, record, erasable: list[str] | None = None) -> None:
    """Something that happens to a dataset; `record` makes one."""
    steps = ["put"] * 5 + ["full", "incremental", "fold", "fold one", "merge", "prune", "prune"]
    step = rng.choice(steps + (["erase"] if erasable else []))
    if step == "put":
        world.put(record())
    elif step in ("full", "incremental"):
        rows = [record() for _ in range(rng.integers(1, 6))]
        keys = {str([row[name] for name in row if name.endswith("_ID")]): row for row in rows}
        world.load(list(keys.values()), FULL if step == "full" else INCREMENTAL)
    elif step == "fold":
        world.fold()
    elif step == "fold one":
        world.fold(1)
    elif step == "merge":
        world.merge()
    elif step == "prune":
        # Another dataset's entry is the newest of the journal, which stays.
        world.journal.append([NewEntry(99, "x", None, False, [{}])])
        world.prune()
    elif erasable:
        world.erase(str(rng.choice(erasable)))
