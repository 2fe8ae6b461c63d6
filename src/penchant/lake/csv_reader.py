"""Reads the CSV files of an import, one after the other, as typed and validated frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from penchant.lake.csv_header import Header, read_header
from penchant.lake.csv_lines import BLOCK, Block, blocks
from penchant.lake.csv_shape import shape
from penchant.lake.csv_values import Values
from penchant.lake.faults import Faults, ImportFault
from penchant.lake.schema import Schema
from penchant.store.objects import Source

OnBytes = Callable[[int], None]


@dataclass
class CsvReader:
    """Frames with the columns of the schema. After reading, `faults` says whether they may be kept."""

    schema: Schema
    sources: list[Source]
    faults: Faults = field(default_factory=Faults)
    ignored_columns: list[str] = field(default_factory=list)
    """Columns of the files that the schema does not have."""
    rows: int = 0
    block_bytes: int = BLOCK
    lenient: bool = False
    """Whether faulty values of metadata read as null (see `Values`)."""
    forgiven: int = 0

    def frames(self, on_bytes: OnBytes = lambda read: None) -> Iterator[pl.DataFrame]:
        """Every record of every file, in order. `on_bytes` is called with the bytes read so far.

        Faulty lines and values are gathered in `faults`, and reading goes on to count them all. Raises `ImportFault`
        at once for what makes a file unreadable as a whole: no header, no record, headers that differ.
        """
        read, names = 0, None
        for source in self.sources:
            header: Header | None = None
            before = self.rows + self.faults.total
            with source.open() as stream:
                for block in blocks(stream, source.name, self.block_bytes):
                    read += len(block.content)
                    if header is None:
                        header, block = self._header(block, source.name)
                        values = Values(self.schema, header, self.lenient)
                    if block.content:
                        yield self._frame(block, header, values, source.name)
                    on_bytes(read)
            if header is None:
                raise ImportFault(f"The input file {source.name} is empty. Its first line must be a CSV header.")
            if self.rows + self.faults.total == before:
                raise ImportFault(f"The input file {source.name} holds a header and no records.")
            mine = sorted(name.lower() for name in header.names)
            if names is not None and mine != names:
                raise ImportFault(
                    f"All files of a folder must have the same header. That of {source.name} differs from "
                    f"that of {self.sources[0].name}."
                )
            names = mine

    def _header(self, block: Block, file: str) -> tuple[Header, Block]:
        line, newline, rest = block.content.partition(b"\n")
        header = read_header(line + newline, self.schema, file)
        self.ignored_columns = header.ignored
        return header, Block(rest, 2)

    def _frame(self, block: Block, header: Header, values: Values, file: str) -> pl.DataFrame:
        shaped = shape(block, header.names)
        before = values.forgiven
        frame, wrong, total = values.read(shaped)
        self.forgiven += values.forgiven - before
        self.faults.add(file, shaped.faults + wrong, shaped.total_faults + total)
        self.rows += len(frame)
        return frame
