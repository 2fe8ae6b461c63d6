"""The group commit: all or nothing for a call, nothing of one call's fault for another, and bounded waiting."""

import sqlite3
import threading
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from penchant.contract.arns import Place
from penchant.contract.errors import ServiceUnavailable, ThrottlingException
from penchant.events import rejections
from penchant.events.entry import NewEntry
from penchant.events.rejections import Rejection
from penchant.events.writer import Writer
from tests.events.conftest import DATASET, click

PLACE = Place("000000000000", "eu-west-1")


@pytest.fixture
def writer(journal):
    writer = Writer(journal)
    yield writer
    writer.close()


def test_done_means_committed(writer, journal):
    writer.submit([click("a"), click("b")]).result()
    assert len(journal.since(DATASET, 0, 10)) == 2


@pytest.fixture
def held(monkeypatch):
    """A writer holds its first commit until `go`; `sizes` tells the calls of each."""

    held, write = SimpleNamespace(started=threading.Event(), go=threading.Event(), sizes=[]), Writer._write

    def slow(self, batch):
        held.sizes.append(len(batch))
        held.started.set()
        held.go.wait()
        write(self, batch)

    monkeypatch.setattr(Writer, "_write", slow)
    return held


def test_many_calls_share_a_commit(writer, journal, held):
    first = writer.submit([click("first")])
    held.started.wait()
    later = [writer.submit([click(str(number))]) for number in range(50)]
    held.go.set()
    for future in [first, *later]:
        future.result()
    assert held.sizes == [1, 50]
    assert len(journal.since(DATASET, 0, 100)) == 51


def test_a_faulty_call_hurts_nobody_else(writer, journal, held):
    first = writer.submit([click("a")])
    held.started.wait()
    poison = writer.submit([NewEntry(DATASET, "\ud800", None, False, [])])  # not to be written as UTF-8
    last = writer.submit([click("c")])
    held.go.set()
    first.result(), last.result()
    with pytest.raises(UnicodeEncodeError):
        poison.result()
    assert [entry.records[0]["ITEM_ID"] for entry in journal.since(DATASET, 0, 10)] == ["a", "c"]


def test_beyond_what_may_wait_calls_are_turned_away(journal, held):
    writer = Writer(journal, most_waiting=2)
    taken = [writer.submit([click("a")])]
    held.started.wait()
    taken += [writer.submit([click("b")]), writer.submit([click("c")])]
    with pytest.raises(ThrottlingException):
        writer.submit([click("d")])
    held.go.set()
    for future in taken:
        future.result()
    writer.close()
    assert len(journal.since(DATASET, 0, 10)) == 3


def test_a_call_that_was_given_up_is_not_stored(journal, held):
    writer = Writer(journal)
    writer.submit([click("a")])
    held.started.wait()
    assert writer.submit([click("b")]).cancel()
    held.go.set()
    writer.close()
    assert len(journal.since(DATASET, 0, 10)) == 1


def test_a_full_disk_loses_nothing_that_was_answered(journal, writer):
    if not journal.database.is_sqlite:
        pytest.skip("PostgreSQL's disk cannot be made small from here; the writer's answer is the same.")
    writer.submit([click("kept")]).result()

    def limit(connection, record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 5}")

    sa.event.listen(journal.database.engine, "connect", limit)
    journal.close()  # and it connects anew
    answered = 1
    large = NewEntry(DATASET, "u", None, False, [{"ITEM_ID": "x" * 2000, "TIMESTAMP": 1}])
    with pytest.raises(ServiceUnavailable, match="full"):
        for _ in range(100):
            writer.submit([large]).result()
            answered += 1
    assert len(journal.since(DATASET, 0, 1000)) == answered
    sa.event.remove(journal.database.engine, "connect", limit)
    journal.close()
    writer.submit([large]).result()  # and when there is room again, it goes on
    assert len(journal.since(DATASET, 0, 1000)) == answered + 1


def test_a_database_that_cannot_be_reached_is_told(writer, journal, monkeypatch):
    def broken(entries):
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error"))

    with monkeypatch.context() as patch:
        patch.setattr(journal, "append", broken)
        with pytest.raises(ServiceUnavailable, match="disk I/O error"):
            writer.submit([click("a")]).result()
    writer.submit([click("b")]).result()


def test_rejections_are_counted_with_the_records(writer, journal):
    found = [Rejection(PLACE, "arn", "PutEvents", "taken", "Reason.", example) for example in ("one", "two")]
    writer.submit([click("a")], found).result()
    writer.submit([], found[:1]).result()
    with journal.database.read() as connection:
        (row,) = rejections.listed(connection, PLACE)
        assert rejections.listed(connection, Place("000000000000", "us-east-1")) == []
        assert rejections.listed(connection, PLACE, "other") == []
    assert (row["count"], row["example"], row["reason"], row["outcome"]) == (3, "one", "Reason.", "taken")
    assert row["first"] <= row["last"]


def test_kinds_of_rejection_are_bounded(writer, journal, monkeypatch):
    monkeypatch.setattr(rejections, "MOST_KINDS", 3)
    for number in range(6):
        writer.submit([], [Rejection(PLACE, "arn", "PutEvents", "refused", f"Reason {number}.", "e")]).result()
    with journal.database.read() as connection:
        rows = rejections.listed(connection, PLACE)
    assert len(rows) == 4 and rows[0]["reason"] == rejections.OTHERS and rows[0]["count"] == 3
