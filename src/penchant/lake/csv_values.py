"""Turns the values of well-shaped CSV lines into typed columns, and judges each against its schema field.

Polars reads the types itself where it can. A column it cannot read so is read as text from then on and converted here,
with the leniency the service shows to what pandas writes (`5.0` in a column of integers).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import numpy as np
import polars as pl

from penchant.lake import faults
from penchant.lake.attributes import NUMBERS
from penchant.lake.csv_header import Header
from penchant.lake.csv_shape import Shaped
from penchant.lake.faults import SHOWN, Fault
from penchant.lake.schema import Field, Schema

ID_LENGTH = 256
VALUE_LENGTH = 1000
TEXT_LENGTH = 20_000
"""Characters. Longer texts are cut, longer ids and values are faults."""
_EXACT = 2.0**53
"""From here on a float no longer tells neighbouring integers apart."""


class Values:
    """Reads the blocks of one file."""

    def __init__(self, schema: Schema, header: Header, lenient: bool = False) -> None:
        """With `lenient`, a faulty value of what describes an item, user or action reads as null and is no fault. An
        empty number of an item is none in any case: Amazon was recorded to take such items, whatever the schema says.
        """
        self._schema, self._header = schema, header
        self._fields = [
            replace(field, nullable=True) if schema.dataset_type == "ITEMS" and field.type in NUMBERS else field
            for field in schema.fields
        ]
        self._forgiving = {field.name for field in schema.fields if lenient and schema.key not in (None, field.name)}
        self.forgiven = 0
        """Values that were read as null for that reason."""
        # Polars takes True and TRUE for a boolean, the service only true.
        self._as_text = {field.name for field in schema.fields if field.type in ("string", "boolean")}

    def read(self, shaped: Shaped) -> tuple[pl.DataFrame, list[Fault], int]:
        """The columns of the schema in its order, the first faults, and their number. A faulty value reads as null."""
        frame = self._parse(shaped)
        columns, found, total = [], [], 0
        for field, told in zip(self._fields, self._schema.fields, strict=True):
            column, rows, reasons = _judge(frame[field.name], field)
            if field.nullable and not told.nullable:
                self.forgiven += column.null_count() - column.gather(rows).null_count()
            if field.name in self._forgiving and len(rows):
                column, rows, reasons = self._forgive(column, rows)
            columns.append(column)
            total += len(rows)
            lines = shaped.line_of(rows[:SHOWN])
            found += [Fault(int(line), field.name, reason) for line, reason in zip(lines, reasons, strict=True)]
        return pl.DataFrame(columns), found, total

    def _forgive(self, column: pl.Series, rows: np.ndarray) -> tuple[pl.Series, np.ndarray, Iterator[str]]:
        self.forgiven += len(rows)
        # A value that is too long is still there.
        return column.scatter(rows, None), np.empty(0, int), iter(())

    def _parse(self, shaped: Shaped) -> pl.DataFrame:
        try:
            return self._parse_as(shaped, self._as_text)
        except pl.exceptions.ComputeError:
            everything = set(self._schema.column_names)
            frame = self._parse_as(shaped, everything)
            typed = [field for field in self._schema.fields if field.name not in self._as_text]
            self._as_text |= {f.name for f in typed if not _casts(frame[f.name], self._schema.polars[f.name])}
            return frame

    def _parse_as(self, shaped: Shaped, text: set[str]) -> pl.DataFrame:
        types: dict[str, pl.DataType] = {str(place): pl.String() for place in range(len(self._header.names))}
        for name, place in self._header.places.items():
            types[str(place)] = pl.String() if name in text else self._schema.polars[name]
        if not shaped.content:
            return pl.DataFrame(schema={name: types[str(place)] for name, place in self._header.places.items()})
        frame = pl.read_csv(
            shaped.content,
            has_header=False,
            schema=types,
            columns=sorted(self._header.places.values()),
            quote_char='"' if shaped.quoted else None,
        )
        lines = shaped.content.count(b"\n")
        if len(frame) != lines:
            raise RuntimeError(f"Polars read {len(frame)} records from {lines} lines of CSV.")
        return frame.select(pl.col(str(place)).alias(name) for name, place in self._header.places.items())


def _casts(column: pl.Series, dtype: pl.DataType) -> bool:
    return column.cast(dtype, strict=False).null_count() == column.null_count()


def _judge(column: pl.Series, field: Field) -> tuple[pl.Series, np.ndarray, Iterator[str]]:
    """The column in its type, the indices of faulty rows, and the reasons for the first of them."""
    if field.type == "string":
        column, rows, reason = _judge_string(column, field)
        return column, rows, (reason for _ in rows[:SHOWN])
    text, wrong = column, np.empty(0, int)
    if column.dtype == pl.String:
        text = column.str.strip_chars()
        text = text.set(text == "", None)
        column = _convert(text, field)
        wrong = (column.is_null() & text.is_not_null()).arg_true().to_numpy()
    if column.dtype == pl.Float64:
        infinite = ~column.is_finite().fill_null(True)
        if infinite.any():
            wrong = np.union1d(wrong, infinite.arg_true().to_numpy())
    empty = text.is_null().arg_true().to_numpy() if not field.nullable and text.null_count() else np.empty(0, int)
    reasons = {int(row): faults.unreadable(str(text[int(row)]), field.name, field.type) for row in wrong[:SHOWN]}
    rows = np.union1d(wrong, empty)
    return column, rows, (reasons.get(int(row)) or faults.null_value(field.name) for row in rows[:SHOWN])


def _judge_string(column: pl.Series, field: Field) -> tuple[pl.Series, np.ndarray, str]:
    # "" and nothing are the same to the service: an empty field.
    lengths = column.str.len_bytes()
    if lengths.min() == 0:
        column = column.set(lengths == 0, None)
    longest = cast(int, lengths.max() or 0)
    if field.textual:
        column = column.str.head(TEXT_LENGTH) if longest > TEXT_LENGTH else column
    else:
        limit = ID_LENGTH if field.is_id else VALUE_LENGTH
        # Bytes are counted faster than characters and are never fewer.
        if longest > limit:
            long = (column.str.len_chars() > limit).arg_true().to_numpy()
            if len(long):
                return column, long, faults.too_long(field.name, limit)
    if not field.nullable and column.null_count():
        return column, column.is_null().arg_true().to_numpy(), faults.null_value(field.name)
    return column, np.empty(0, int), ""


def _convert(text: pl.Series, field: Field) -> pl.Series:
    if field.type == "boolean":
        return text.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
    if field.type in ("float", "double"):
        return text.cast(pl.Float64, strict=False)
    dtype = pl.Int32() if field.type == "int" else pl.Int64()
    whole = text.cast(dtype, strict=False)
    if whole.null_count() == text.null_count():
        return whole
    number = text.cast(pl.Float64, strict=False)
    integral = (number.floor() == number) & (number.abs() < _EXACT)
    return whole.fill_null(number.set(~integral.fill_null(False), None).cast(dtype, strict=False))
