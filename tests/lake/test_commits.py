"""What is told of the commits of a table without opening it."""

from pathlib import Path

import polars as pl

from penchant.lake import compact
from penchant.lake.commits import moves_rows_only
from penchant.lake.erase import erase_users
from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.table import Table
from tests.lake.conftest import INTERACTIONS, MakeSource, stream

FILE = "USER_ID,ITEM_ID,EVENT_TYPE,EVENT_VALUE,TIMESTAMP\nu,a,,,1\nv,b,,,2\n"


def test_folds_and_merges_are_told_from_what_changes_records(table: Table, source: MakeSource) -> None:
    schema = Schema.parse(INTERACTIONS)
    assert table.names_after(-1) == []
    assert not Path(table.url).exists()
    for item in "ab":
        stream(table, schema, [("u", item, None, None, 1)])
    compact.compact(table, fewest=2)
    import_files(table, schema, [source(FILE)], "INCREMENTAL", "f0")
    import_files(table, schema, [source(FILE)], "FULL", "f1")
    erase_users(table, pl.Series(["u"]), "f2")
    names = table.names_after(-1)
    assert [moves_rows_only(name) for name in names] == [True, True, True, False, False, False]
    assert names[3:] == ["f0", "f1", "f2"]
    assert table.names_after(4) == ["f2"]
    assert table.names_after(table.version()) == []


def test_new_columns_have_no_name(table: Table, interactions: Schema) -> None:
    stream(table, interactions, [("u", "a", None, None, 1)])
    field = type(interactions.fields[0])("PLACE", "string", nullable=True)
    table.add_columns(Schema("INTERACTIONS", None, (*interactions.fields, field)))
    assert table.names_after(0) == [""]
    assert not moves_rows_only("")
