"""Imports CSV files into a dataset's table: all rows or none, once per job however often the job runs."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

import polars as pl

from penchant.lake import faults
from penchant.lake.csv_reader import CsvReader
from penchant.lake.duplicates import Duplicates
from penchant.lake.faults import ImportFault
from penchant.lake.parts import ANONYMOUS, PartWriter
from penchant.lake.schema import Schema
from penchant.lake.table import FULL, INCREMENTAL, Table
from penchant.store.objects import Source

Progress = Callable[[float, str], None]
"""Told the done fraction (0-1) and a sentence; may raise to stop."""
_READING = 0.9
"""Share of the work that reading takes, for progress."""

__all__ = ["ImportFault", "ImportReport", "import_files"]


@dataclass(frozen=True)
class ImportReport:
    rows: int
    """Rows now stored by this job."""
    duplicates: int
    """Rows left out: equal to another (events), or an older record of the same key."""
    ignored_columns: list[str]
    """Columns of the files that the schema does not have."""
    bytes: int
    """Size of the input files."""
    version: int
    """Table version that holds the rows."""
    forgiven: int = 0
    """Faulty values of metadata that were read as null, where that was asked for."""


def import_files(
    table: Table,
    schema: Schema,
    sources: list[Source],
    mode: Literal["FULL", "INCREMENTAL"],
    job_id: str,
    minimum_rows: int = 0,
    progress: Progress = lambda fraction, sentence: None,
    lenient_metadata: bool = False,
) -> ImportReport:
    """Validate every row and commit them together.

    FULL replaces all rows of earlier imports and keeps streamed records; INCREMENTAL adds to both. Raises
    `ImportFault` with what is wrong with the files; then, and when `progress` raises, the table is as it was. Run
    again with the same `job_id` after a commit, it imports nothing and gives the first run's report. With
    `lenient_metadata` a faulty value beside the key of an item, user or action reads as null.
    """
    if mode not in (FULL, INCREMENTAL):
        raise ValueError(f"The import mode must be FULL or INCREMENTAL, not {mode!r}.")
    done = table.job_result(job_id)
    if done is not None:
        return _recalled(done)
    if not sources:
        raise ImportFault("Invalid Data location. There is no file to import.")
    table.check_columns(schema)
    size = sum(source.size for source in sources)
    reader = CsvReader(schema, sources, lenient=lenient_metadata)
    writer = table.writer(job_id, mode)
    duplicates = Duplicates([schema.key] if schema.key else schema.column_names, "last" if schema.key else "first")
    committing = False
    try:
        span = _read(reader, writer, duplicates, size, progress)
        reader.faults.raise_if_any()
        if reader.rows < minimum_rows:
            raise ImportFault(faults.too_few(reader.rows, minimum_rows))
        progress(_READING, f"{reader.rows:,} rows are valid. Looking for duplicates.")
        if mode == INCREMENTAL and not schema.key and table.exists():
            for frame in _existing(table, schema, span):
                duplicates.add_existing(frame)
                progress(_READING, "Comparing with the rows the dataset has.")
        dropped = duplicates.dropped()
        parts = writer.finish(dropped)
        progress(0.98, f"Committing {reader.rows - len(dropped):,} rows.")
        report = ImportReport(
            reader.rows - len(dropped), len(dropped), reader.ignored_columns, size, -1, reader.forgiven
        )
        committing = True
        version = table.commit(parts, schema, job_id, replace=mode == FULL, result=asdict(report))
    except BaseException:
        # A commit that raised may still have happened (a lost answer): then its files must stay.
        if not committing or table.job_result(job_id) is None:
            writer.discard()
        raise
    finally:
        duplicates.close()
    table.sweep(job_id, version)
    progress(1.0, f"Imported {report.rows:,} rows.")
    return ImportReport(**{**asdict(report), "version": version})


def _read(
    reader: CsvReader, writer: PartWriter, duplicates: Duplicates, size: int, progress: Progress
) -> tuple[int, int] | None:
    """Write and hash all rows; gives the first and last TIMESTAMP, if there is such a column."""
    span: tuple[int, int] | None = None

    def on_bytes(read: int) -> None:
        share = min(read / size, 1.0) if size else 1.0
        progress(_READING * share, f"Reading: {reader.rows:,} rows so far.")

    for frame in reader.frames(on_bytes):
        if reader.faults.total or not len(frame):
            continue
        writer.add(frame)
        duplicates.add(frame)
        if "TIMESTAMP" in frame.columns:
            low, high = frame["TIMESTAMP"].min(), frame["TIMESTAMP"].max()
            assert isinstance(low, int) and isinstance(high, int)
            span = (min(low, span[0]), max(high, span[1])) if span else (low, high)
    return span


def _existing(table: Table, schema: Schema, span: tuple[int, int] | None) -> Iterator[pl.DataFrame]:
    """Stored rows that could equal an imported one: those in the same stretch of time."""
    rows = table.rows()
    if span:
        rows = rows.filter(pl.col("TIMESTAMP").is_between(*span))
    if ANONYMOUS in rows.collect_schema():
        # The USER_ID of such a row is a session, and no event of the user of that name.
        rows = rows.filter(~pl.col(ANONYMOUS).fill_null(False))
    yield from rows.select(schema.column_names).collect_batches(chunk_size=500_000, maintain_order=False)


def _recalled(result: dict) -> ImportReport:
    known = {name: result.get(name, default) for name, default in asdict(_FORGOTTEN).items()}
    return ImportReport(**known)


_FORGOTTEN = ImportReport(0, 0, [], 0, 0)
