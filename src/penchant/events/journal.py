"""The journal in a database: entries in one order, which is that of their commits, over all processes.

The number of an entry is also the time at which it was accepted (see `entry.py`), and the `_sequence` of its first
record in the dataset's table. A reader that has everything up to a number can therefore never miss one below it.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ..store.database import Database, Question
from .entry import STEP, Entry, NewEntry, position_at
from .tables import MIGRATIONS, VERSION_TABLE, journal

APPENDING = 8102
"""PostgreSQL's advisory lock: whoever holds it gives numbers, and lets go when they are committed."""
CHUNK = 2_000
"""Entries deleted in one transaction: those who append must not wait for long."""
SUBJECTS = 200
"""Subjects forgotten in one transaction."""
COLUMNS = (journal.c.seq, journal.c.subject, journal.c.session, journal.c.anonymous, journal.c.records)
OF_SUBJECT = Question(
    sa.select(*COLUMNS)
    .where(
        journal.c.dataset == sa.bindparam("dataset"),
        journal.c.subject == sa.bindparam("subject"),
        journal.c.seq > sa.bindparam("after"),
    )
    .order_by(journal.c.seq.desc())
    .limit(sa.bindparam("most"))
)
encoder, decoder = msgspec.json.Encoder(), msgspec.json.Decoder(list[dict[str, Any]])


class Journal:
    def __init__(self, database: Database):
        self.database = database

    def migrate(self) -> None:
        self.database.migrate(MIGRATIONS, VERSION_TABLE)

    def append(self, connection: Connection, entries: Sequence[NewEntry]) -> list[int]:
        """Number entries and insert them; they are there when the transaction has committed. Gives their numbers."""
        if not self.database.is_sqlite:  # there, a writing transaction has the database for itself
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPENDING})
        newest = connection.scalar(sa.select(sa.func.max(journal.c.seq))) or 0
        first = max(newest + STEP, position_at(time.time()))
        seqs = [first + STEP * place for place in range(len(entries))]
        rows = [
            {
                "seq": seq,
                "dataset": entry.dataset,
                "subject": entry.subject.encode(),
                "session": None if entry.session is None else entry.session.encode(),
                "anonymous": entry.anonymous,
                "records": encoder.encode(entry.records),
            }
            for seq, entry in zip(seqs, entries, strict=True)
        ]
        connection.execute(sa.insert(journal), rows)
        return seqs

    def of_subject(self, dataset: int, subject: str, after: int, limit: int) -> list[Entry]:
        """The newest entries of a subject past a position, `limit` at most, oldest first."""
        values = {"dataset": dataset, "subject": subject.encode(), "after": after, "most": limit}
        return [read(*row) for row in reversed(self.database.look(OF_SUBJECT, values))]

    def since(self, dataset: int, after: int, limit: int) -> list[Entry]:
        """The entries of a dataset past a position, oldest first, `limit` at most."""
        query = sa.select(*COLUMNS).where(journal.c.dataset == dataset, journal.c.seq > after)
        with self.database.read() as connection:
            return [read(*row) for row in connection.execute(query.order_by(journal.c.seq).limit(limit))]

    def newest(self, dataset: int) -> int:
        """The position of a dataset's newest entry that the journal holds; 0 where it holds none."""
        with self.database.read() as connection:
            return connection.scalar(sa.select(sa.func.max(journal.c.seq)).where(journal.c.dataset == dataset)) or 0

    def waiting(self, dataset: int, after: int, most: int) -> int:
        """How many entries there are past a position; counting ends at `most`."""
        past = sa.select(journal.c.seq).where(journal.c.dataset == dataset, journal.c.seq > after).limit(most)
        with self.database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(past.subquery())) or 0

    def datasets(self) -> list[int]:
        """The numbers of the datasets that have entries, ascending."""
        found: list[int] = []
        with self.database.read() as connection:
            while True:  # each step is one look into the index, where DISTINCT would read all of it
                above = found[-1] if found else -1
                query = sa.select(sa.func.min(journal.c.dataset)).where(journal.c.dataset > above)
                if (number := connection.scalar(query)) is None:
                    return found
                found.append(number)

    def prune(self, dataset: int, until: int) -> int:
        """Delete a dataset's entries up to a position, which its table must hold. Gives their number.

        The newest entry of the journal stays, because it tells where the next numbers begin.
        """
        deleted = 0
        while True:
            with self.database.write() as connection:
                newest = connection.scalar(sa.select(sa.func.max(journal.c.seq))) or 0
                oldest = (
                    sa.select(journal.c.seq)
                    .where(journal.c.dataset == dataset, journal.c.seq <= until, journal.c.seq < newest)
                    .order_by(journal.c.seq)
                    .limit(CHUNK)
                )
                count = connection.execute(sa.delete(journal).where(journal.c.seq.in_(oldest))).rowcount
            deleted += count
            if count < CHUNK:
                return deleted

    def forget(self, dataset: int, subjects: Iterable[str], until: int) -> int:
        """Delete what the journal holds of subjects up to a position, and the anonymous entries of their sessions.

        Gives the number of entries. The table must hold the position, and must have forgotten them too.
        """
        deleted = 0
        for some in batched(subjects, SUBJECTS):
            with self.database.write() as connection:
                newest = connection.scalar(sa.select(sa.func.max(journal.c.seq))) or 0
                past = (journal.c.dataset == dataset) & (journal.c.seq <= until)
                own = past & journal.c.subject.in_([subject.encode() for subject in some])
                sessions = sa.select(journal.c.session).where(own & journal.c.session.is_not(None))
                visits = past & journal.c.anonymous & journal.c.subject.in_(sessions)
                for rows in (visits, own):
                    # The entry that tells where the next numbers begin loses what it says, and stays.
                    empty = sa.update(journal).where(rows & (journal.c.seq == newest))
                    deleted += connection.execute(sa.delete(journal).where(rows & (journal.c.seq < newest))).rowcount
                    deleted += connection.execute(
                        empty.values(dataset=0, subject=b"", session=None, records=b"[]")
                    ).rowcount
        return deleted

    def close(self) -> None:
        self.database.close()


def batched(subjects: Iterable[str], size: int) -> Iterator[list[str]]:
    remaining = iter(subjects)
    while some := list(islice(remaining, size)):
        yield some


def read(seq: int, subject: bytes, session: bytes | None, anonymous: bool, records: bytes) -> Entry:
    return Entry(
        seq,
        bytes(subject).decode(),
        None if session is None else bytes(session).decode(),
        bool(anonymous),
        decoder.decode(records),
    )
