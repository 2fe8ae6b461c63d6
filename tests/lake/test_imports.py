import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from penchant.lake.imports import ImportFault, ImportReport, import_files
from penchant.lake.parts import PROVENANCE, SEQUENCE
from penchant.lake.schema import Schema
from penchant.lake.table import Table, TableBusy
from penchant.store.objects import Source
from tests.lake.conftest import stream

MakeSource = Callable[..., Source]
HEADER = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\n"
ITEMS_HEADER = "ITEM_ID,GENRES,TEXT,YEAR,SOLD\n"


def events(first: int, count: int) -> str:
    return HEADER + "".join(f"u{n % 7},i{n},view,{n}.5,{1000 + n}\n" for n in range(first, first + count))


def files_of(table: Table) -> set[str]:
    return {str(path.relative_to(table.url)) for path in Path(table.url).rglob("*") if path.is_file()}


def numbers(table: Table) -> list[int]:
    return sorted(int(item[1:]) for item in table.read().collect()["ITEM_ID"])


def event(item: str, time: int) -> list[tuple]:
    return [("u", item, "view", 1.0, time)]


def test_a_full_import(table: Table, interactions: Schema, source: MakeSource) -> None:
    told: list[tuple[float, str]] = []
    assert not table.exists() and table.count() == 0
    report = import_files(
        table,
        interactions,
        [source(events(0, 600)), source(events(600, 600))],
        "FULL",
        "job",
        1000,
        lambda *said: told.append(said),
    )
    assert (report.rows, report.duplicates, report.version) == (1200, 0, 0)
    assert report.bytes == len(events(0, 600)) + len(events(600, 600))
    assert (table.version(), table.count()) == (0, 1200)
    assert table.read().collect_schema() == interactions.polars
    stored = table.rows().sort(SEQUENCE).collect()
    assert stored["ITEM_ID"].to_list() == [f"i{n}" for n in range(1200)]
    assert stored[PROVENANCE].unique().to_list() == ["FULL"]
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and len(fractions) >= 4


def test_full_replaces_bulk_rows_and_keeps_streamed_ones(
    table: Table, interactions: Schema, source: MakeSource
) -> None:
    import_files(table, interactions, [source(events(0, 10))], "FULL", "one")
    import_files(table, interactions, [source(events(10, 10))], "INCREMENTAL", "two")
    stream(table, interactions, event("i99", 5))
    report = import_files(table, interactions, [source(events(20, 10))], "FULL", "four")
    assert numbers(table) == [*range(20, 30), 99]
    assert report.version == table.version() == 3
    assert table.count(version=1) == 20
    assert sorted(table.rows().collect()[PROVENANCE].unique()) == ["FULL", "PUT"]


def test_incremental_events_without_exact_duplicates(table: Table, interactions: Schema, source: MakeSource) -> None:
    once = events(0, 50)
    report = import_files(table, interactions, [source(once), source(once)], "FULL", "one", 100)
    assert (report.rows, report.duplicates) == (50, 50)
    almost = "u0,i0,view,0.5,1001\nu0,i0,view,,1000\nu0,i0,,0.5,1000\nu1,i0,view,0.5,1000\n"
    report = import_files(table, interactions, [source(events(40, 20) + almost)], "INCREMENTAL", "two")
    assert (report.rows, report.duplicates) == (14, 10)
    assert numbers(table) == sorted([*range(60), 0, 0, 0, 0])
    # Earlier events in a first file, later ones in a second: both are compared with what is stored.
    files = [source(events(0, 10)), source(events(30, 10)), source(events(60, 10))]
    assert import_files(table, interactions, files, "INCREMENTAL", "three").duplicates == 20


def test_incremental_items_newest_row_wins(table: Table, items: Schema, source: MakeSource) -> None:
    report = import_files(table, items, [source(ITEMS_HEADER + "a,x,,1,\nb,x,,2,\na,y,,3,\n")], "FULL", "one")
    assert (report.rows, report.duplicates) == (2, 1)
    import_files(table, items, [source(ITEMS_HEADER + "c,z,,5,\nb,z,,4,\n")], "INCREMENTAL", "two")
    assert sorted(table.read().select("ITEM_ID", "YEAR").collect().rows()) == [("a", 3), ("b", 4), ("c", 5)]
    stream(table, items, [("a", None, None, 6, True)])
    assert sorted(table.read().select("ITEM_ID", "YEAR").collect().rows()) == [("a", 6), ("b", 4), ("c", 5)]
    assert (table.count(), table.rows().collect().height) == (3, 5)
    # A bulk row that came after a streamed one is newer than it.
    import_files(table, items, [source(ITEMS_HEADER + "a,x,,7,\n")], "FULL", "three")
    assert table.read().select("ITEM_ID", "YEAR").collect().rows() == [("a", 7)]


def test_minimum_rows(table: Table, interactions: Schema, source: MakeSource) -> None:
    with pytest.raises(ImportFault, match="requires at least 1000 interaction records, found 999"):
        import_files(table, interactions, [source(events(0, 999))], "FULL", "job", 1000)
    assert not table.exists()


def test_an_import_of_nothing(table: Table, interactions: Schema) -> None:
    with pytest.raises(ImportFault, match="Invalid Data location"):
        import_files(table, interactions, [], "FULL", "job")
    with pytest.raises(ValueError, match="FULL or INCREMENTAL"):
        import_files(table, interactions, [], "SOME", "job")  # type: ignore[arg-type]


@pytest.mark.parametrize("existing", [False, True])
@pytest.mark.parametrize("failure", ["bad row", "progress", "store", "commit"])
def test_a_failed_import_leaves_everything_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
    table: Table,
    interactions: Schema,
    source: MakeSource,
    existing: bool,
    failure: str,
) -> None:
    monkeypatch.setattr("penchant.lake.parts.PART_ROWS", 100)
    if existing:
        import_files(table, interactions, [source(events(0, 10))], "FULL", "before")
    before = files_of(table), existing and (table.version(), numbers(table))
    files = [source(events(n * 200, 200)) for n in range(5)]
    expected: type[Exception] = OSError

    def progress(fraction: float, sentence: str) -> None:
        if failure == "progress" and fraction > 0.5:
            assert any(path.startswith("_provenance=FULL/") for path in files_of(table) - before[0])
            raise OSError("stop")

    def broken(*args: object, **kwargs: object) -> None:
        raise OSError("the disk is full")

    if failure == "bad row":
        files.append(source(HEADER + "u,i,v,1,\n"))
        expected = ImportFault
    if failure == "store":
        files.append(Source("gone", 1, broken))  # type: ignore[arg-type]
    if failure == "commit":
        monkeypatch.setattr(Table, "_try_commit", broken)
    with pytest.raises(expected):
        import_files(table, interactions, files, "FULL", "job", progress=progress)
    monkeypatch.undo()
    assert (files_of(table), existing and (table.version(), numbers(table))) == before
    assert import_files(table, interactions, files[:5], "FULL", "job").rows == 1000


def test_a_job_that_runs_twice_imports_once(table: Table, interactions: Schema, source: MakeSource) -> None:
    import_files(table, interactions, [source(events(0, 10))], "FULL", "first")
    one = import_files(table, interactions, [source(events(10, 10))], "INCREMENTAL", "job")
    stream(table, interactions, event("i50", 5))
    again = import_files(table, interactions, [source(events(10, 10))], "INCREMENTAL", "job")
    assert one == again and again.version == 1
    assert (numbers(table), table.version()) == ([*range(20), 50], 2)


def test_a_lost_answer_to_the_commit_keeps_the_rows(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    real = Table.commit

    def commit_and_lose_the_answer(*args: object, **kwargs: object) -> None:
        real(*args, **kwargs)  # type: ignore[arg-type]
        raise OSError("connection reset")

    monkeypatch.setattr(Table, "commit", commit_and_lose_the_answer)
    with pytest.raises(OSError, match="connection reset"):
        import_files(table, interactions, [source(events(0, 10))], "INCREMENTAL", "job")
    monkeypatch.undo()
    assert import_files(table, interactions, [source(events(0, 10))], "INCREMENTAL", "job").rows == 10
    assert (numbers(table), table.version()) == ([*range(10)], 0)


CRASH = """
import io, os, sys
from penchant.lake import imports, schema, table
from penchant.store.objects import Source
folder, text, moment = sys.argv[1:4]
real = table.Table.commit
def commit(*args, **kwargs):
    if moment == "after":
        real(*args, **kwargs)
    os._exit(9)
table.Table.commit = commit
content = sys.stdin.buffer.read()
source = Source("f", len(content), lambda: io.BytesIO(content))
imports.import_files(table.Table(folder), schema.Schema.parse(text), [source], "INCREMENTAL", "job")
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_around_the_commit(table: Table, interactions: Schema, source: MakeSource, moment: str) -> None:
    import_files(table, interactions, [source(events(0, 10))], "FULL", "first")
    command = [sys.executable, "-c", CRASH, table.url, INTERACTIONS, moment]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run(command, input=events(10, 10).encode(), env=environment).returncode == 9
    left = [path for path in files_of(table) if path.startswith("_provenance=INCREMENTAL/")]
    assert len(left) == 1
    assert numbers(table) == [*range(10 if moment == "before" else 20)]
    report = import_files(table, interactions, [source(events(10, 10))], "INCREMENTAL", "job")
    assert (report.rows, report.version, numbers(table)) == (10, 1, [*range(20)])
    # The file of the crashed attempt is gone, or is the one in use.
    assert len([path for path in files_of(table) if path.startswith("_provenance=INCREMENTAL/")]) == 1


def test_two_runs_of_a_job_at_once(table: Table, interactions: Schema, source: MakeSource) -> None:
    """The other run commits when this one is about to."""
    import_files(table, interactions, [source(events(0, 10))], "FULL", "first")
    ran: list[object] = []

    def progress(fraction: float, sentence: str) -> None:
        if sentence.startswith("Committing") and not ran:
            ran.append(import_files(table, interactions, [source(events(10, 10))], "INCREMENTAL", "job"))

    import_files(table, interactions, [source(events(10, 10))], "INCREMENTAL", "job", progress=progress)
    assert (numbers(table), table.version()) == ([*range(20)], 1)


@pytest.mark.parametrize("mode", ["FULL", "INCREMENTAL"])
def test_records_streamed_during_an_import_stay(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource, mode: str
) -> None:
    import_files(table, interactions, [source(events(0, 10))], "FULL", "first")
    real, stale = Table._delta, Table(table.url)._delta()
    stream(table, interactions, event("i99", 5))
    handles = [stale]
    monkeypatch.setattr(Table, "_delta", lambda self, version=None: handles.pop() if handles else real(self, version))
    version = table.commit([], interactions, "late", replace=mode == "FULL", result={})
    monkeypatch.undo()
    assert version == table.version() == 2
    assert numbers(table) == ([99] if mode == "FULL" else [*range(10), 99])


def test_a_table_that_never_rests(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    import_files(table, interactions, [source(events(0, 10))], "FULL", "first")
    stale = Table(table.url)._delta()
    stream(table, interactions, event("i99", 5))
    monkeypatch.setattr(Table, "_delta", lambda self, version=None: stale)
    with pytest.raises(TableBusy, match="changed by others 20 times"):
        table.commit([], interactions, "late", replace=True, result={})


def test_duplicates_across_many_files_are_found_and_files_rewritten(
    monkeypatch: pytest.MonkeyPatch, table: Table, interactions: Schema, source: MakeSource
) -> None:
    monkeypatch.setattr("penchant.lake.parts.PART_ROWS", 100)
    files = [source(events(n * 100, 150)) for n in range(6)] + [source(events(0, 100))]
    report = import_files(table, interactions, files, "FULL", "job")
    assert (report.rows, report.duplicates) == (650, 350)
    assert numbers(table) == [*range(650)]
    data = [path for path in files_of(table) if path.endswith(".parquet")]
    assert sum(pl.read_parquet(io.BytesIO((Path(table.url) / path).read_bytes())).height for path in data) == 650


INTERACTIONS = """{"type": "record", "name": "Interactions", "namespace": "com.amazonaws.personalize.schema", "fields": [
    {"name": "USER_ID", "type": "string"}, {"name": "ITEM_ID", "type": "string"},
    {"name": "EVENT_TYPE", "type": ["null", "string"]}, {"name": "EVENT_VALUE", "type": ["float", "null"]},
    {"name": "TIMESTAMP", "type": "long"}]}"""


def test_an_item_may_lack_a_number(tmp_path):
    """As Amazon was recorded to take items without a year. Nothing else is forgiven, and nobody but items."""
    from tests import samples

    def imported(name: str, rows: str, *more: dict) -> ImportReport:
        key = f"{name[:-1].upper()}_ID"
        fields = (samples.text(key), {"name": "YEAR", "type": "int"}, {"name": "PRICE", "type": "float"}, *more)
        path = tmp_path / "file.csv"
        path.write_text(f"{key},YEAR,PRICE{',GENRE' * len(more)}\n{rows}")
        source = Source(str(path), path.stat().st_size, lambda: path.open("rb"))
        schema = Schema.parse(samples.schema(name, *fields))
        return import_files(Table(tmp_path / f"{name}{len(more)}"), schema, [source], "FULL", rows)

    report = imported("Items", 'a,1999,1.5\nb,,2.5\nc,2001.0,""\nd, ,\n')
    assert (report.rows, report.forgiven) == (4, 4)
    rows = Table(tmp_path / "Items0").read().sort("ITEM_ID").collect()
    assert rows["YEAR"].to_list() == [1999, None, 2001, None]
    assert rows["PRICE"].to_list() == [1.5, 2.5, None, None]
    for name, bad in (("Items", "a,in 1999,1\nb,,1\n"), ("Items", ",1999,1\n"), ("Users", "a,,1\n")):
        with pytest.raises(ImportFault, match=r"YEAR|ITEM_ID"):
            imported(name, bad)
    with pytest.raises(ImportFault, match="GENRE does not allow null values"):
        imported("Items", "a,,,\n", samples.text("GENRE", categorical=True))


def test_faulty_metadata_may_be_read_as_null(tmp_path):
    """Ids and events are never forgiven."""
    from tests import samples

    schema = Schema.parse(
        samples.schema(
            "Items", samples.text("ITEM_ID"), {"name": "YEAR", "type": "int"}, samples.text("GENRE", categorical=True)
        )
    )
    path = tmp_path / "items.csv"
    path.write_text(f"ITEM_ID,YEAR,GENRE\na,1999,x\nb,,y\nc,2006-2007,z\nd,2001,{'g' * 1001}\n")
    source = Source(str(path), path.stat().st_size, lambda: path.open("rb"))
    table = Table(tmp_path / "table")
    with pytest.raises(ImportFault):
        import_files(table, schema, [source], "FULL", "strict")
    report = import_files(table, schema, [source], "FULL", "lenient", lenient_metadata=True)
    assert (report.rows, report.forgiven) == (4, 3)
    rows = table.read().sort("ITEM_ID").collect()
    assert rows["YEAR"].to_list() == [1999, None, None, 2001]
    assert rows["GENRE"].to_list() == ["x", "y", "z", None]
    path.write_text("ITEM_ID,YEAR,GENRE\n,1999,x\n")
    with pytest.raises(ImportFault, match="ITEM_ID"):
        import_files(table, schema, [source], "FULL", "no key", lenient_metadata=True)
