"""The log stays short and quick to read, and no version that somebody names is lost."""

import os
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from penchant.lake import commits, delta_log
from penchant.lake.erase import erase_users
from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.table import Table
from tests.lake.conftest import MakeSource, stream

HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything happens after a quarter of the usual number of commits."""
    monkeypatch.setitem(commits.PROPERTIES, "delta.checkpointInterval", "5")
    monkeypatch.setattr(delta_log, "_STEP", 25)


def log_of(table: Table, ending: str = "") -> list[str]:
    return sorted(path.name for path in (Path(table.url) / "_delta_log").iterdir() if path.name.endswith(ending))


def versions(table: Table, ending: str) -> list[int]:
    return [int(name.partition(".")[0]) for name in log_of(table, ending)]


def age(table: Table, below: int, days: float) -> None:
    """As if the commits before a version had been made so long ago."""
    for path in (Path(table.url) / "_delta_log").glob("*.*"):
        if path.stem[:20].isdigit() and int(path.stem[:20]) < below:
            moment = path.stat().st_mtime - days * 86_400
            os.utime(path, (moment, moment))


def folds(table: Table, schema: Schema, count: int) -> None:
    for number in range(count):
        stream(table, schema, [("u", f"i{number}", None, None, number)])


def seen(table: Table, version: int) -> tuple:
    return table.position(version), sorted(table.rows(version).collect().rows(), key=str), len(table.files(version))


def test_checkpoints_are_made_on_the_way(table: Table, interactions: Schema) -> None:
    folds(table, interactions, 12)
    assert len(versions(table, ".checkpoint.parquet")) == 2
    assert table.count() == 12


@pytest.mark.parametrize("earlier", [False, True])
def test_nothing_of_the_log_goes_by_itself(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource, earlier: bool
) -> None:
    """Neither of a table that an earlier release made, which has no word about it in its properties."""
    if earlier:
        monkeypatch.setattr(commits, "PROPERTIES", {"delta.checkpointInterval": "5"})
    import_files(table, interactions, [source(HEADER + "u,i,,,1\n")], "FULL", "first")
    for number in range(18):
        table.commit([], interactions, str(number), False, {})
    age(table, 18, 400)
    for number in range(18, 30):
        table.commit([], interactions, str(number), False, {})
    assert versions(table, ".checkpoint.parquet") == [4, 9, 14, 19, 24, 29]
    assert versions(table, ".json") == [*range(31)]
    assert table.count(5) == 1


def test_trimming(table: Table, interactions: Schema, source: MakeSource) -> None:
    import_files(table, interactions, [source(HEADER + "u,bulk,,,1\n")], "FULL", "first")
    folds(table, interactions, 44)
    age(table, 41, 8)
    kept = [0, 13, 30, 35, 42]
    before = {version: seen(table, version) for version in (*kept, *range(40, 45))}
    assert table.trim_log(kept) > 40
    assert versions(table, ".json") == [*range(40, 45)]
    assert {version: seen(Table(table.url), version) for version in before} == before
    for lost in (1, 14, 34, 39):
        with pytest.raises(DeltaError):
            table.rows(lost)
    # It goes on as ever.
    assert table.trim_log(kept) == 0
    folds(table, interactions, 2)
    assert table.version() == 46
    assert {version: seen(table, version) for version in before} == before
    # A version that nobody names any more goes too.
    table.trim_log([13])
    assert seen(table, 13) == before[13] and seen(table, 40) == before[40]
    with pytest.raises(DeltaError):
        table.rows(30)


def test_young_commits_stay(table: Table, interactions: Schema) -> None:
    folds(table, interactions, 29)
    assert table.trim_log([]) == 0
    age(table, 25, 30)
    assert table.trim_log([]) == 0  # too few to be worth a checkpoint
    age(table, 27, 30)
    assert table.trim_log([]) > 25
    assert versions(table, ".json") == [*range(26, 29)]
    assert (table.count(), table.count(27)) == (29, 28)


def test_checkpoints_that_nothing_needs_go_earlier(table: Table, interactions: Schema) -> None:
    folds(table, interactions, 42)
    assert versions(table, ".checkpoint.parquet") == [*range(4, 42, 5)]
    assert table.trim_log([9]) == 2
    assert versions(table, ".checkpoint.parquet") == [9, *range(19, 42, 5)]
    assert [table.count(version) for version in (0, 6, 9, 17, 41)] == [1, 7, 10, 18, 42]


def test_trimming_a_second_time_and_later(table: Table, interactions: Schema) -> None:
    """The checkpoint that all later versions rest upon stays until another takes its place."""
    folds(table, interactions, 30)
    age(table, 27, 8)
    table.trim_log([])
    folds(table, interactions, 35)
    table.trim_log([])
    assert versions(table, ".json")[0] == 26
    assert [table.count(version) for version in (26, 28, 64)] == [27, 29, 65]
    age(table, 62, 8)
    table.trim_log([28])
    assert versions(table, ".json")[0] == 61
    assert [table.count(version) for version in (28, 61, 64)] == [29, 62, 65]


def test_trimming_that_was_broken_off(table: Table, interactions: Schema) -> None:
    folds(table, interactions, 30)
    left = Path(table.url) / "_delta_log" / f"{5:020}.json"
    content = left.read_bytes()
    age(table, 27, 8)
    table.trim_log([])
    left.write_bytes(content)
    folds(table, interactions, 35)
    assert table.trim_log([28]) > 0
    assert versions(table, ".json") == [*range(26, 65)]
    assert [table.count(version) for version in (26, 28, 33, 64)] == [27, 29, 34, 65]


def test_versions_that_never_were_are_passed_over(table: Table, interactions: Schema) -> None:
    folds(table, interactions, 28)
    age(table, 28, 8)
    assert table.trim_log([7, 500]) > 25
    assert table.vacuum([7, 500]) == 0
    assert (table.count(7), table.count()) == (8, 28)


def test_what_a_job_said_is_found_among_thousands(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    import_files(table, interactions, [source(HEADER + "u,i,,,1\n")], "FULL", "first")
    folds(table, interactions, 3)
    report = import_files(table, interactions, [source(HEADER + "u,j,,,1\nu,j,,,1\n")], "INCREMENTAL", "job")
    folds(table, interactions, 3)
    erase_users(table, stream(table, interactions, [("v", "a", None, None, 1)] * 2)["USER_ID"].unique(), "deletion")
    folds(table, interactions, 3)
    monkeypatch.setattr(DeltaTable, "history", lambda self, limit=None: pytest.fail("read the whole history"))
    assert import_files(table, interactions, [], "INCREMENTAL", "job") == report and report.version == 4
    told = table.job_result("deletion")
    assert told == {"deleted": 2, "version": 9}
    assert table.job_result("another") is None


def test_what_a_job_of_an_earlier_release_said_is_found(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    real = commits.Commit.properties

    def properties(self: commits.Commit) -> Any:
        return real(commits.Commit(self.name, dict.fromkeys(self.numbers, 1), self.result))

    with monkeypatch.context() as patched:
        patched.setattr(commits.Commit, "properties", properties)
        reports = [
            import_files(table, interactions, [source(f"{HEADER}u,i{job},,,1\n")], "FULL", f"job {job}")
            for job in range(4)
        ]
    for job in range(4):
        assert import_files(table, interactions, [], "FULL", f"job {job}") == reports[job]


def test_a_job_that_runs_again_after_its_commit_left_the_log(
    table: Table, interactions: Schema, source: MakeSource
) -> None:
    import_files(table, interactions, [source(HEADER + "u,i,,,1\n")], "FULL", "first")
    folds(table, interactions, 29)
    age(table, 30, 8)
    assert table.trim_log([]) > 25
    assert table.job_result("first") == {"version": 0}
    assert import_files(table, interactions, [source(HEADER + "u,i,,,1\n")], "FULL", "first").version == 0
    assert table.count() == 30


def test_no_commit_tells_nothing(table: Table, interactions: Schema) -> None:
    folds(table, interactions, 1)
    assert delta_log.commit_info(table.store(), 7) == {}
    assert delta_log.commit_info(table.store(), 0)["penchantJob"].startswith("journal-")


def test_a_log_that_is_no_log(tmp_path: Path) -> None:
    assert Table(tmp_path / "none").trim_log([]) == 0
