import os
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from deltalake.exceptions import DeltaError

from penchant.lake import table as table_module
from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.stream import frame_of, put_records
from penchant.lake.table import Table, TableNotFoundError
from penchant.store.objects import Source
from tests.lake.conftest import files_of, stream

MakeSource = Callable[..., Source]
HEADER = "ITEM_ID,GENRES,TEXT,YEAR,SOLD\n"
WIDER = """{"type": "record", "name": "Items", "namespace": "com.amazonaws.personalize.schema", "fields": [
    {"name": "ITEM_ID", "type": "string"}, {"name": "GENRES", "type": ["null", "string"], "categorical": true},
    {"name": "TEXT", "type": ["null", "string"], "textual": true}, {"name": "YEAR", "type": ["null", "int"]},
    {"name": "SOLD", "type": ["null", "boolean"]}, {"name": "PRICE", "type": ["null", "float"]}]}"""


def test_a_table_that_is_not_there(table: Table) -> None:
    assert not table.exists() and table.count() == 0 and table.job_result("job") is None
    with pytest.raises(TableNotFoundError):
        table.version()
    table.delete()


def test_delete_removes_every_file(table: Table, items: Schema, source: MakeSource) -> None:
    import_files(table, items, [source(HEADER + "a,,,,\n")], "FULL", "one")
    table.delete()
    assert not table.exists()
    assert not [path for path in Path(table.url).rglob("*") if path.is_file()]
    assert import_files(table, items, [source(HEADER + "b,,,,\n")], "FULL", "one").version == 0


def test_new_columns_are_null_in_old_rows(table: Table, items: Schema, source: MakeSource) -> None:
    import_files(table, items, [source(HEADER + "a,,,,\n")], "FULL", "one")
    wider = Schema.parse(WIDER)
    assert table.add_columns(wider) == table.add_columns(wider) == 1
    import_files(table, wider, [source(HEADER.strip() + ",PRICE\nb,,,,,1.25\n")], "INCREMENTAL", "two")
    assert sorted(table.read().select("ITEM_ID", "PRICE").collect().rows()) == [("a", None), ("b", 1.25)]
    assert table.read(version=0).collect_schema().names() == items.column_names


def test_columns_the_table_lacks_are_refused(table: Table, items: Schema, source: MakeSource) -> None:
    import_files(table, items, [source(HEADER + "a,,,,\n")], "FULL", "one")
    with pytest.raises(ValueError, match="has no column PRICE"):
        import_files(table, Schema.parse(WIDER), [source(HEADER.strip() + ",PRICE\nb,,,,,1\n")], "FULL", "two")
    assert (table.version(), table.count()) == (0, 1)


def test_vacuum_keeps_the_versions_named(table: Table, items: Schema, source: MakeSource) -> None:
    for number in range(4):
        import_files(table, items, [source(f"{HEADER}i{number},,,,\n")], "FULL", f"job {number}")
    assert table.vacuum([1]) == 2
    assert [table.read(version).collect()["ITEM_ID"].to_list() for version in (1, 3)] == [["i1"], ["i3"]]
    with pytest.raises((FileNotFoundError, pl.exceptions.ComputeError)):
        table.read(0).collect()
    assert table.job_result("job 0") is not None


def test_vacuum_leaves_what_left_a_version_lately(table: Table, items: Schema, source: MakeSource) -> None:
    for number in range(3):
        import_files(table, items, [source(f"{HEADER}i{number},,,,\n")], "FULL", f"job {number}")
    for path in files_of(table):
        os.utime(Path(table.url) / path, (1, 1))  # old as files, but not as what was removed
    assert table.vacuum([], hours=1) == 0
    assert [table.count(version) for version in range(3)] == [1, 1, 1]
    assert table.vacuum([1], hours=0) == 1
    assert [table.count(version) for version in (1, 2)] == [1, 1]


def test_vacuum_removes_files_of_jobs_that_died(table: Table, items: Schema, source: MakeSource) -> None:
    import_files(table, items, [source(f"{HEADER}i,,,,\n")], "FULL", "one")
    import_files(table, items, [source(f"{HEADER}j,,,,\n")], "FULL", "two")
    folder = Path(table.url)
    used = list(files_of(table))
    strays = [folder / "_provenance=FULL/0123456789abcdef-00000000-00000.parquet", folder / "_provenance=PUT/a.parquet"]
    others = [folder / "notes.txt", folder / "_delta_log" / "x.tmp"]
    for path in [*strays, *others]:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert table.vacuum([0]) == 0
    day = 86_400
    for days, path in ((6, strays[0]), (8, strays[1]), (900, others[0]), (900, others[1]), *((900, p) for p in used)):
        os.utime(folder / path, (time.time() - days * day,) * 2)
    assert table.vacuum([0], full=False) == 0
    assert table.vacuum([0]) == 1
    assert strays[0].exists() and not strays[1].exists() and all(path.exists() for path in others)
    assert [table.count(version) for version in (0, 1)] == [1, 1]


def test_two_jobs_that_make_the_table_at_once(
    monkeypatch: pytest.MonkeyPatch, table: Table, items: Schema, source: MakeSource
) -> None:
    real = table_module.create

    def create(*args: object) -> None:
        monkeypatch.setattr(table_module, "create", real)
        stream(table, items, [("a", None, None, 1, None)])
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(table_module, "create", create)
    report = import_files(table, items, [source(f"{HEADER}b,,,,\n")], "FULL", "one")
    assert (report.version, table.count()) == (1, 2)
    table.delete()
    monkeypatch.setattr(table_module, "create", create)
    stream_frame = frame_of(items, [])
    assert not put_records(table, items, stream_frame, 0, 7)
    assert table.count() == 1


def test_a_table_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, table: Table, items: Schema) -> None:
    def fail(*args: object, **options: object) -> None:
        raise DeltaError("no space left")

    monkeypatch.setattr("penchant.lake.commits.create_table_with_add_actions", fail)
    with pytest.raises(DeltaError, match="no space left"):
        put_records(table, items, frame_of(items, []), 0, 7)
