"""Small files become large ones and nobody can tell: not by the rows, nor by the position, nor in an older version."""

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake.compact import compact, windows
from penchant.lake.erase import erase_users
from penchant.lake.imports import import_files
from penchant.lake.parts import OF_EVENTS, SEQUENCE
from penchant.lake.schema import Schema
from penchant.lake.table import PUT, Table
from tests.lake.conftest import MakeSource, files_of, stream

HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"


def folds(table: Table, schema: Schema, sizes: list[int], first: int = 0) -> None:
    for size in sizes:
        stream(table, schema, [(f"u{n % 3}", f"i{n}", None, None, n) for n in range(first, first + size)])
        first += size


def rows(table: Table, version: int | None = None) -> pl.DataFrame:
    return table.rows(version).sort(SEQUENCE).collect()


def put_files(table: Table) -> list[Any]:
    return sorted((file for file in table.files() if file.provenance == PUT), key=lambda file: file.first or 0)


def test_files_are_merged_in_one_commit(table: Table, interactions: Schema, source: MakeSource) -> None:
    import_files(table, interactions, [source(HEADER + "u,i,,,1\n")], "FULL", "job")
    folds(table, interactions, [1] * 10)
    before, position, old = rows(table), table.position(), table.version()
    bulk = {file for file in table.files() if file.provenance != PUT}
    assert compact(table) == 9
    assert (table.version(), table.position()) == (old + 1, position)
    assert rows(table).equals(before) and rows(table, old).equals(before)
    (merged,) = put_files(table)
    assert (merged.rows, merged.first) == (10, before[SEQUENCE][1])
    assert bulk <= set(table.files())
    assert table.read_file(merged.path)[SEQUENCE].is_sorted()
    assert compact(table) == 0
    assert (table.version(), files_of(table) >= {file.path for file in table.files(old)}) == (old + 1, True)


def test_the_log_says_that_no_data_changed(table: Table, interactions: Schema) -> None:
    folds(table, interactions, [1] * 8)
    compact(table)
    log = Path(table.url) / "_delta_log" / f"{table.version():020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    changes = [body["dataChange"] for action in actions for name, body in action.items() if name in ("add", "remove")]
    assert changes == [False] * 9


def test_too_few_files_stay(table: Table, interactions: Schema, tmp_path: Path) -> None:
    assert compact(Table(tmp_path / "none")) == 0
    folds(table, interactions, [1] * 7)
    assert compact(table) == 0
    assert compact(table, fewest=7) == 6


def test_a_large_file_stays_and_is_not_passed_over(table: Table, interactions: Schema) -> None:
    folds(table, interactions, [1] * 4 + [3000] + [1] * 4)
    large = max(put_files(table), key=lambda file: file.size)
    assert compact(table, small_bytes=large.size, fewest=4) == 6
    assert [file.rows for file in put_files(table)] == [4, 3000, 4]
    assert large in table.files()


def test_a_merged_file_does_not_grow_for_ever(table: Table, interactions: Schema) -> None:
    folds(table, interactions, [20] * 12)
    size = put_files(table)[0].size
    assert compact(table, small_bytes=4 * size - 3, fewest=2) == 9
    assert [file.rows for file in put_files(table)] == [80, 80, 80]


def test_hidden_columns_and_columns_of_another_age(table: Table, items: Schema, interactions: Schema, tmp_path) -> None:
    narrow = Schema(items.dataset_type, None, items.fields[:3])
    stream(table, narrow, [("a", "x", "ü\0"), ("b", None, None)])
    stream(table, items, [("c", None, None, 3, True)])
    before, read = rows(table), table.read().collect()
    assert compact(table, fewest=1) == 1
    assert rows(table).equals(before) and table.read().collect().sort("ITEM_ID").equals(read.sort("ITEM_ID"))
    events = Table(tmp_path / "events")
    for session in ("s\0", None):
        row = ("u\0", "漢", None, None, 1)
        stream(events, interactions, [row], _session=[session], _event_id=["e\0"], _extra=['{"a":"b"}'])
    before = rows(events)
    assert compact(events, fewest=1) == 1
    assert rows(events).equals(before)
    assert before.select(OF_EVENTS.names()).rows()[0] == ("s\0", False, "e\0", '{"a":"b"}')


def test_what_commits_meanwhile_does_not_stop_it(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    folds(table, interactions, [1] * 8)
    real = Table.merge

    def merge(self: Table, *args: Any) -> bool:
        folds(table, interactions, [2], 100)
        import_files(table, interactions, [source(HEADER + "u,bulk,,,1\n")], "FULL", "job")
        return real(self, *args)

    monkeypatch.setattr(Table, "merge", merge)
    assert compact(table) == 7
    assert [file.rows for file in put_files(table)] == [8, 2]
    assert table.count() == 11


def test_it_gives_way_to_a_deletion(monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema) -> None:
    folds(table, interactions, [1] * 9)
    real = Table.merge

    def merge(self: Table, *args: Any) -> bool:
        assert erase_users(Table(table.url), pl.Series(["u0"]), "job") == 3
        return real(self, *args)

    monkeypatch.setattr(Table, "merge", merge)
    assert compact(table) == 0
    assert table.count() == 6
    assert not [path for path in files_of(table) if "/merged-" in path]
    monkeypatch.undo()
    assert compact(table, fewest=6) == 5 and table.count() == 6


def test_it_gives_way_when_the_files_are_gone_already(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema
) -> None:
    folds(table, interactions, [3] * 9)
    real, gone = Table.open_file, []

    def open_file(self: Table, path: str) -> Any:
        if not gone:
            gone.append(path)
            erase_users(Table(table.url), pl.Series(["u0"]), "job")
            Table(table.url).vacuum([])
        return real(self, path)

    monkeypatch.setattr(Table, "open_file", open_file)
    assert compact(table) == 0
    assert table.count() == 18


def test_what_is_wrong_is_said(monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema) -> None:
    folds(table, interactions, [1] * 8)
    monkeypatch.setattr("penchant.lake.compact.obstore.put", lambda *args: 1 / 0)
    before = files_of(table)
    with pytest.raises(ZeroDivisionError):
        compact(table)
    assert files_of(table) == before


def test_a_deletion_that_merging_overtakes(monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema) -> None:
    folds(table, interactions, [1] * 9)
    real, merged = Table.replace_files, []

    def replace_files(self: Table, *args: Any) -> Any:
        if not merged:
            merged.append(compact(Table(table.url)))
        return real(self, *args)

    monkeypatch.setattr(Table, "replace_files", replace_files)
    assert erase_users(table, pl.Series(["u0"]), "job") == 3
    assert (merged, table.count()) == ([8], 6)
    (file,) = put_files(table)
    assert files_of(table) - {file.path} == {each.path for version in (8, 9) for each in table.files(version)}


def test_merging_twice_at_once(monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema) -> None:
    folds(table, interactions, [1] * 8)
    real, other = Table.merge, []

    def merge(self: Table, *args: Any) -> bool:
        monkeypatch.setattr(Table, "merge", real)
        other.append(compact(Table(table.url)))
        return real(self, *args)

    monkeypatch.setattr(Table, "merge", merge)
    assert (compact(table), other, table.count()) == (0, [7], 8)
    assert len([path for path in files_of(table) if "/merged-" in path]) == 1


@given(rows=st.lists(st.integers(1, 10**6), max_size=80), fewest=st.integers(2, 10), most=st.integers(1, 100))
def test_windows(rows: list[int], fewest: int, most: int) -> None:
    found = windows(rows, fewest, most)
    places = [place for window in found for place in window]
    assert places == sorted(set(places)) and all(len(window) > 1 for window in found)
    assert not places or (places[0] >= 0 and places[-1] < len(rows))
    left = len(rows) - len(places) + len(found)
    assert left <= most
    for window in windows(rows, fewest, len(rows)):
        counts = [rows[place] for place in window]
        assert sum(counts) >= fewest * max(counts)


@pytest.mark.parametrize("kind", ["even", "alternating", "wild"])
def test_a_row_is_rewritten_a_few_times(kind: str) -> None:
    chance = random.Random(5)
    sizes = {
        "even": lambda n: 10,
        "alternating": lambda n: 1 + 999 * (n % 2),
        "wild": lambda n: 2 ** chance.randrange(15),
    }
    files: list[int] = []
    total = written = most = 0
    for number in range(3000):
        files.append(sizes[kind](number))
        total += files[-1]
        if number % 20 == 19:
            for window in reversed(windows(files, 8)):
                together = sum(files[place] for place in window)
                written += together
                files[window.start : window.stop] = [together]
            most = max(most, len(files))
    assert sum(files) == total
    assert written <= 5 * total
    assert most <= 48
