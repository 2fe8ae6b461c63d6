"""Schemas, files and tables for the tests of the lake."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from penchant.lake.schema import Schema
from penchant.lake.table import Table
from penchant.store.objects import Source

MakeSchema = Callable[..., Schema]
MakeSource = Callable[..., Source]


def schema_text(name: str, *fields: dict, **changes: object) -> str:
    document = {"type": "record", "name": name, "namespace": "com.amazonaws.personalize.schema", "fields": list(fields)}
    return json.dumps({**document, "version": "1.0", **changes})


@pytest.fixture
def interactions() -> Schema:
    return Schema.parse(
        schema_text(
            "Interactions",
            {"name": "USER_ID", "type": "string"},
            {"name": "ITEM_ID", "type": "string"},
            {"name": "EVENT_TYPE", "type": ["null", "string"]},
            {"name": "EVENT_VALUE", "type": ["float", "null"]},
            {"name": "TIMESTAMP", "type": "long"},
        )
    )


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
