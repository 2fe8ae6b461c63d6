"""Entries in the order of their commits, on both kinds of database."""

import itertools
import threading
import time

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from penchant.events import journal as module
from penchant.events.entry import STEP, NewEntry, moment_of, position_at
from penchant.events.tables import VERSION_TABLE, metadata
from penchant.store import clock
from penchant.store.database import Database
from penchant.store.tables import metadata as book
from tests.events.conftest import DATASET, click, visit


def test_migrations_make_the_tables_that_the_code_knows(journal):
    with journal.database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            change
            for change in compare_metadata(context, metadata)
            if getattr(change[1], "name", "") != VERSION_TABLE and change[0] != "remove_index"
        ]
    assert differences == []


def test_the_journal_and_the_book_can_share_a_database(database_url, tmp_path):
    database = Database(database_url or f"sqlite:///{tmp_path / 'both.db'}")
    module.Journal(database).migrate()
    database.migrate()
    module.Journal(database).migrate()
    assert not set(book.tables) & set(metadata.tables)
    database.close()


def test_what_was_appended_is_read_back(journal, append):
    entry = NewEntry(DATASET, "ü\0ser", "s\0", True, [{"ITEM_ID": "\0i", "V": 1.5}, {"ITEM_ID": "☃", "N": 2**62}])
    (seq,) = append(entry)
    for found in (journal.since(DATASET, 0, 10), journal.of_subject(DATASET, "ü\0ser", 0, 10)):
        (read,) = found
        assert (read.seq, read.subject, read.session, read.anonymous) == (seq, "ü\0ser", "s\0", True)
        assert read.records == entry.records


def test_numbers_rise_and_tell_the_time(journal, append):
    before = time.time()
    seqs = append(click("a"), click("b")) + append(click("c"))
    assert all(late - early >= STEP for early, late in itertools.pairwise(seqs))
    assert before - 0.01 <= moment_of(seqs[0]) <= time.time()


def test_numbers_rise_even_when_the_clock_falls_back(journal, append, monkeypatch):
    (first,) = append(click("a"))
    monkeypatch.setattr(clock, "source", lambda: 1000.0)
    (second,) = append(click("b"))
    assert second == first + STEP
    assert journal.prune(DATASET, second) == 1  # the newest stays
    assert append(click("c")) == [second + STEP]


def test_the_newest_of_a_subject_oldest_first(journal, append):
    seqs = append(*(click(str(number)) for number in range(5)), click("x", user="other"))
    found = journal.of_subject(DATASET, "u", seqs[0], 3)
    assert [entry.records[0]["ITEM_ID"] for entry in found] == ["2", "3", "4"]
    assert journal.of_subject(DATASET, "u", seqs[4], 3) == []
    assert journal.of_subject(DATASET + 1, "u", 0, 3) == []


def test_an_entry_is_seen_by_another_process_at_once(journal, append):
    """A reader's own connection, opened before."""
    other = module.Journal(Database(journal.database.url))
    assert other.of_subject(DATASET, "u", 0, 9) == []
    append(click("a"))
    assert len(other.of_subject(DATASET, "u", 0, 9)) == 1
    other.close()


def test_since_pages_through_a_dataset(journal, append):
    seqs = append(*(click(str(number), dataset=DATASET + number % 2) for number in range(6)))
    page = journal.since(DATASET, 0, 2)
    assert [entry.seq for entry in page] == [seqs[0], seqs[2]]
    assert [entry.seq for entry in journal.since(DATASET, page[-1].seq, 2)] == [seqs[4]]
    assert journal.newest(DATASET) == seqs[4] and journal.newest(99) == 0
    assert journal.waiting(DATASET, 0, 2) == 2 and journal.waiting(DATASET, seqs[2], 9) == 1
    assert journal.datasets() == [DATASET, DATASET + 1]


def test_pruning_in_pieces(journal, append, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    seqs = append(*(click(str(number)) for number in range(7)), click("x", dataset=DATASET + 1))
    assert journal.prune(DATASET, seqs[4]) == 5
    assert [entry.seq for entry in journal.since(DATASET, 0, 10)] == seqs[5:7]
    assert len(journal.since(DATASET + 1, 0, 10)) == 1


def test_forgetting_takes_the_visits_along(journal, append):
    seqs = append(
        visit("a", "s1"), click("b", "anna", "s1"), click("c", "ben", "s1"), visit("d", "s2"), click("e", "s1", None)
    )
    assert journal.forget(DATASET, ["anna"], seqs[-1]) == 2
    left = [(entry.subject, entry.records[0]["ITEM_ID"]) for entry in journal.since(DATASET, 0, 10)]
    assert left == [("ben", "c"), ("s2", "d"), ("s1", "e")]  # a user may be called like a session


def test_forgetting_the_newest_leaves_its_number(journal, append):
    (seq,) = append(click("a", "anna"))
    assert journal.forget(DATASET, ["anna"], seq) == 1
    assert journal.since(DATASET, 0, 10) == [] and journal.datasets() == [0]
    assert append(click("b"))[0] >= seq + STEP


def test_forgetting_leaves_what_came_after(journal, append):
    first, second = append(click("a"), click("b"))
    assert journal.forget(DATASET, ["u"], first) == 1
    assert [entry.seq for entry in journal.since(DATASET, 0, 10)] == [second]


def test_a_reader_never_misses_one_below_what_it_has_seen(journal):
    """Eight threads append, one tails; in PostgreSQL numbers taken early may be committed late if nothing forbids it."""
    seen, ended = [], threading.Event()

    def tail():
        while True:
            last = ended.is_set()
            found = journal.since(DATASET, seen[-1] if seen else 0, 1000)
            seen.extend(entry.seq for entry in found)
            if last and not found:
                return

    def write(number):
        mine = module.Journal(Database(journal.database.url))  # as another process has its own
        for turn in range(25):
            if turn % 5:
                mine.append([click(str(number))] * 3)
            else:
                with mine.database.write() as connection:
                    mine.insert(connection, [click(str(number))] * 3)
        mine.close()

    tailing = threading.Thread(target=tail)
    writing = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    tailing.start()
    for thread in writing:
        thread.start()
    for thread in writing:
        thread.join()
    ended.set()
    tailing.join()
    assert len(seen) == 8 * 25 * 3


@pytest.mark.parametrize("seconds", [0.0, 1.5, 1_764_000_000.123])
def test_positions_and_moments(seconds):
    assert abs(moment_of(position_at(seconds)) - seconds) < 0.002


def test_appending_connects_anew_when_its_connection_broke(journal, append):
    append(click("a"))
    if journal.database.is_sqlite:
        pytest.skip("SQLite has no connection that could break.")
    with journal.database.write() as connection:
        ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        connection.execute(sa.text(ours + "pg_backend_pid()"))
    with pytest.raises(journal.database.failures):
        journal.append([click("b")])
    journal.append([click("c")])
    assert [entry.records[0]["ITEM_ID"] for entry in journal.since(DATASET, 0, 10)] == ["a", "c"]
