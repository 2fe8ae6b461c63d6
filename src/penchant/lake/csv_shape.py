"""Checks the shape of CSV lines (quotes, number of values, encoding) and rewrites what Polars reads another way.

Every record is one line: the service allows no line break inside a value. So a stray quote spoils its own line and no
other, and each line can be judged alone. The quote rules are the service's (`\\"` and `\\\\` inside quotes) and
RFC 4180's (`""`) together. NumPy looks at the quotes, commas and line ends of a block all at once; only faulty lines
are looked at one by one.
"""

from dataclasses import dataclass

import numpy as np

from penchant.lake.csv_lines import Block
from penchant.lake.faults import SHOWN, Fault

_QUOTE, _COMMA, _NEWLINE, _BACKSLASH = b'",\n\\'
_STRUCTURE = np.isin(np.arange(256), [_QUOTE, _COMMA, _NEWLINE])
_ALL_BUT_STRUCTURE = bytes(set(range(256)) - set(b'",\n\r'))


@dataclass(frozen=True)
class Shaped:
    """The sound lines of a block, each with exactly as many values as the header, in RFC 4180 with "\\n" line ends."""

    content: bytes
    quoted: bool
    lines: np.ndarray | int
    """Physical line number of each record; an int is the first's, the others follow it."""
    faults: list[Fault]
    """The first of them."""
    total_faults: int

    def line_of(self, records: np.ndarray) -> np.ndarray:
        return self.lines + records if isinstance(self.lines, int) else self.lines[records]


def shape(block: Block, header: list[str]) -> Shaped:
    """Judge every line of a block against the number of names in the header."""
    content = block.content
    skeleton = content.translate(None, _ALL_BUT_STRUCTURE)
    line = b"," * (len(header) - 1) + b"\n"
    if len(header) > 1 and skeleton == line * (len(skeleton) // len(line)) and _is_utf8(content):
        return Shaped(content, False, block.first_line, [], 0)
    if b"\r" in skeleton:
        content = content.replace(b"\r\n", b"\n")
    if b"\\" not in content and b"\r" not in content and _is_plainly_quoted(content, line) and _is_utf8(content):
        return Shaped(content, True, block.first_line, [], 0)
    return _Examination(content, block.first_line, header).outcome()


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return True
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_plainly_quoted(content: bytes, line: bytes) -> bool:
    """Whether every line is sound; asked first because it takes a fifth of the time of a full examination.

    `line` holds the separators of a sound line. There must be no backslash in `content`.
    """
    if len(line) == 1:
        return False
    values = np.frombuffer(content, np.uint8)
    marks = np.flatnonzero(_STRUCTURE[values])
    kinds = values[marks]
    quotes = kinds == _QUOTE
    inside = (np.cumsum(quotes, dtype=np.uint8) & 1).view(bool)
    # With no line end inside quotes each line has an even number of them, so counting from the block's start will do.
    separators = kinds[~quotes & ~inside]
    if len(separators) % len(line) or separators.tobytes() != line * (len(separators) // len(line)):
        return False
    if (inside & (kinds == _NEWLINE)).any():
        return False
    opening, closing = marks[quotes & inside], marks[quotes & ~inside]
    before = np.where(opening > 0, values[opening - 1], _NEWLINE)
    return bool(_STRUCTURE[before].all() and _STRUCTURE[values[closing + 1]].all())


class _Examination:
    """Positions of quotes, commas and line ends of one block, and what they say about its lines."""

    def __init__(self, content: bytes, first_line: int, header: list[str]) -> None:
        self.content, self.first_line, self.header = content, first_line, header
        self.bytes = np.frombuffer(content, np.uint8)
        self.ends = np.flatnonzero(self.bytes == _NEWLINE)
        self.starts = np.concatenate([[0], self.ends[:-1] + 1])
        self.reasons: dict[int, tuple[int, str]] = {}
        """Line index -> where in the block, and what is wrong there. The first finding about a line stays."""
        self.bad = np.zeros(len(self.ends), bool)
        quotes = np.flatnonzero(self.bytes == _QUOTE)
        self.escaped = quotes[self._is_escaped(quotes)] if b'\\"' in content else quotes[:0]
        self.quotes = np.setdiff1d(quotes, self.escaped, assume_unique=True) if len(self.escaped) else quotes
        """The quotes that open or close; two in a row inside a value close and open again."""
        line = self._line(self.quotes)
        first = np.concatenate([[True], line[1:] != line[:-1]]) if len(line) else np.empty(0, bool)
        place = np.arange(len(line))
        self.opening = (place - np.maximum.accumulate(np.where(first, place, 0))) % 2 == 0
        self.quote_line = line

    def outcome(self) -> Shaped:
        if len(self.quotes) or len(self.escaped):
            self._judge_quotes()
        self._judge_encoding()
        self._judge_carriage_returns()
        self._judge_number_of_values()
        blank = self.starts == self.ends
        kept = ~(self.bad | blank)
        lines = np.flatnonzero(kept) + self.first_line
        return Shaped(
            self._rewritten(kept), len(self.quotes) > 0, lines, self._faults(), int((self.bad & ~blank).sum())
        )

    def _line(self, positions: np.ndarray) -> np.ndarray:
        return np.searchsorted(self.ends, positions)

    def _inside(self, positions: np.ndarray) -> np.ndarray:
        """Whether a quoted value is open at each position."""
        if not len(self.quotes):
            return np.zeros(len(positions), bool)
        before = np.searchsorted(self.quotes, positions) - 1
        known = np.maximum(before, 0)
        return (before >= 0) & (self.quote_line[known] == self._line(positions)) & self.opening[known]

    def _is_escaped(self, quotes: np.ndarray) -> np.ndarray:
        """Whether an odd number of backslashes stands right before each quote."""
        run = np.zeros(len(quotes), int)
        growing = np.arange(len(quotes))
        while len(growing):
            before = quotes[growing] - run[growing] - 1
            growing = growing[(before >= 0) & (self.bytes[np.maximum(before, 0)] == _BACKSLASH)]
            run[growing] += 1
        return run % 2 == 1

    def _blame(self, positions: np.ndarray, reason: str) -> None:
        lines = self._line(positions)
        fresh = ~self.bad[lines]
        for line, position in zip(lines[fresh][: SHOWN * 4].tolist(), positions[fresh].tolist(), strict=False):
            self.reasons.setdefault(line, (position, reason))
        self.bad[lines] = True

    def _judge_quotes(self) -> None:
        before = np.where(self.quotes > 0, self.bytes[self.quotes - 1], _NEWLINE)
        after = self.bytes[self.quotes + 1]
        doubled = np.zeros(len(self.quotes), bool)
        doubled[1:] = self.quotes[1:] == self.quotes[:-1] + 1
        starts_value = (before == _COMMA) | (before == _NEWLINE)
        ends_value = (after == _COMMA) | (after == _NEWLINE) | (after == _QUOTE)
        last = np.concatenate([self.quote_line[1:] != self.quote_line[:-1], [True]])[: len(self.quotes)]
        self._blame(
            self.quotes[self.opening & ~starts_value & ~doubled],
            "a double quote stands inside a value that does not begin with one. "
            'Put the whole value in double quotes and write the one inside it as "".',
        )
        self._blame(
            self.quotes[~self.opening & ~ends_value],
            'text follows the closing double quote of a value. Write a double quote inside a quoted value as "".',
        )
        self._blame(self.escaped[~self._inside(self.escaped)], "a double quote stands outside a quoted value.")
        self._blame(
            self.quotes[self.opening & last],
            "a double quote is opened and not closed on the line. A value may not hold a line break, "
            "and a backslash before a double quote makes it part of the value.",
        )

    def _judge_encoding(self) -> None:
        if _is_utf8(self.content):
            return
        wrong = []
        for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True):
            try:
                self.content[start:end].decode()
            except UnicodeDecodeError as error:
                wrong.append(start + error.start)
        self._blame(np.array(wrong), "the text is not valid UTF-8. Save the file in the encoding UTF-8.")

    def _judge_carriage_returns(self) -> None:
        if b"\r" in self.content:
            returns = np.flatnonzero(self.bytes == ord("\r"))
            self._blame(returns, "a carriage return stands inside the line. Lines end with \\n or \\r\\n.")

    def _judge_number_of_values(self) -> None:
        commas = np.flatnonzero(self.bytes == _COMMA)
        commas = commas[~self._inside(commas)]
        values = np.bincount(self._line(commas), minlength=len(self.ends)) + 1
        wrong = np.flatnonzero((values != len(self.header)) & (self.starts != self.ends) & ~self.bad)
        for line in wrong[:SHOWN].tolist():
            self.reasons[line] = (-1, f"the line has {values[line]} values, the header has {len(self.header)}.")
        self.bad[wrong] = True

    def _faults(self) -> list[Fault]:
        commas = np.flatnonzero(self.bytes == _COMMA) if self.reasons else np.empty(0, int)
        found = []
        for line, (position, reason) in sorted(self.reasons.items())[:SHOWN]:
            column = ""
            if position >= 0:
                here = commas[(commas >= self.starts[line]) & (commas < position)]
                place = int((~self._inside(here)).sum())
                column = self.header[place] if place < len(self.header) else ""
            found.append(Fault(line + self.first_line, column, reason))
        return found

    def _rewritten(self, kept: np.ndarray) -> bytes:
        """The kept lines, with the backslash escapes inside quotes turned into RFC 4180."""
        changed = self.bytes.copy()
        drop = np.zeros(0, int)
        if b"\\" in self.content and len(self.quotes):
            changed[self.escaped - 1] = _QUOTE
            slashes = np.flatnonzero(self.bytes == _BACKSLASH)
            slashes = slashes[self._inside(slashes)]
            place = np.arange(len(slashes))
            first = np.concatenate([[True], slashes[1:] != slashes[:-1] + 1])[: len(slashes)]
            even = (place - np.maximum.accumulate(np.where(first, place, 0))) % 2 == 0
            pair = np.zeros(len(slashes), bool)
            pair[:-1] = slashes[1:] == slashes[:-1] + 1
            drop = slashes[even & pair]
        if kept.all() and not len(drop):
            return changed.tobytes()
        stays = np.repeat(kept, self.ends - self.starts + 1)
        stays[drop] = False
        return changed[stays].tobytes()
