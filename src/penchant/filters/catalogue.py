"""The items, users or actions that a filter chooses among: their records by column, in rows of a fixed order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from ..lake.schema import Field, Schema
from .columns import Column, Key, Lists, Numbers, Scalar, Texts
from .kinds import Kind
from .words import Words

Record = Mapping[str, Any]
"""A record by column name, in the schema's own spelling. A column that is absent is null."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Never changes, so that a filter may remember what it computed of one."""

    schema: Schema
    ids: Words
    """Of the rows. A row without a record has nulls in every column but that of its id."""
    columns: Mapping[str, Column]
    """By name as the schema spells it."""

    @classmethod
    def of(cls, schema: Schema, records: pl.DataFrame, ids: Words, names: Collection[str] | None = None) -> "Catalogue":
        """`records` in columns of the schema; a column that is not there is null in every row.

        Records of other ids are left out, and of an id that occurs twice the last record counts. `names` are the
        columns to keep, in any case; by default all that filters can use.
        """
        assert schema.key
        keys = records[schema.key].alias("id")
        places = ids.texts.alias("id").to_frame().with_row_index("row")
        found = keys.to_frame().join(places, on="id", how="left", maintain_order="left")["row"]
        here = found.is_not_null()
        rows, records = found.filter(here).to_numpy(), records.filter(here)
        columns: dict[str, Column] = {schema.key: Key(ids)}
        wanted = None if names is None else {name.upper() for name in names}
        for field in schema.fields:
            if field.name != schema.key and not field.textual and (wanted is None or field.name.upper() in wanted):
                null = pl.repeat(None, len(records), eager=True)
                values = records.get_column(field.name, default=null).cast(schema.polars[field.name])
                columns[field.name] = sort_of(field).of(values, rows, len(ids))
        return cls(schema, ids, columns)

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, id_: str) -> int | None:
        """None for an id that has no row."""
        return self.ids.code(id_)

    def values(self, row: int, name: str) -> tuple[Scalar, ...]:
        """Of one column; none for a null. Raises KeyError for a column that was not kept."""
        return self.columns[name].values(row)

    def record(self, row: int) -> dict[str, Scalar]:
        """The columns that are kept and not null."""
        found = ((name, column.value(row)) for name, column in self.columns.items())
        return {name: value for name, value in found if value is not None}

    def replaced(self, records: Iterable[Record]) -> "Catalogue":
        """With these records instead of those of their ids. Ids that are not here get rows behind all others.

        What does not change is shared. An id that occurs twice has its last record.
        """
        key = str(self.schema.key)
        newest = {str(record[key]): record for record in records}
        ids = self.ids.extended(newest)
        rows = np.array(ids.codes(list(newest)), np.int64)
        columns: dict[str, Column] = {}
        for name, column in self.columns.items():
            values = [record.get(name) for record in newest.values()]
            columns[name] = Key(ids) if isinstance(column, Key) else column.replaced(rows, values, len(ids))
        return Catalogue(self.schema, ids, columns)


def sort_of(field: Field) -> type[Texts] | type[Lists] | type[Numbers]:
    if Kind.of(field) is not Kind.TEXT:
        return Numbers
    return Lists if field.categorical else Texts
