"""Writes rows as Parquet files into a table's folder, where nobody sees them until a commit names them."""

import io
from dataclasses import dataclass, replace

import numpy as np
import obstore
import polars as pl
from obstore.store import ObjectStore

from penchant.store import clock

PART_ROWS = 2_000_000
PART_BYTES = 256 * 2**20
"""A file is written when either is reached; the bytes are those of the rows in memory."""
PROVENANCE = "_provenance"
"""Hidden partition column: FULL or INCREMENTAL for rows of an import of that mode, PUT for streamed records."""
FULL, INCREMENTAL, PUT = "FULL", "INCREMENTAL", "PUT"
BULK = (FULL, INCREMENTAL)
SEQUENCE = "_sequence"
"""Hidden int64 column: rises with the time of writing and, within one job, with the row. A streamed record has the
number that the journal gave it when it was accepted."""
SESSION, ANONYMOUS = "_session", "_anonymous"
"""Hidden columns of streamed events: the session, and whether no user was named. Then USER_ID is the session too."""
EVENT_ID = "_event_id"
"""Hidden column of streamed events: the id that the caller gave the event, if any."""
EXTRA = "_extra"
"""Hidden column of streamed events: a JSON object of what the schema has no column for."""
OF_EVENTS = pl.Schema({SESSION: pl.String(), ANONYMOUS: pl.Boolean(), EVENT_ID: pl.String(), EXTRA: pl.String()})
"""The hidden columns that only datasets of events have. They are null in rows of an import."""
HIDDEN = (PROVENANCE, SEQUENCE, *OF_EVENTS)
COMPRESSION_LEVEL = 1


def sequence_start() -> int:
    """The first sequence of a job that starts now.

    A millisecond has room for a million rows. No job writes that fast, so one that starts after another has ended
    always gets higher numbers.
    """
    return int(clock.now() * 1_000) << 20


@dataclass(frozen=True)
class Part:
    """One written file and the row numbers it holds."""

    path: str
    """In the table's folder."""
    provenance: str
    size: int
    first_row: int
    numbered: int
    """Row numbers it stands for, kept or not."""
    rows: int
    span: tuple[int, int]
    """The first and the last `_sequence`; (0, 0) of a file without rows."""


class PartWriter:
    """Writes rows numbered from 0 in the order they are added. `stem` begins the name of each file."""

    def __init__(self, store: ObjectStore, stem: str, provenance: str) -> None:
        self._store, self._stem, self._provenance = store, stem, provenance
        self._sequence = sequence_start()
        self._buffer: list[pl.DataFrame] = []
        self._first_row = self._buffered = self._buffered_bytes = 0
        self._parts: list[Part] = []
        self._names = 0

    def add(self, frame: pl.DataFrame) -> None:
        self._buffer.append(frame)
        self._buffered += len(frame)
        self._buffered_bytes += int(frame.estimated_size())
        if self._buffered >= PART_ROWS or self._buffered_bytes >= PART_BYTES:
            frame = self._take_buffer()
            self._parts.append(self._write(frame, self._first_row, len(frame)))
            self._first_row += len(frame)

    def finish(self, dropped: np.ndarray) -> list[Part]:
        """The files of all rows but the `dropped` ones (ascending row numbers). Files with such rows are rewritten."""
        last = self._take_buffer()
        for place, part in enumerate(self._parts):
            numbers = _within(dropped, part.first_row, part.numbered)
            if len(numbers):
                # Read back in the order written: row i of the file is row number first_row + i.
                content = obstore.get(self._store, part.path).bytes()
                frame = pl.read_parquet(io.BytesIO(bytes(content))).drop(SEQUENCE)
                self._parts[place] = self._write(frame, part.first_row, part.numbered, numbers)
                obstore.delete(self._store, part.path)
        if len(last):
            numbers = _within(dropped, self._first_row, len(last))
            self._parts.append(self._write(last, self._first_row, len(last), numbers))
        self._parts = [part for part in self._parts if part.rows]
        return self._parts

    def discard(self) -> None:
        """Remove every file written."""
        self._buffer.clear()
        paths = [part.path for part in self._parts if part.rows]
        if paths:
            obstore.delete(self._store, paths)
        self._parts = []

    def _take_buffer(self) -> pl.DataFrame:
        frame = pl.concat(self._buffer) if self._buffer else pl.DataFrame()
        self._buffer, self._buffered, self._buffered_bytes = [], 0, 0
        return frame

    def _write(self, frame: pl.DataFrame, first_row: int, numbered: int, dropped: np.ndarray | None = None) -> Part:
        start = self._sequence + first_row
        frame = frame.with_columns(pl.int_range(start, start + len(frame), dtype=pl.Int64).alias(SEQUENCE))
        if dropped is not None and len(dropped):
            kept = np.ones(len(frame), bool)
            kept[dropped - first_row] = False
            frame = frame.filter(pl.Series(kept))
        name = f"{self._stem}-{self._names:05}.parquet"
        self._names += 1
        part = write_part(self._store, self._provenance, name, frame)
        return replace(part, first_row=first_row, numbered=numbered)


def write_part(store: ObjectStore, provenance: str, name: str, frame: pl.DataFrame) -> Part:
    """Write rows that ascend in `_sequence` as one file. Without rows there is none."""
    path, rows = f"{PROVENANCE}={provenance}/{name}", len(frame)
    if not rows:
        return Part(path, provenance, 0, 0, 0, 0, (0, 0))
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd", compression_level=COMPRESSION_LEVEL)
    size = content.tell()
    content.seek(0)
    obstore.put(store, path, content)
    return Part(path, provenance, size, 0, rows, rows, (frame[SEQUENCE][0], frame[SEQUENCE][-1]))


def _within(numbers: np.ndarray, first: int, count: int) -> np.ndarray:
    return numbers[np.searchsorted(numbers, first) : np.searchsorted(numbers, first + count)]
