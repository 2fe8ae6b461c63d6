"""Writes rows as Parquet files into a table's folder, where nobody sees them until a commit names them."""

import io
import time
from dataclasses import dataclass

import numpy as np
import obstore
import polars as pl
from obstore.store import ObjectStore

PART_ROWS = 2_000_000
PART_BYTES = 256 * 2**20
"""A file is written when either is reached; the bytes are those of the rows in memory."""
PROVENANCE = "_provenance"
"""Hidden partition column: FULL or INCREMENTAL for rows of an import of that mode, PUT for streamed records."""
SEQUENCE = "_sequence"
"""Hidden int64 column: rises with the time of writing and, within one job, with the row."""
_COMPRESSION_LEVEL = 1


def sequence_start() -> int:
    """The first sequence of a job that starts now.

    A millisecond has room for a million rows. No job writes that fast, so one that starts after another has ended
    always gets higher numbers.
    """
    return time.time_ns() // 1_000_000 << 20


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
        path = f"{PROVENANCE}={self._provenance}/{self._stem}-{self._names:05}.parquet"
        self._names += 1
        if not len(frame):
            return Part(path, self._provenance, 0, first_row, numbered, 0)
        size = write_parquet(self._store, path, frame)
        return Part(path, self._provenance, size, first_row, numbered, len(frame))


def write_parquet(store: ObjectStore, path: str, frame: pl.DataFrame) -> int:
    """Write one file; gives its size."""
    content = io.BytesIO()
    frame.write_parquet(content, compression="zstd", compression_level=_COMPRESSION_LEVEL)
    size = content.tell()
    content.seek(0)
    obstore.put(store, path, content)
    return size


def _within(numbers: np.ndarray, first: int, count: int) -> np.ndarray:
    return numbers[np.searchsorted(numbers, first) : np.searchsorted(numbers, first + count)]
