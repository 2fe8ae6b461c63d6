"""Cuts a byte stream at line ends into blocks that fit in memory, so that a file of any size is read in flat memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from penchant.lake.faults import ImportFault

BLOCK = 16 * 2**20
"""Bytes read at once. Larger blocks were no faster."""
LONGEST_LINE = 64 * 2**20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Block:
    """Whole lines, the last one ended by a newline too."""

    content: bytes
    first_line: int
    """Physical number of the first line; the file's first is 1."""


def blocks(stream: BinaryIO, file: str, size: int = BLOCK) -> Iterator[Block]:
    """The lines of a stream without its byte order mark. Raises `ImportFault` for a line beyond `LONGEST_LINE`."""
    line, rest = 1, b""
    while True:
        read = bytes(stream.read(size))
        if line == 1 and not rest:
            read = read.removeprefix(_BOM)
        whole = rest + read
        end = whole.rfind(b"\n") + 1 if read else len(whole)
        if end:
            content = whole[:end] if whole[end - 1] == 10 else whole + b"\n"
            yield Block(content, line)
            line += content.count(b"\n")
        rest = whole[end:]
        if len(rest) > LONGEST_LINE:
            raise ImportFault(f"{file} line {line} is longer than {LONGEST_LINE:,} bytes. Is this a CSV file?")
        if not read:
            return
