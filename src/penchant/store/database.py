"""The database: SQLite in WAL mode by default, PostgreSQL by URL, behind one SQLAlchemy engine.

`write()`, `read()` and `look()` are the only ways in. On SQLite a write takes its lock at once (BEGIN IMMEDIATE), so
that two writers queue up instead of failing half way.
"""

import errno
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError

from . import revision

BUSY_MILLISECONDS = 30_000
MIGRATING, ALONE = 8100, 8101
"""PostgreSQL's advisory locks of ours. Each room that has tables of its own may have more."""
MIGRATIONS = Path(__file__).with_name("migrations")


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
        self._looking: dict[int, Any] = {}  # a connection for each thread, by its number

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that may write: committed at the end, rolled back on an exception."""
        with self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            revision.begin(connection)
            yield connection
            revision.count(connection)

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

    def look(self, question: "Question", values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """One quick question outside of any transaction, on a connection that this thread keeps for it.

        It costs a tenth of `read()`, for what is asked at every request. A connection that broke is opened anew once.
        """
        kept = self._looking.get(threading.get_ident())
        try:
            return question.ask(kept or self._look_anew(), self.is_sqlite, values)
        except self.engine.dialect.loaded_dbapi.OperationalError:
            if kept is None:
                raise
            return question.ask(self._look_anew(), self.is_sqlite, values)

    def revision(self) -> int:
        """A number that differs after every change of what requests look up, as soon as the change can be seen."""
        return int(self.look(REVISION, {})[0][0])

    def _look_anew(self) -> Any:
        if broken := self._looking.pop(threading.get_ident(), None):
            broken.close()
        connection = self._looking[threading.get_ident()] = self.raw()
        return connection

    def raw(self) -> Any:
        """A connection of the driver's own, in autocommit, for the caller to keep and to close."""
        pooled = self.engine.raw_connection()
        connection = pooled.driver_connection
        assert connection is not None
        pooled.detach()  # it does not go back into the pool
        if not self.is_sqlite:  # SQLite's is in autocommit already: see `prepare_sqlite`
            connection.rollback()
            connection.autocommit = True
        return connection

    @property
    def failures(self) -> tuple[type[Exception], ...]:
        """What is raised when the database cannot be reached or has no room, by SQLAlchemy or by the driver itself."""
        driver = self.engine.dialect.loaded_dbapi
        return (OperationalError, InterfaceError, driver.OperationalError, driver.InterfaceError)

    def migrate(self, folder: Path = MIGRATIONS, table: str = "alembic_version") -> None:
        """Bring tables to this release's form: those whose migrations are in `folder`, their state kept in `table`."""
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["version_table"] = table
        with self.write() as connection:
            if not self.is_sqlite:  # two processes that start together must not both migrate
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        for connection in self._looking.values():
            connection.close()
        self._looking.clear()
        self.engine.dispose()


def away(error: BaseException) -> bool:
    """Whether an error says that a database or a disk cannot be had for a while, and nothing else is wrong."""
    drivers = [module for name in ("sqlite3", "psycopg") if (module := sys.modules.get(name))]
    kinds = (OperationalError, InterfaceError, *(driver.OperationalError for driver in drivers))
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    return full or isinstance(error, kinds) or (error.__cause__ is not None and away(error.__cause__))


class Question:
    """A SELECT, written out once for each kind of database."""

    def __init__(self, select: sa.Select[Any]):
        self._sqlite = written(select, sqlite.dialect(paramstyle="named"))
        self._postgresql = written(select, postgresql.dialect(paramstyle="pyformat"))

    def ask(self, connection: Any, is_sqlite: bool, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        text, more = self._sqlite if is_sqlite else self._postgresql
        return connection.execute(text, {**more, **values}).fetchall()


def written(select: sa.Select[Any], dialect: sa.Dialect) -> tuple[str, dict[str, Any]]:
    """The text, and the parameters that have values already."""
    compiled = select.compile(dialect=dialect)
    return compiled.string, {name: value for name, value in compiled.params.items() if value is not None}


REVISION = Question(sa.select(revision.revision.c.number))


def prepare_sqlite(connection, record) -> None:
    connection.isolation_level = None  # transactions are begun below, by us
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")  # what was answered survives a power cut
    connection.execute("PRAGMA foreign_keys=ON")


def begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")
