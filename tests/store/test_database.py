import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from penchant.store import revision
from penchant.store.database import Database, Question
from penchant.store.tables import installation, metadata


@pytest.fixture
def database(database_url, tmp_path):
    database = Database(database_url or f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    yield database
    database.close()


def test_migrations_make_the_tables_that_the_code_knows(database):
    with database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        ours = set(metadata.tables)
        differences = [
            change
            for change in compare_metadata(context, metadata)
            if getattr(change[1], "name", "") not in ("alembic_version",)
        ]
    assert ours == {
        "resources",
        "links",
        "tags",
        "jobs",
        "schedules",
        "trials",
        "updates",
        "trainings",
        "workers",
        "installation",
        "revision",
    }
    assert differences == []


def test_migrating_again_changes_nothing(database):
    database.migrate()


def test_a_failed_write_leaves_nothing(database):
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute(sa.insert(installation).values(key="k", value="v"))
        raise RuntimeError
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(installation)) == 0


def test_writers_queue_up(database):
    """Read, then write, from eight threads at once: on SQLite a deferred transaction would fail half way."""

    def add():
        for _ in range(10):
            with database.write() as connection:
                row = connection.scalar(
                    sa.select(installation.c.value).where(installation.c.key == "n").with_for_update()
                )
                connection.execute(
                    sa.update(installation).where(installation.c.key == "n").values(value=str(int(row) + 1))
                )

    with database.write() as connection:
        connection.execute(sa.insert(installation).values(key="n", value="0"))
    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as connection:
        assert connection.scalar(sa.select(installation.c.value).where(installation.c.key == "n")) == "80"


def test_another_database_is_refused_by_name():
    with pytest.raises(ValueError, match="sqlite:///… or postgresql://…, not mysql"):
        Database("mysql://somewhere/x")


VALUE = Question(sa.select(installation.c.value).where(installation.c.key == sa.bindparam("key")))


def put(database, key: str, value: str) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(installation).values(key=key, value=value))


def test_a_look_sees_what_was_committed_before_it(database):
    assert database.look(VALUE, {"key": "k"}) == []
    put(database, "k", "v")
    assert database.look(VALUE, {"key": "k"}) == [("v",)]
    with ThreadPoolExecutor(1) as pool:  # each thread has a connection of its own
        assert pool.submit(database.look, VALUE, {"key": "k"}).result() == [("v",)]


def test_a_look_holds_no_transaction_open(database):
    """It would keep the old state alive for as long as its thread lives."""
    database.look(VALUE, {"key": "k"})
    put(database, "k", "v")
    database.look(VALUE, {"key": "k"})
    if database.is_sqlite:
        raw = database.engine.raw_connection()
        busy, *_ = raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        raw.close()
        assert busy == 0
    else:
        with database.write() as connection:
            idle = connection.scalar(
                sa.text("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'")
            )
            assert idle == 0


def test_a_look_connects_anew_when_its_connection_broke(database):
    put(database, "k", "v")
    database.look(VALUE, {"key": "k"})
    if database.is_sqlite:
        pytest.skip("SQLite has no connection that could break.")
    with database.write() as connection:
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        connection.execute(sa.text(ours + "pg_backend_pid()"))
    assert database.look(VALUE, {"key": "k"}) == [("v",)]


def test_the_revision_differs_after_every_change_that_was_told(database):
    def write(told: bool, fails: bool = False) -> None:
        with suppress(RuntimeError), database.write() as connection:
            if told:
                revision.changes(connection)
            if fails:
                raise RuntimeError

    numbers = [database.revision()]
    for told, fails in ((True, False), (False, False), (True, True), (False, False), (True, False)):
        write(told, fails)
        numbers.append(database.revision())
    assert np.diff(numbers).tolist() == [1, 0, 0, 0, 1]


def test_the_revision_is_counted_by_all_who_write_at_once(database):
    before = database.revision()

    def change(_: int) -> None:
        with database.write() as connection:
            revision.changes(connection)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(40)))
    assert database.revision() == before + 40
