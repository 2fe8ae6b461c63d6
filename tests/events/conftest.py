"""A journal on each kind of database."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from penchant.events.entry import NewEntry
from penchant.events.journal import Journal
from penchant.events.tables import journal as table
from penchant.store.database import Database

DATASET = 7


@pytest.fixture
def journal(database_url, tmp_path) -> Iterator[Journal]:
    journal = Journal(Database(database_url or f"sqlite:///{tmp_path / 'journal.db'}"))
    journal.migrate()
    yield journal
    journal.close()


@pytest.fixture
def append(journal) -> Callable[..., list[int]]:
    def append(*entries: NewEntry) -> list[int]:
        """Gives their numbers."""
        before = newest(journal)
        journal.append(entries)
        with journal.database.read() as connection:
            later = sa.select(table.c.seq).where(table.c.seq > before).order_by(table.c.seq)
            return list(connection.scalars(later))

    return append


def newest(journal: Journal) -> int:
    with journal.database.read() as connection:
        return connection.scalar(sa.select(sa.func.max(table.c.seq))) or 0


def click(item: str, user: str = "u", session: str | None = "s", dataset: int = DATASET) -> NewEntry:
    return NewEntry(dataset, user, session, False, [{"ITEM_ID": item, "TIMESTAMP": 5}])


def visit(item: str, session: str, dataset: int = DATASET) -> NewEntry:
    return NewEntry(dataset, session, session, True, [{"ITEM_ID": item, "TIMESTAMP": 5}])
