from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.table import Table, TableNotFoundError
from penchant.store.objects import Source

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
