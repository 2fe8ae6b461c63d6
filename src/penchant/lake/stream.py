"""Writes what the journal holds of a dataset into its table: each entry once, whoever else does the same.

The table's own version says up to which entry it has the journal (`Table.position`), and rows and position are one
commit. A crash before it leaves a file that no version names; `Table.vacuum` removes that when it is old.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import obstore
import polars as pl

from penchant.lake.fields import OBJECTS
from penchant.lake.parts import ANONYMOUS, EVENT_ID, EXTRA, OF_EVENTS, PUT, SEQUENCE, SESSION, write_part
from penchant.lake.schema import Schema
from penchant.lake.table import Table, TableBusy


class StreamedEntry(Protocol):
    """What was accepted at once: events of one visitor, or one item, user or action."""

    @property
    def seq(self) -> int:
        """The number of its first record; the others follow."""

    @property
    def subject(self) -> str:
        """USER_ID of the events, or the session where `anonymous`; or the id of the item, user or action."""

    @property
    def session(self) -> str | None: ...

    @property
    def anonymous(self) -> bool: ...

    @property
    def records(self) -> Sequence[Mapping[str, Any]]:
        """By column, without those that are null. Of an event also `_event_id` and `_extra`."""


def put_records(table: Table, schema: Schema, records: pl.DataFrame, after: int, until: int) -> bool:
    """Store the records of the journal's entries from after `after` up to `until`; the table is made if need be.

    `records` has the columns of the schema, `_sequence`, and those of `OF_EVENTS` where they are events (see
    `frame_of`); it may be empty. False, and nothing changed, when the table's position is not `after`: somebody else
    stored some of them. Raises `TableBusy`; then nothing changed either.
    """
    if table.position() != after:
        return False
    columns = pl.Schema(
        {**schema.polars, SEQUENCE: pl.Int64(), **(OF_EVENTS if schema.dataset_type in OBJECTS else {})}
    )
    rows = records.select(columns.names()).cast(columns).sort(SEQUENCE)
    part = write_part(table.store(), PUT, f"journal-{uuid.uuid4().hex}.parquet", rows)
    stored = False
    try:
        stored = table.put([part] if part.rows else [], schema, after, until)
    except TableBusy:
        _discard(table, part.path, part.rows)
        raise
    # After any other error the commit may have happened, and the file has to stay.
    if not stored:
        _discard(table, part.path, part.rows)
    return stored


def frame_of(schema: Schema, entries: Iterable[StreamedEntry]) -> pl.DataFrame:
    """The records of entries as `put_records` takes them. A value that its column cannot hold is null."""
    records: list[Mapping[str, Any]] = []
    subjects: list[str] = []
    sessions: list[str | None] = []
    anonymous: list[bool] = []
    sequence: list[int] = []
    for entry in entries:
        count = len(entry.records)
        records += entry.records
        subjects += [entry.subject] * count
        sessions += [entry.session] * count
        anonymous += [entry.anonymous] * count
        sequence += range(entry.seq, entry.seq + count)

    def column(name: str, kind: pl.DataType) -> pl.Series:
        return pl.Series(name, [record.get(name) for record in records], kind, strict=False)

    subject = schema.key or "USER_ID"
    columns = [column(name, kind) for name, kind in schema.polars.items() if name != subject]
    columns += [pl.Series(subject, subjects, pl.String), pl.Series(SEQUENCE, sequence, pl.Int64)]
    if schema.dataset_type in OBJECTS:
        columns += [pl.Series(SESSION, sessions, pl.String), pl.Series(ANONYMOUS, anonymous, pl.Boolean)]
        columns += [column(name, OF_EVENTS[name]) for name in (EVENT_ID, EXTRA)]
    return pl.DataFrame(columns)


def _discard(table: Table, path: str, rows: int) -> None:
    if rows:
        obstore.delete(table.store(), path)
