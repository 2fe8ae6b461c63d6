"""Schemas, files and tables for the tests of the lake."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from penchant.lake.parts import ANONYMOUS, OF_EVENTS, SEQUENCE, sequence_start
from penchant.lake.schema import Schema
from penchant.lake.stream import put_records
from penchant.lake.table import Table
from penchant.store.objects import Source

MakeSchema = Callable[..., Schema]
MakeSource = Callable[..., Source]


def schema_text(name: str, *fields: dict, **changes: object) -> str:
    document = {"type": "record", "name": name, "namespace": "com.amazonaws.personalize.schema", "fields": list(fields)}
    return json.dumps({**document, "version": "1.0", **changes})


def stream(table: Table, schema: Schema, rows: list[tuple], **hidden: list) -> pl.DataFrame:
    """Fold rows (in the columns of the schema) as if they had been accepted now; gives what was stored."""
    after = table.position()
    first = max(after + 16, sequence_start())
    sequence = pl.int_range(first, first + len(rows), eager=True).alias(SEQUENCE)
    frame = pl.DataFrame(rows, schema=schema.polars, orient="row").with_columns(sequence)
    if schema.key is None:
        given = {name: hidden.get(name, [False if name == ANONYMOUS else None] * len(rows)) for name in OF_EVENTS}
        frame = frame.hstack(pl.DataFrame(given, schema=OF_EVENTS))
    assert put_records(table, schema, frame, after, first + len(rows))
    return frame


def files_of(table: Table) -> set[str]:
    """Every file in a table's folder, but its log."""
    found = (path.relative_to(table.url) for path in Path(table.url).rglob("*.parquet"))
    return {str(path) for path in found if path.parts[0] != "_delta_log"}


INTERACTIONS = schema_text(
    "Interactions",
    {"name": "USER_ID", "type": "string"},
    {"name": "ITEM_ID", "type": "string"},
    {"name": "EVENT_TYPE", "type": ["null", "string"]},
    {"name": "EVENT_VALUE", "type": ["float", "null"]},
    {"name": "TIMESTAMP", "type": "long"},
)


@pytest.fixture
def interactions() -> Schema:
    return Schema.parse(INTERACTIONS)


@pytest.fixture
def items() -> Schema:
    return Schema.parse(
        schema_text(
            "Items",
            {"name": "ITEM_ID", "type": "string"},
            {"name": "GENRES", "type": ["null", "string"], "categorical": True},
            {"name": "TEXT", "type": ["null", "string"], "textual": True},
            {"name": "YEAR", "type": ["null", "int"]},
            {"name": "SOLD", "type": ["null", "boolean"]},
        )
    )


@pytest.fixture
def source() -> MakeSource:
    def make(content: str | bytes, name: str = "file.csv") -> Source:
        data = content if isinstance(content, bytes) else content.encode()
        return Source(name, len(data), lambda: io.BytesIO(data))

    return make


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "table")
