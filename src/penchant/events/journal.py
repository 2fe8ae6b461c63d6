"""The journal in a database: entries in one order, which is that of their commits, over all processes.

The number of an entry is also the time at which it was accepted (see `entry.py`), and the `_sequence` of its first
record in the dataset's table. A reader that has everything up to a number can therefore never miss one below it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ..store.database import Database, Question
from .appending import LOCK, POSTGRESQL, columns_of, flat, sqlite
from .entry import Entry, NewEntry
from .tables import MIGRATIONS, VERSION_TABLE, journal

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
decoder = msgspec.json.Decoder(list[dict[str, Any]])


class Journal:
    def __init__(self, database: Database):
        self.database = database
        self._appending: Any = None

    def migrate(self) -> None:
        self.database.migrate(MIGRATIONS, VERSION_TABLE)

    def append(self, entries: Sequence[NewEntry]) -> None:
        """Number entries and commit them, on a connection that the one thread that appends keeps.

        A single statement: it costs a third of the same in a transaction of SQLAlchemy's.
        """
        if self._appending is None:
            self._appending = self.database.raw()
        try:
            if self.database.is_sqlite:
                self._appending.execute(sqlite(len(entries)), flat(entries))
            else:
                with self._appending.pipeline(), self._appending.transaction():
                    self._appending.execute(LOCK)
                    self._appending.execute(POSTGRESQL, columns_of(entries))
        except Exception:
            self._appending.close()  # it may be broken, or in the middle of a transaction
            self._appending = None
            raise

    def insert(self, connection: Connection, entries: Sequence[NewEntry]) -> None:
        """As `append`, in a transaction of the caller's."""
        if self.database.is_sqlite:
            connection.exec_driver_sql(sqlite(len(entries)), tuple(flat(entries)))
        else:
            connection.exec_driver_sql(LOCK)
            connection.exec_driver_sql(POSTGRESQL, columns_of(entries))

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
        if self._appending is not None:
            self._appending.close()
            self._appending = None
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
