"""Records follow imports, puts, folds, merges and deletions, in whatever order, and nothing is lost in between."""

import logging
import threading

import numpy as np
import pytest

from penchant.events.entry import NewEntry
from penchant.lake import delta_log
from penchant.serving.views import records, view
from penchant.serving.views.records import RecordView
from penchant.serving.views.source import Source
from tests.serving.views.conftest import USERS, World, random_step


@pytest.fixture
def users_view(views, users) -> RecordView:
    return views.users(users.source)


@pytest.fixture
def pruned(users, journal):
    def pruned(world: World = users) -> None:
        """All that is streamed goes into the table, and out of the journal."""
        world.fold()
        journal.append([NewEntry(99, "x", None, False, [{}])])  # the newest entry of a journal stays
        world.prune()
        assert not journal.since(world.source.number, 0, 10)

    return pruned


@pytest.mark.parametrize(("seed", "few"), [(0, 3), (1, 3), (2, records.FEWEST)])
def test_a_view_has_what_the_dataset_has(monkeypatch, views, users, users_view, seed, few):
    monkeypatch.setattr(records, "FEWEST", few)
    monkeypatch.setattr(records, "ENTRIES", 3)
    rng, names = np.random.default_rng(seed), [f"u{number}" for number in range(8)]

    def record():
        return {"USER_ID": str(rng.choice(names)), "AGE": rng.choice([None, 1, 2, 3])}

    for step in range(50):
        random_step(users, rng, record, names)
        if rng.random() < 0.5:
            users_view.build()
            views.refresh()
            assert {name: users_view.record(name) for name in names} == {
                name: users.records().get(name, {"USER_ID": name}) for name in names
            }, step


def test_a_dataset_without_a_table_has_no_records(users, users_view):
    users_view.build()
    assert users_view.record("u") == {"USER_ID": "u"}
    assert len(users_view.state.stored.frame) == 0
    assert not users.source.folder.exists()


def test_a_put_is_seen_at_the_next_look(views, users, users_view):
    users.load([{"USER_ID": "u", "AGE": 1}])
    users_view.build()
    users.put({"USER_ID": "u", "AGE": 2})
    users.put({"USER_ID": "new"})
    assert users_view.record("u") == {"USER_ID": "u", "AGE": 1}
    views.refresh()
    assert (users_view.record("u"), users_view.record("new")) == ({"USER_ID": "u", "AGE": 2}, {"USER_ID": "new"})


def test_what_was_put_before_an_import_began_stays_older_than_it(views, users, users_view):
    users_view.build()
    users.put({"USER_ID": "u", "AGE": 1})
    users.load([{"USER_ID": "u", "AGE": 2}])
    views.refresh()
    assert users_view.record("u")["AGE"] == 2
    users.fold()
    views.refresh()
    assert users_view.record("u")["AGE"] == 2


def test_folds_and_merges_do_not_read_the_table_anew(views, users, users_view, pruned):
    users.load([{"USER_ID": "u", "AGE": 1}])
    users_view.build()
    stored = users_view.state.stored
    for age in range(20):
        users.put({"USER_ID": "u", "AGE": age})
        pruned()
        views.refresh()
        assert users_view.record("u")["AGE"] == age
    users.merge()
    views.refresh()
    assert users_view.state.version == users.table.version() == 21
    assert users_view.state.stored is stored


def test_nothing_is_lost_that_was_folded_and_pruned_between_two_looks(views, users, users_view, pruned):
    users_view.build()
    users.put({"USER_ID": "a", "AGE": 1})
    views.refresh()
    users.put({"USER_ID": "b", "AGE": 2})
    users.put({"USER_ID": "c", "AGE": 3})
    pruned()
    users.put({"USER_ID": "d", "AGE": 4})
    views.refresh()
    assert [users_view.record(name).get("AGE") for name in "abcd"] == [1, 2, 3, 4]


@pytest.mark.parametrize("built", [False, True])
def test_nothing_is_lost_that_is_folded_and_pruned_during_a_look(
    monkeypatch, views, users, users_view, pruned, journal, built
):
    users.load([{"USER_ID": "z", "AGE": 0}])
    if built:
        users_view.build()
    users.put({"USER_ID": "a", "AGE": 1})
    since, seen = journal.since, []

    def between(*asked):
        seen.append(asked)
        if len(seen) == 1:
            pruned()
            users.put({"USER_ID": "b", "AGE": 2})
        return since(*asked)

    monkeypatch.setattr(journal, "since", between)
    users_view.build()
    views.refresh()
    assert [users_view.record(name).get("AGE") for name in "abz"] == [1, 2, 0]


def test_files_that_go_while_they_are_read_are_not_missed(monkeypatch, users, users_view):
    users.load([{"USER_ID": "u", "AGE": 1}, {"USER_ID": "gone", "AGE": 2}])
    real, versions = records.Records.at, []

    def at(source, version, position):
        versions.append(version)
        if len(versions) == 1:
            users.erase("gone")
        return real(source, version, position)

    monkeypatch.setattr(records.Records, "at", at)
    users_view.build()
    assert versions == [0, 1]
    assert (users_view.record("u"), users_view.record("gone")) == ({"USER_ID": "u", "AGE": 1}, {"USER_ID": "gone"})


def test_what_cannot_be_read_is_told(monkeypatch, users, users_view):
    users.load([{"USER_ID": "u", "AGE": 1}])

    def broken(*given):
        raise OSError("no disk")

    with monkeypatch.context() as patched:
        patched.setattr(records.Records, "at", broken)
        with pytest.raises(OSError, match="no disk"):
            users_view.build()
    assert not users_view.ready
    with pytest.raises(RuntimeError, match="before it is built"):
        users_view.record("u")
    users_view.build()
    assert users_view.ready and users_view.record("u")["AGE"] == 1


def test_a_look_that_fails_leaves_the_view_and_is_logged_once(monkeypatch, caplog, views, users, users_view):
    users.load([{"USER_ID": "u", "AGE": 1}])
    users_view.build()
    users.put({"USER_ID": "u", "AGE": 2})

    def broken(*given):
        raise OSError("no disk")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(Source, "later", broken)
        for _ in range(3):
            views.refresh()
        assert users_view.ready and users_view.record("u")["AGE"] == 1
        assert [record.message for record in caplog.records if "is tried again" in record.message] == [
            f"The view of {users.source.folder} stays as it is: reading what is newer failed, and is tried again"
        ]
    views.refresh()
    assert users_view.record("u")["AGE"] == 2


def test_two_who_come_first_build_once(monkeypatch, users, users_view):
    users.load([{"USER_ID": "u", "AGE": 1}])
    real, both, reads = records.Records.at, threading.Barrier(2), []

    def at(*given):
        reads.append(given)
        return real(*given)

    def ask():
        both.wait()
        users_view.build()
        found.append(users_view.record("u"))

    monkeypatch.setattr(records.Records, "at", at)
    found: list[dict] = []
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [{"USER_ID": "u", "AGE": 1}] * 2
    assert len(reads) == 1


def test_a_view_that_was_not_looked_after_is_not_ready(monkeypatch, users, users_view):
    users_view.build()
    users.put({"USER_ID": "u", "AGE": 1})
    users_view.build()
    assert users_view.record("u") == {"USER_ID": "u"}  # it is ready: the next look will find it
    monkeypatch.setattr(view, "PATIENCE", 0)
    assert not users_view.ready
    users_view.build()
    assert users_view.record("u") == {"USER_ID": "u", "AGE": 1}


def test_a_log_that_was_trimmed_meanwhile_hides_nothing(monkeypatch, users, users_view):
    users.load([{"USER_ID": "u", "AGE": 1}])
    users_view.build()
    monkeypatch.setattr(delta_log, "_STEP", 1)
    for age in range(2, 6):
        users.load([{"USER_ID": "u", "AGE": age}])
    users.table.trim_log([], days=0)
    assert users.table.names_after(0) == []
    monkeypatch.setattr(view, "PATIENCE", 0)
    users_view.build()
    assert users_view.record("u")["AGE"] == 5


def test_columns_that_the_table_lacks_are_null(views, users):
    users.load([{"USER_ID": "u", "AGE": 1}])
    wider = type(USERS)("USERS", None, (*USERS.fields, type(USERS.fields[0])("PLAN", "string", nullable=True)))
    seen = views.users(Source(users.source.number, users.source.folder, wider))
    assert seen is not views.users(users.source)
    seen.build()
    assert seen.record("u") == {"USER_ID": "u", "AGE": 1}
