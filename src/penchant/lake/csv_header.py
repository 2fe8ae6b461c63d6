"""The first line of a CSV file: which column is which."""

import csv
from dataclasses import dataclass

from penchant.lake import faults
from penchant.lake.faults import ImportFault
from penchant.lake.schema import Schema


@dataclass(frozen=True)
class Header:
    """The names of a file's columns as written, and where those of the schema stand."""

    names: list[str]
    places: dict[str, int]
    """Schema column -> its place in the file, from 0."""

    @property
    def ignored(self) -> list[str]:
        """Columns the schema does not have."""
        used = set(self.places.values())
        return [name for place, name in enumerate(self.names) if place not in used]


def read_header(line: bytes, schema: Schema, file: str) -> Header:
    """Names are matched without regard to case, surrounding spaces and order; quotes around a name are tolerated.

    Raises `ImportFault` for missing columns, a name that occurs twice, or a line that is no header at all.
    """
    try:
        names = [name.strip() for name in next(csv.reader([line.decode().rstrip("\r\n")], strict=True), [])]
    except (csv.Error, UnicodeDecodeError) as error:
        raise ImportFault(f"Input CSV header is not valid. {file} line 1: {error}.") from None
    lower = [name.lower() for name in names]
    twice = sorted({name for name in names if lower.count(name.lower()) > 1})
    if twice:
        raise ImportFault(f"Input CSV header is not valid. {file} names a column more than once: {', '.join(twice)}.")
    missing = [name for name in schema.column_names if name.lower() not in lower]
    if missing:
        shown = ",".join(names)
        raise ImportFault(
            f"{faults.missing_columns(missing)} The first line of {file} is "
            f"{shown if len(shown) <= 300 else shown[:297] + '...'!r}."
        )
    return Header(names, {name: lower.index(name.lower()) for name in schema.column_names})
