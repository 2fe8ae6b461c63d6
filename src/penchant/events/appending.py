"""The statement that numbers entries and inserts them, in each database's own words.

An entry's number is its time, and more than that of the one before it by `STEP` at least. On SQLite a statement that
writes has the database for itself. PostgreSQL lets many insert at once, so whoever numbers holds a lock until the
numbers are committed; then their order is that of the commits.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from ..store import clock
from .entry import STEP, NewEntry, position_at

LOCK = "SELECT pg_advisory_xact_lock(8102)"
encode = msgspec.json.Encoder().encode

_INTO = "INSERT INTO journal (seq, dataset, subject, session, anonymous, records) "
_NEXT = f"coalesce((SELECT max(seq) FROM journal), 0) + {STEP}"

POSTGRESQL = (
    f"{_INTO}SELECT b.base + {STEP} * (v.place - 1), v.dataset, v.subject, v.session, v.anonymous, v.records "
    f"FROM (SELECT greatest({_NEXT}, %(now)s::bigint) AS base) AS b, "
    "unnest(%(dataset)s::int[], %(subject)s::bytea[], %(session)s::bytea[], %(anonymous)s::bool[], "
    "%(records)s::bytea[]) WITH ORDINALITY AS v (dataset, subject, session, anonymous, records, place)"
)


@lru_cache(maxsize=1024)
def sqlite(count: int) -> str:
    """For so many entries."""
    rows = ", ".join(["(?, ?, ?, ?, ?, ?)"] * count)
    return (
        f"{_INTO}SELECT b.base + v.column1, v.column2, v.column3, v.column4, v.column5, v.column6 "
        f"FROM (SELECT max({_NEXT}, ?) AS base) AS b, (VALUES {rows}) AS v"
    )


def flat(entries: Sequence[NewEntry]) -> list[Any]:
    """What `sqlite` asks for."""
    values: list[Any] = [position_at(clock.now())]
    for place, entry in enumerate(entries):
        values += (STEP * place, entry.dataset, *texts(entry), entry.anonymous, encode(entry.records))
    return values


def columns_of(entries: Sequence[NewEntry]) -> dict[str, Any]:
    """What `POSTGRESQL` asks for."""
    named = [texts(entry) for entry in entries]
    return {
        "now": position_at(clock.now()),
        "dataset": [entry.dataset for entry in entries],
        "subject": [subject for subject, _ in named],
        "session": [session for _, session in named],
        "anonymous": [entry.anonymous for entry in entries],
        "records": [encode(entry.records) for entry in entries],
    }


def texts(entry: NewEntry) -> tuple[bytes, bytes | None]:
    return entry.subject.encode(), None if entry.session is None else entry.session.encode()
