"""A dataset as CSV that our own import reads back: each row once, in flat memory. One version gives one text."""

import io
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
import polars as pl

from penchant.lake.duplicates import Duplicates
from penchant.lake.fields import OBJECTS
from penchant.lake.parts import SEQUENCE
from penchant.lake.schema import Schema
from penchant.lake.table import BULK, PUT, StoredFile, Table

Progress = Callable[[float, str], None]
"""Told the done fraction (0-1) and a sentence; may raise to stop."""
Mode = Literal["BULK", "PUT", "ALL"]
PART_BYTES = 128 * 2**20
"""A file is ended when it has reached this."""
_ROWS = 100_000
"""Rows turned to text at once."""
_READING = 0.4
"""Share of the work that the search for equal rows takes, for progress."""


def export_csv(
    table: Table,
    version: int | None,
    schema: Schema,
    mode: Mode,
    progress: Progress = lambda fraction, sentence: None,
) -> Iterator[bytes]:
    """The rows of a version, or none where it is None, as the contents of one CSV file after the other.

    PUT: streamed records, BULK: those of imports, ALL: both, and then only the newest of each key where the dataset
    has one. Rows that are equal in all columns are written once. A dataset without rows gives a file with a header.
    An event of an anonymous visitor has its session as USER_ID, as it is stored; one that names no item or action,
    and only links a session to a user, is left out.
    """
    header = (",".join(schema.column_names) + "\n").encode()
    text, ended = io.BytesIO(header), 0
    text.seek(len(header))
    for frame in _rows(table, version, schema, mode, progress):
        text.write(to_csv(frame, schema))
        if text.tell() >= PART_BYTES:
            yield text.getvalue()
            ended += 1
            text.truncate(len(header))
            text.seek(len(header))
    if text.tell() > len(header) or not ended:
        yield text.getvalue()


def to_csv(frame: pl.DataFrame, schema: Schema) -> bytes:
    """Lines without a header."""
    columns = [_quoted(field.name) if field.type == "string" else pl.col(field.name) for field in schema.fields]
    return frame.select(columns).write_csv(include_header=False, quote_style="never", null_value="").encode()


def _quoted(column: str) -> pl.Expr:
    """As the import reads it: a line holds no line break, and a backslash stands for itself outside quotes only."""
    value = pl.col(column).str.replace_all("\r\n|\r|\n", " ")
    inside = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '""', literal=True)
    return pl.when(value.str.contains('[",]')).then('"' + inside + '"').otherwise(value).alias(column)


def _rows(table: Table, version: int | None, schema: Schema, mode: Mode, progress: Progress) -> Iterator[pl.DataFrame]:
    if version is None:
        return
    wanted = {"BULK": BULK, "PUT": (PUT,), "ALL": (*BULK, PUT)}[mode]
    files = [file for file in table.files(version) if file.provenance in wanted]
    files.sort(key=lambda file: (table.first_sequence(file), file.path))
    newest = mode == "ALL" and schema.key
    duplicates = Duplicates(
        [schema.key] if newest and schema.key else schema.column_names, "last" if newest else "first"
    )
    try:
        for number, file in enumerate(files):
            progress(_READING * number / len(files), "Looking for equal rows.")
            frame = _read(table, file, schema)
            duplicates.add(frame, _numbers(frame, file))
        dropped = duplicates.dropped()
    finally:
        duplicates.close()
    written = 0
    for number, file in enumerate(files):
        progress(_READING + (1 - _READING) * number / len(files), f"Writing: {written:,} rows so far.")
        frame = _read(table, file, schema)
        frame = frame.filter(~pl.Series(_among(_numbers(frame, file), dropped), dtype=pl.Boolean))
        written += len(frame)
        yield from frame.iter_slices(_ROWS)


def _read(table: Table, file: StoredFile, schema: Schema) -> pl.DataFrame:
    """The columns of the schema and `_sequence`."""
    frame = table.read_file(file.path)
    subject = OBJECTS.get(schema.dataset_type)
    if subject and file.provenance == PUT:
        frame = frame.filter(pl.col(subject).is_not_null())
    # A file that is older than a column lacks it.
    columns = [pl.col(name) if name in frame.columns else pl.lit(None).alias(name) for name in schema.column_names]
    return frame.select(*columns, SEQUENCE).cast(schema.polars)


def _numbers(frame: pl.DataFrame, file: StoredFile) -> np.ndarray:
    """A number for each row that no other row has, and that is higher when it came later."""
    # An imported and a streamed row may share a `_sequence`; two of one kind do not.
    return frame[SEQUENCE].to_numpy() * 2 + (file.provenance == PUT)


def _among(numbers: np.ndarray, ascending: np.ndarray) -> np.ndarray:
    """Which of the numbers are in the other array."""
    if not len(ascending):
        return np.zeros(len(numbers), bool)
    place = np.searchsorted(ascending, numbers)
    return ascending[np.minimum(place, len(ascending) - 1)] == numbers
