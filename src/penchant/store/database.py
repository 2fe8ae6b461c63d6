"""The database: SQLite in WAL mode by default, PostgreSQL by URL, behind one SQLAlchemy engine.

`write()` and `read()` are the only ways in. On SQLite a write takes its lock at once (BEGIN IMMEDIATE), so that two
writers queue up instead of failing half way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

BUSY_MILLISECONDS = 30_000
MIGRATING, ALONE = 8100, 8101
"""PostgreSQL's advisory locks of ours."""


class Database:
    """One database by its SQLAlchemy URL (`sqlite:///PATH` or `postgresql://…`)."""

    def __init__(self, url: str):
        self.url = url
        parsed = sa.make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(f"The database must be sqlite:///… or postgresql://…, not {parsed.drivername}://…")
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = sa.create_engine(parsed)
            sa.event.listen(self.engine, "connect", prepare_sqlite)
            sa.event.listen(self.engine, "begin", begin_sqlite)
        else:
            self.engine = sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may write: committed at the end, rolled back on an exception."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def write_alone(self) -> Iterator[sa.Connection]:
        """A write that no other of its kind runs beside, so that what it read stays true until it commits.

        On SQLite every write is one. PostgreSQL would let one transaction delete what another is about to name.
        """
        with self.write() as connection:
            if not self.is_sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": ALONE})
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A consistent view that does not write."""
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def migrate(self) -> None:
        """Bring the tables to this release's form."""
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        with self.write() as connection:
            if not self.is_sqlite:  # two processes that start together must not both migrate
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        self.engine.dispose()


def prepare_sqlite(connection, record) -> None:
    connection.isolation_level = None  # transactions are begun below, by us
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # what was answered survives a power cut
    connection.execute("PRAGMA foreign_keys=ON")


def begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
