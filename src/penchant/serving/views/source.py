"""A dataset as views follow it, and what became of its table since it was looked at."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import polars as pl

from ...events.entry import STEP
from ...lake.commits import moves_rows_only
from ...lake.parts import PROVENANCE, PUT, SEQUENCE
from ...lake.schema import Schema
from ...lake.table import Table

T = TypeVar("T")

NONE = -1
"""The version of a table that does not exist yet."""


@dataclass(frozen=True)
class Source:
    number: int
    """Of the dataset in the journal. It is never used again, not even for a dataset of the same name."""
    folder: Path = field(hash=False)
    """Of the table."""
    schema: Schema = field(hash=False)

    @property
    def table(self) -> Table:
        return Table(self.folder)

    def newest(self) -> tuple[int, int]:
        """The newest version of the table and its position in the journal."""
        if not self.table.exists():
            return NONE, 0
        version = self.table.version()
        return version, self.table.position(version)

    def read(self, at: Callable[[int, int], T]) -> T:
        """What `at` makes of the newest version and its position.

        A deletion takes the files of the versions before it away at once; what fails then is tried with the newest.
        """
        while True:
            version, position = self.newest()
            try:
                return at(version, position)
            except Exception:
                if not self.table.names_after(version):
                    raise

    def later(self, version: int, thorough: bool) -> int | None:
        """The newest version, where all since this one hold the same records, beside what came out of the journal.

        None where they may not: after an import, a deletion, or what cannot be told. Without `thorough` it costs next
        to nothing, but sees nothing after a commit that is no longer in the log, where they stay for a week.
        """
        newest = self.newest()[0] if thorough else NONE
        names = self.table.names_after(version)
        if newest > version + len(names) or not all(map(moves_rows_only, names)):
            return None
        return version + len(names)

    def streamed(self, version: int, after: int) -> pl.LazyFrame:
        """The rows that a version has of journal entries past a position, with their hidden columns.

        They are there however much of the journal was pruned.
        """
        rows = self.table.rows(version)
        return rows.filter((pl.col(PROVENANCE) == PUT) & (pl.col(SEQUENCE) >= after + STEP))
