"""The newest record of every item or user: those of the table in columns, and over them what was put since."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl

from ...events.journal import Journal
from ...filters.words import Words
from ...lake.parts import SEQUENCE
from ...lake.schema import Schema
from ...lake.stream import frame_of
from .source import NONE, Source
from .view import View

ENTRIES = 5_000
"""Of the journal, read at once."""
FEWEST, SHARE = 50_000, 0.25
"""So many newer records, and so many for each in columns, are put into columns too."""

Record = dict[str, Any]
"""By column name; a column without a value is absent."""


@dataclass(frozen=True, eq=False)
class Stored:
    """Records in columns, each id once, in no particular order."""

    frame: pl.DataFrame
    """The columns of the schema, and `_sequence`."""
    ids: Words
    sequences: np.ndarray
    """(rows,) int64."""

    @classmethod
    def of(cls, schema: Schema, frame: pl.DataFrame) -> "Stored":
        """The newest record of each id."""
        assert schema.key
        frame = frame.rechunk()
        ids = Words.of(frame[schema.key])
        hashes = ids.index.hashes
        if (hashes[1:] == hashes[:-1]).any():  # an id may be there twice
            frame = frame.sort(SEQUENCE).unique(schema.key, keep="last", maintain_order=True)
            ids = Words.of(frame[schema.key])
        return cls(frame, ids, frame[SEQUENCE].to_numpy())


@dataclass(frozen=True, eq=False)
class Records:
    schema: Schema
    stored: Stored
    version: int
    """Of the table."""
    position: int
    """Every record that the journal was given up to here is in."""
    newer: Mapping[str, tuple[int, Record]] = field(default_factory=dict)
    """`_sequence` and record by id."""

    @classmethod
    def at(cls, source: Source, version: int, position: int) -> "Records":
        rows = pl.LazyFrame(schema=source.schema.polars) if version == NONE else source.table.rows(version)
        return cls(source.schema, Stored.of(source.schema, conformed(source.schema, rows).collect()), version, position)

    def extended(self, rows: pl.DataFrame, position: int) -> "Records":
        """With rows of the journal. Those that are in already change nothing, in whatever order they come."""
        key, more = str(self.schema.key), dict(self.newer)
        rows = conformed(self.schema, rows.lazy()).collect()
        places = self.stored.ids.codes(rows[key].to_list())
        for row, place in zip(rows.iter_rows(named=True), places, strict=True):
            sequence = row.pop(SEQUENCE)
            held = self.stored.sequences[place] if place is not None else -1
            if row[key] in more:
                held = max(held, more[row[key]][0])
            if sequence > held:
                more[row[key]] = (sequence, told(row))
        records = replace(self, newer=more, position=position)
        return records.in_columns() if len(more) > max(FEWEST, SHARE * len(self.stored.frame)) else records

    def in_columns(self) -> "Records":
        """The same records, all of them in columns."""
        newer = [{**record, SEQUENCE: sequence} for sequence, record in self.newer.values()]
        schema = pl.Schema({**self.schema.polars, SEQUENCE: pl.Int64()})
        frame = pl.concat([self.stored.frame, pl.DataFrame(newer, schema)])
        return replace(self, stored=Stored.of(self.schema, frame), newer={})

    def record(self, id_: str) -> Record:
        """With its id; nothing else where there is no such record."""
        if id_ in self.newer:
            return self.newer[id_][1]
        place = self.stored.ids.code(id_)
        if place is None:
            return {str(self.schema.key): id_}
        row = self.stored.frame.row(place, named=True)
        row.pop(SEQUENCE)
        return told(row)

    def values(self, ids: Sequence[str], columns: Collection[str]) -> list[Record]:
        """Some columns of each, as the schema spells them; those that it does not have are passed over."""
        wanted = [name for name in self.schema.column_names if name in columns]
        found: list[Record] = [{} for _ in ids]
        old, rows = [], []
        for at, (id_, row) in enumerate(zip(ids, self.stored.ids.codes(ids), strict=True)):
            if id_ in self.newer:
                record = self.newer[id_][1]
                found[at] = {name: record[name] for name in wanted if name in record}
            elif row is not None:
                old.append(at)
                rows.append(row)
        places = np.array(rows, np.int64)
        for name in wanted:
            for at, value in zip(old, self.stored.frame.get_column(name)[places].to_list(), strict=True):
                if value is not None and value == value:
                    found[at][name] = value
        return found


class RecordView(View[Records]):
    def __init__(self, journal: Journal, source: Source):
        assert source.schema.key
        super().__init__()
        self.journal, self.source = journal, source

    def record(self, id_: str) -> Record:
        """The newest record of an item or user, with its id; nothing else where there is none."""
        return self.state.record(id_)

    def next(self, state: Records | None, thorough: bool) -> Records:
        caught_up = None if state is None else self.caught_up(state, thorough)
        while caught_up is None:
            read = self.source.read(lambda version, position: Records.at(self.source, version, position))
            caught_up = self.caught_up(read, thorough=False)
        return caught_up

    def caught_up(self, records: Records, thorough: bool) -> Records | None:
        """With what the journal was given since; None where the table has to be read anew."""
        while True:
            version = self.source.later(records.version, thorough)
            if version is None:
                return None
            if version > records.version:
                records = replace(self.folded(records, version), version=version)
            entries = self.journal.since(self.source.number, records.position, ENTRIES)
            if not entries:
                return records
            if self.source.table.names_after(version):
                continue  # Entries may be missing that were folded into the table, and pruned, before this look.
            records = records.extended(frame_of(self.source.schema, entries), entries[-1].seq)
            if len(entries) < ENTRIES:
                return records

    def folded(self, records: Records, version: int) -> Records:
        position = self.source.table.position(version)
        if position <= records.position:
            return records
        return records.extended(self.source.streamed(version, records.position).collect(), position)

    def __str__(self) -> str:
        return f"The view of {self.source.folder}"


def conformed(schema: Schema, rows: pl.LazyFrame) -> pl.LazyFrame:
    """The columns of the schema, and `_sequence`; null where the rows lack them."""
    there, wanted = rows.collect_schema().names(), pl.Schema({**schema.polars, SEQUENCE: pl.Int64()})
    return rows.select(
        (pl.col(name) if name in there else pl.lit(None)).cast(kind).alias(name) for name, kind in wanted.items()
    )


def told(row: Mapping[str, Any]) -> Record:
    """Without nulls, and without what is no number."""
    return {name: value for name, value in row.items() if value is not None and value == value}


def newer_than(before: Records, now: Records) -> Iterable[Record]:
    """The records that `now` has beside those in columns, and `before`, of the same columns, has not."""
    return (record for id_, (sequence, record) in now.newer.items() if before.newer.get(id_, (-1,))[0] != sequence)
