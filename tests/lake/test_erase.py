"""Rows of users go once and for all: whatever runs twice, dies in between, or is streamed at the same time."""

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from penchant.lake import erase
from penchant.lake.compact import compact
from penchant.lake.erase import erase_users, read_users
from penchant.lake.faults import ImportFault
from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.table import Table, TableBusy
from tests.lake.conftest import MakeSource, files_of, schema_text, stream

HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"
USERS = pl.Series("USER_ID", ["u1", "u2", "nobody"])


def events(first: int, count: int) -> str:
    return HEADER + "".join(f"u{n % 5},i{n},view,,{n}\n" for n in range(first, first + count))


def streamed(table: Table, schema: Schema, user: str) -> None:
    stream(table, schema, [(user, "s", None, None, 1)])


@pytest.fixture
def filled(table: Table, interactions: Schema, source: MakeSource) -> Table:
    """20 bulk rows in each of two files, of which users u1 and u2 have 8; and 3 streamed ones."""
    import_files(table, interactions, [source(events(0, 20))], "FULL", "one")
    import_files(table, interactions, [source(events(20, 20))], "INCREMENTAL", "two")
    for user in ("u0", "u1", "u1"):
        streamed(table, interactions, user)
    return table


def test_all_rows_of_the_users_go_and_no_other(filled: Table) -> None:
    before = filled.rows().collect()
    told: list[float] = []
    assert erase_users(filled, USERS, "job", lambda fraction, sentence: told.append(fraction)) == 18
    after = filled.rows().collect()
    assert sorted(after.rows(), key=str) == sorted(
        before.filter(~pl.col("USER_ID").is_in(["u1", "u2"])).rows(), key=str
    )
    assert told == sorted(told) and told[-1] == 1.0
    assert filled.version() == 5


def test_again_it_does_nothing_and_tells_the_same(filled: Table, interactions: Schema) -> None:
    assert erase_users(filled, USERS, "job") == 18
    streamed(filled, interactions, "u1")
    version = filled.version()
    assert erase_users(filled, USERS, "job") == 18
    assert (filled.version(), filled.count()) == (version, 26)
    assert erase_users(filled, USERS, "another job") == 1


def test_files_without_such_rows_stay_as_they_are(filled: Table) -> None:
    before = {file.path for file in filled.files()}
    assert erase_users(filled, pl.Series(["u0"]), "job") == 9
    after = {file.path for file in filled.files()}
    assert len(before & after) == 2  # the streamed rows of u1
    assert not [path for path in after - before if path.startswith("_provenance=PUT")]


def test_nobody_to_remove_makes_no_version(filled: Table, tmp_path: Path) -> None:
    version = filled.version()
    assert erase_users(filled, pl.Series(["nobody"]), "job") == 0
    assert erase_users(filled, pl.Series([], dtype=pl.String), "job") == 0
    assert filled.version() == version
    assert erase_users(Table(tmp_path / "none"), USERS, "job") == 0


def test_a_table_may_become_empty(table: Table, interactions: Schema, source: MakeSource) -> None:
    import_files(table, interactions, [source(events(0, 10))], "FULL", "one")
    assert erase_users(table, pl.Series([f"u{n}" for n in range(5)]), "job") == 10
    assert (table.count(), table.files(), table.rows().collect().height) == (0, [], 0)
    import_files(table, interactions, [source(events(0, 10))], "INCREMENTAL", "two")
    assert table.count() == 10


def test_the_newest_record_of_a_user_is_still_the_newest(table: Table, source: MakeSource) -> None:
    """The files of two imports, both written anew, must not pass for those of one."""
    users = Schema.parse(
        schema_text("Users", {"name": "USER_ID", "type": "string"}, {"name": "AGE", "type": ["null", "int"]})
    )
    import_files(table, users, [source("USER_ID,AGE\na,1\nb,1\nc,1\n")], "FULL", "one")
    import_files(table, users, [source("USER_ID,AGE\na,2\nc,2\n")], "INCREMENTAL", "two")
    assert erase_users(table, pl.Series(["c"]), "job") == 2
    assert sorted(table.read().collect().rows()) == [("a", 2), ("b", 1)]


def test_what_is_streamed_meanwhile_stays_and_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, filled: Table, interactions: Schema
) -> None:
    arriving = iter(["u1", "u9"])
    real = Table.replace_files

    def replace_files(self: Table, *args: object) -> object:
        for user in arriving:
            streamed(filled, interactions, user)
            break
        return real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Table, "replace_files", replace_files)
    assert erase_users(filled, USERS, "job") == 19
    assert sorted(filled.read().collect()["USER_ID"].unique()) == ["u0", "u3", "u4", "u9"]
    assert files_of(filled) >= {file.path for file in filled.files()}


def test_a_table_that_never_rests_stays_as_it_was(monkeypatch: pytest.MonkeyPatch, filled: Table) -> None:
    before = files_of(filled)
    monkeypatch.setattr(Table, "replace_files", lambda *args: None)
    with pytest.raises(TableBusy, match="changed by others"):
        erase_users(filled, USERS, "job")
    assert (files_of(filled), filled.count()) == (before, 43)


def test_stopping_leaves_nothing(filled: Table) -> None:
    before = files_of(filled)

    def stop(fraction: float, sentence: str) -> None:
        if sentence.startswith("Committing"):
            raise InterruptedError

    with pytest.raises(InterruptedError):
        erase_users(filled, USERS, "job", stop)
    assert (files_of(filled), filled.count()) == (before, 43)


def test_a_lost_answer_to_the_commit_keeps_the_rows(monkeypatch: pytest.MonkeyPatch, filled: Table) -> None:
    real = Table.replace_files

    def commit_and_lose_the_answer(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]
        raise OSError("connection reset")

    monkeypatch.setattr(Table, "replace_files", commit_and_lose_the_answer)
    with pytest.raises(OSError, match="connection reset"):
        erase_users(filled, USERS, "job")
    monkeypatch.undo()
    assert erase_users(filled, USERS, "job") == 18
    assert filled.count() == 25


CRASH = """
import os, sys
import polars as pl
from penchant.lake import erase, table
folder, moment = sys.argv[1:3]
real = table.Table.replace_files
def replace_files(*args):
    if moment == "after":
        real(*args)
    os._exit(9)
table.Table.replace_files = replace_files
erase.erase_users(table.Table(folder), pl.Series(["u1", "u2"]), "job")
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_around_the_commit(filled: Table, moment: str) -> None:
    command = [sys.executable, "-c", CRASH, filled.url, moment]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(command, env=environment).returncode == 9
    assert filled.count() == (43 if moment == "before" else 25)
    assert erase_users(filled, USERS, "job") == 18
    assert (filled.count(), filled.version()) == (25, 5)
    used = {file.path for file in filled.files()}
    left = {path for path in files_of(filled) - used if path.count("-") > 2}
    assert not left  # nothing that an attempt wrote and no version uses


def test_a_vacuum_beside_a_stream_leaves_what_is_not_yet_in_a_version(filled: Table) -> None:
    waiting = Path(filled.url) / "_provenance=PUT" / "0123456789abcdef-00000000-00000.parquet"
    waiting.write_bytes(b"a file of a commit that is on its way")
    old = filled.version()
    erase_users(filled, USERS, "job")
    assert filled.vacuum([old], full=False) == 0
    assert filled.count(old) == 43
    assert filled.vacuum([], full=False) == 4
    assert waiting.exists()
    assert files_of(filled) == {file.path for file in filled.files()} | {str(waiting.relative_to(filled.url))}


def visits(table: Table, schema: Schema, *rows: tuple[str | None, str | None, str]) -> None:
    """Events of (user or None, item or None, session)."""
    stream(
        table,
        schema,
        [(user or session, item, None, None, 1) for user, item, session in rows],
        _session=[session for _, _, session in rows],
        _anonymous=[user is None for user, _, _ in rows],
    )


def left(table: Table) -> list[tuple]:
    return sorted(table.rows().select("USER_ID", "ITEM_ID").collect().rows(), key=str)


def test_what_a_user_did_before_saying_who_it_was_goes_too(table: Table, interactions: Schema) -> None:
    visits(table, interactions, (None, "a", "s"), (None, "b", "t"), (None, "c", "s"))
    visits(table, interactions, ("u1", None, "s"), ("u3", "d", "t"), ("u3", "e", "s"))
    assert erase_users(table, USERS, "job") == 3
    assert left(table) == [("t", "b"), ("u3", "d"), ("u3", "e")]
    assert erase_users(table, pl.Series(["t"]), "a session") == 1


def test_a_session_belongs_to_its_first_user(table: Table, interactions: Schema) -> None:
    visits(table, interactions, ("u3", "a", "s"), ("u1", "b", "s"), (None, "c", "s"), ("u1", "d", "u3"))
    assert erase_users(table, USERS, "job") == 2
    assert left(table) == [("s", "c"), ("u3", "a")]


def test_a_user_with_the_name_of_a_session_stays(table: Table, interactions: Schema, source: MakeSource) -> None:
    import_files(table, interactions, [source(HEADER + "s,a,,,1\n")], "FULL", "one")
    visits(table, interactions, ("s", "b", "other"), (None, "c", "s"), ("u1", "d", "s"))
    assert erase_users(table, USERS, "job") == 2
    assert left(table) == [("s", "a"), ("s", "b")]


def test_a_session_that_is_linked_meanwhile(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema
) -> None:
    visits(table, interactions, (None, "a", "s"), (None, "b", "t"), ("u3", "c", "v"), ("u1", "d", "v"))
    visits(table, interactions, ("u1", "e", "w"))
    real, arriving = Table.replace_files, iter([("u2", "f", "s")])

    def replace_files(self: Table, *args: object) -> object:
        for each in arriving:
            visits(table, interactions, each)
        return real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Table, "replace_files", replace_files)
    assert erase_users(table, USERS, "job") == 4
    assert left(table) == [("t", "b"), ("u3", "c")]
    assert files_of(table) - {file.path for file in table.files()} == {
        file.path for version in range(3) for file in table.files(version)
    }


def test_the_files_of_a_deletion_stay_when_they_were_merged_at_once(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema
) -> None:
    for number in range(3):
        visits(table, interactions, ("u1", "a", "s"), ("u3", f"b{number}", "t"))
    real = Table.replace_files

    def replace_files(self: Table, *args: object) -> object:
        done = real(self, *args)  # type: ignore[arg-type]
        assert compact(table, fewest=1) == 2
        return done

    monkeypatch.setattr(Table, "replace_files", replace_files)
    assert erase_users(table, USERS, "job") == 3
    assert [table.count(version) for version in range(5)] == [2, 4, 6, 3, 3]


def test_a_deletion_that_runs_again_long_after(
    monkeypatch: pytest.MonkeyPatch, filled: Table, interactions: Schema
) -> None:
    assert erase_users(filled, USERS, "job") == 18
    for _ in range(3):
        streamed(filled, interactions, "u1")
    monkeypatch.setattr("penchant.lake.delta_log._STEP", 1)
    filled.trim_log([], days=-1)
    assert erase_users(filled, USERS, "job") == 0  # what it said is forgotten, not that it is done
    assert filled.count() == 28


def test_the_users_of_several_files(source: MakeSource) -> None:
    files = [source("USER_ID\na\n b\n"), source('user_id\r\na\r\n"c,d"\r\n')]
    assert sorted(read_users(files)) == [" b", "a", "c,d"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("USER\na\n", "missing the following columns:[USER_ID]"),
        ("USER_ID,AGE\na,1\n", "must have one column, USER_ID. Take away: AGE."),
        ("USER_ID\n", "a header and no records"),
        ("", "is empty"),
        ('USER_ID\na\n"b\n', "line 3, column USER_ID: a double quote is opened and not closed"),
        ("USER_ID\na,b\n", "line 2: the line has 2 values, the header has 1."),
    ],
)
def test_files_that_name_no_users(source: MakeSource, content: str, words: str) -> None:
    with pytest.raises(ImportFault) as caught:
        read_users([source(content)])
    assert words in str(caught.value)


def test_too_much_at_once(monkeypatch: pytest.MonkeyPatch, source: MakeSource) -> None:
    monkeypatch.setattr(erase, "MAXIMUM_BYTES", 20)
    with pytest.raises(ImportFault, match="have 22 bytes; a data deletion job takes 20 in total"):
        read_users([source("USER_ID\nab\n"), source("USER_ID\nab\n")])
