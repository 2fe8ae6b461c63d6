"""Merges the small files that streaming leaves in a table into larger ones, so that reading stays as fast as it was.

Files are merged when together they have several times the rows of the largest of them: the file that a row lies in
grows by that factor each time, so that a row is rewritten a few times and no more.
"""

import io
import uuid
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, cast

import obstore
import polars as pl

from penchant.lake.parts import COMPRESSION_LEVEL, PROVENANCE, PUT, SEQUENCE, Part
from penchant.lake.table import StoredFile, Table

SMALL_BYTES = 32 * 2**20
"""A file that has reached this is left as it is. About as much is read and written at once."""
FEWEST = 8
MOST = 48
"""Where more small files than this would remain in a row, less growth is asked for."""


def compact(table: Table, small_bytes: int = SMALL_BYTES, fewest: int = FEWEST) -> int:
    """Merge files of streamed rows in one commit; gives how many there are fewer now.

    No reader sees a difference, and the position stays. A merged file has at least `fewest` times the rows of any that
    went into it, if it is not as large as files get. May run beside everything that writes: 0, and nothing happened,
    when one of the files was rewritten meanwhile. The files that were merged stay until a vacuum.
    """
    if not table.exists():
        return 0
    version = table.version()
    pieces = list(_pieces(table, version, small_bytes, fewest))
    if not pieces:
        return 0
    columns = table.rows(version).drop(PROVENANCE).collect_schema()
    removed, merged = [file for files in pieces for file in files], list[Part]()
    try:
        for files in pieces:
            merged.append(_merged(table, files, columns))
    except Exception:
        _discard(table, merged)
        if {file.path for file in removed} <= {file.path for file in table.files()}:
            raise
        return 0  # one of them was rewritten, and is perhaps no longer there to be read
    if not table.merge(removed, merged):
        _discard(table, merged)
        return 0
    return len(removed) - len(merged)


def windows(rows: Sequence[int], fewest: int, most: int = MOST) -> list[range]:
    """Which neighbours of files with so many rows to merge: places that do not overlap, in ascending order."""
    growth = float(fewest)
    while True:
        found = _windows(rows, growth)
        left = len(rows) - sum(len(window) - 1 for window in found)
        if left <= most or growth <= 1:
            return found
        growth = max(growth / 2, 1.0)


def _windows(rows: Sequence[int], growth: float) -> list[range]:
    groups = [(count, range(place, place + 1)) for place, count in enumerate(rows)]
    limit = 1
    while limit < 2 * max((count for count, _ in groups), default=0):
        kept: list[tuple[int, range]] = []
        for small, neighbours in groupby(groups, key=lambda group: group[0] <= limit):
            run = list(neighbours)
            total = sum(count for count, _ in run)
            if small and len(run) > 1 and total >= growth * max(count for count, _ in run):
                run = [(total, range(run[0][1].start, run[-1][1].stop))]
            kept += run
        groups, limit = kept, 2 * limit
    return [places for _, places in groups if len(places) > 1]


def _pieces(table: Table, version: int, small_bytes: int, fewest: int) -> Iterator[list[StoredFile]]:
    """Files to merge into one, two or more, in the order of their rows."""
    files = [file for file in table.files(version) if file.provenance == PUT]
    files.sort(key=table.first_sequence)
    # A large file is not passed over: the rows of two files would then lie among each other.
    for small, neighbours in groupby(files, key=lambda file: file.size < small_bytes):
        run = list(neighbours)
        for window in windows([file.rows for file in run], fewest) if small else ():
            piece: list[StoredFile] = []
            for place in window:
                piece.append(run[place])
                if sum(file.size for file in piece) >= small_bytes or place == window[-1]:
                    if len(piece) > 1:
                        yield piece
                    piece = []


def _merged(table: Table, files: list[StoredFile], columns: pl.Schema) -> Part:
    content = io.BytesIO()
    # Columns that are younger than a file are null in it.
    rows = pl.scan_parquet(
        cast(Any, [table.open_file(file.path) for file in files]),
        schema=columns,
        missing_columns="insert",
        hive_partitioning=False,
    )
    rows.sink_parquet(content, compression="zstd", compression_level=COMPRESSION_LEVEL, maintain_order=True)
    size, path = content.tell(), f"{PROVENANCE}={PUT}/merged-{uuid.uuid4().hex}.parquet"
    content.seek(0)
    sequence = pl.read_parquet(content, columns=[SEQUENCE])[SEQUENCE]
    if len(sequence) != sum(file.rows for file in files) or not sequence.is_sorted():
        raise RuntimeError(f"Merging {len(files)} files of {table.url} gave other rows than they hold.")
    content.seek(0)
    obstore.put(table.store(), path, content)
    return Part(path, PUT, size, 0, len(sequence), len(sequence), (sequence[0], sequence[-1]))


def _discard(table: Table, parts: list[Part]) -> None:
    if parts:
        obstore.delete(table.store(), [part.path for part in parts])
