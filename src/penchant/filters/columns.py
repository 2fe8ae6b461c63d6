"""Columns of a catalogue as codes, and which of their rows hold what is asked for.

A column has a code for each row, 0 for a null. What is asked for is looked up in the few distinct values of the column;
its rows are then only compared or looked up by code.

Of every kind of column, `among` is (rows,) bool, a new array: where any value of the row is one of those given.
`values` are those of one row, none for a null; `value` is as it was in the record. `replaced` has other values in some
rows, and nulls in rows up to `size` that were not there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from .tree import Operator
from .words import Index, Words

Scalar = str | int | float
SEPARATOR = "|"
FEW = 8
"""So many codes are found faster by comparing all rows with each than by a table of all codes."""


@dataclass(frozen=True, eq=False)
class Key:
    """The ids of the rows. An id is known even where a row has no record."""

    ids: Words

    def among(self, values: Iterable[Scalar]) -> np.ndarray:
        found = np.zeros(len(self.ids), bool)
        found[codes_of(self.ids, values)] = True
        return found

    def values(self, row: int) -> tuple[Scalar, ...]:
        return (self.ids[row],)

    def value(self, row: int) -> str:
        return self.ids[row]


@dataclass(frozen=True, eq=False)
class Texts:
    """Strings of one value each."""

    codes: np.ndarray
    """(rows,) unsigned: 1 + the code of the word; 0 for a null."""
    words: Words

    @classmethod
    def of(cls, values: pl.Series, rows: np.ndarray, size: int) -> "Texts":
        codes, distinct = numbered(values)
        return cls(spread(codes, rows, size, len(distinct)), Words.of(distinct))

    def among(self, values: Iterable[Scalar]) -> np.ndarray:
        return holding(self.codes, [code + 1 for code in codes_of(self.words, values)], len(self.words))

    def values(self, row: int) -> tuple[Scalar, ...]:
        value = self.value(row)
        return () if value is None else (value,)

    def value(self, row: int) -> str | None:
        code = int(self.codes[row])
        return self.words[code - 1] if code else None

    def replaced(self, rows: np.ndarray, values: Sequence[str | None], size: int) -> "Texts":
        words = self.words.extended(value for value in values if value is not None)
        known = [value for value in values if value is not None]
        code_of = dict(zip(known, codes_of(words, known), strict=True))
        codes = [0 if value is None else 1 + code_of[value] for value in values]
        return Texts(patched(self.codes, rows, codes, size, len(words)), words)


@dataclass(frozen=True, eq=False)
class Lists:
    """Strings of several values each. Rows share combinations of values, of which there are far fewer than rows."""

    codes: np.ndarray
    """(rows,) unsigned: 1 + the number of the combination; 0 for a null."""
    offsets: np.ndarray
    """(combinations + 1,) int64 into `parts`."""
    parts: np.ndarray
    """int32 codes of words: the values of all combinations, one after another, in the order of the record."""
    words: Words
    combinations: Index
    """Found by their whole texts."""

    @classmethod
    def of(cls, values: pl.Series, rows: np.ndarray, size: int) -> "Lists":
        codes, combinations = numbered(values)
        several = combinations.str.split(SEPARATOR)
        parts, words = numbered(several.explode(empty_as_null=False))
        offsets = np.concatenate([[0], np.cumsum(several.list.len().to_numpy())]).astype(np.int64)
        return cls(
            spread(codes, rows, size, len(combinations)),
            offsets,
            (parts - 1).astype(np.int32),
            Words.of(words),
            Index.of(combinations.to_list()),
        )

    def among(self, values: Iterable[Scalar]) -> np.ndarray:
        order, starts = self.holders
        found = [order[starts[code] : starts[code + 1]] for code in codes_of(self.words, values)]
        wanted = np.unique(np.concatenate(found)) + 1 if found else np.empty(0, np.int64)
        return holding(self.codes, wanted, len(self.offsets) - 1)

    @cached_property
    def holders(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of combinations in the order of the words they hold, and where those of a word begin."""
        order = np.argsort(self.parts, kind="stable")
        combinations = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        counts = np.bincount(self.parts, minlength=len(self.words))
        return combinations[order], np.concatenate([[0], np.cumsum(counts)])

    def values(self, row: int) -> tuple[Scalar, ...]:
        code = int(self.codes[row])
        return self.combination(code - 1) if code else ()

    def value(self, row: int) -> str | None:
        return SEPARATOR.join(map(str, self.values(row))) if self.codes[row] else None

    def combination(self, number: int) -> tuple[str, ...]:
        return tuple(self.words[code] for code in self.parts[self.offsets[number] : self.offsets[number + 1]].tolist())

    def numbers(self, texts: Sequence[str]) -> list[int | None]:
        """Of the combinations that have these texts; None for one that is not here."""
        return self.combinations.find(texts, lambda number: SEPARATOR.join(self.combination(number)))

    def replaced(self, rows: np.ndarray, values: Sequence[str | None], size: int) -> "Lists":
        texts = list(dict.fromkeys(value for value in values if value is not None))
        column = self.extended(texts)
        found = zip(texts, column.numbers(texts), strict=True)
        code_of = {text: 1 + number for text, number in found if number is not None}
        codes = [0 if value is None else code_of[value] for value in values]
        largest = len(column.offsets) - 1
        return Lists(
            patched(self.codes, rows, codes, size, largest),
            column.offsets,
            column.parts,
            column.words,
            column.combinations,
        )

    def extended(self, texts: Sequence[str]) -> "Lists":
        """With those of the combinations that are not here yet."""
        new = [text for text, number in zip(texts, self.numbers(texts), strict=True) if number is None]
        if not new:
            return self
        several = [text.split(SEPARATOR) for text in new]
        words = self.words.extended(each for values in several for each in values)
        offsets = np.append(self.offsets, self.offsets[-1] + np.cumsum([len(values) for values in several]))
        parts = np.append(self.parts, [code for values in several for code in codes_of(words, values)])
        return Lists(self.codes, offsets, parts.astype(np.int32), words, self.combinations.extended(new))


@dataclass(frozen=True, eq=False)
class Numbers:
    codes: np.ndarray
    """(rows,) unsigned: 1 + the place of the number in `distinct`; 0 for a null and for what is no number."""
    distinct: np.ndarray
    """int64 or float64, ascending. Numbers are compared as Python does, which loses no digit of either type."""

    @classmethod
    def of(cls, values: pl.Series, rows: np.ndarray, size: int) -> "Numbers":
        values = values.cast(pl.Int64 if values.dtype.is_integer() else pl.Float64)
        if values.dtype == pl.Float64:
            values = values.fill_nan(None)
        codes = values.rank("dense").fill_null(0).to_numpy()
        distinct = np.empty(int(codes.max(initial=0)) + 1, np.int64 if values.dtype == pl.Int64 else np.float64)
        distinct[codes] = values.fill_null(0).to_numpy()
        return cls(spread(codes, rows, size, len(distinct) - 1), distinct[1:])

    def among(self, values: Iterable[Scalar]) -> np.ndarray:
        wanted = {code for value in values for code in range(self.below(value) + 1, self.up_to(value) + 1)}
        return holding(self.codes, sorted(wanted), len(self.distinct))

    def ordered(self, operator: Operator, value: Scalar) -> np.ndarray:
        """(rows,) bool, new: where the number is on that side of the value. A null is on no side."""
        if operator in (Operator.LESS, Operator.AT_MOST):
            found = self.codes <= (self.below(value) if operator is Operator.LESS else self.up_to(value))
            found &= self.codes > 0
            return found
        return self.codes > (self.below(value) if operator is Operator.AT_LEAST else self.up_to(value))

    def below(self, value: Scalar) -> int:
        """How many of the distinct numbers are smaller."""
        return bisect_left(self.distinct, value, key=np.generic.item)

    def up_to(self, value: Scalar) -> int:
        return bisect_right(self.distinct, value, key=np.generic.item)

    def values(self, row: int) -> tuple[Scalar, ...]:
        value = self.value(row)
        return () if value is None else (value,)

    def value(self, row: int) -> int | float | None:
        code = int(self.codes[row])
        return self.distinct[code - 1].item() if code else None

    def replaced(self, rows: np.ndarray, values: Sequence[int | float | None], size: int) -> "Numbers":
        exact = self.distinct.dtype.type
        given = [None if value is None or value != value else exact(value).item() for value in values]
        column = self.extended(sorted({value for value in given if value is not None}))
        codes = [0 if value is None else column.up_to(value) for value in given]
        return Numbers(patched(column.codes, rows, codes, size, len(column.distinct)), column.distinct)

    def extended(self, numbers: Sequence[int | float]) -> "Numbers":
        """With those of the numbers, ascending, that are not here yet."""
        new = [number for number in numbers if self.below(number) == self.up_to(number)]
        if not new:
            return self
        places = [self.below(number) for number in new]
        moved = np.arange(len(self.distinct) + 1, dtype=np.min_scalar_type(len(self.distinct) + len(new)))
        for place in places:
            moved[place + 1 :] += 1
        return Numbers(moved.take(self.codes), np.insert(self.distinct, places, np.array(new, self.distinct.dtype)))


Column = Key | Texts | Lists | Numbers


def numbered(values: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """(N,) uint32: 1 + the place of each text among the distinct ones, 0 for a null; and those, in no order."""
    distinct = values.drop_nulls().unique()
    codes = values.cast(pl.Enum(distinct)).to_physical().cast(pl.UInt32)
    return (codes + 1).fill_null(0).to_numpy(), distinct


def spread(codes: np.ndarray, rows: np.ndarray, size: int, largest: int) -> np.ndarray:
    """The codes of records in the rows of a catalogue; of two records of a row the last counts."""
    spread = np.zeros(size, np.min_scalar_type(largest))
    spread[rows] = codes
    return spread


def patched(codes: np.ndarray, rows: np.ndarray, new: Sequence[int], size: int, largest: int) -> np.ndarray:
    patched = np.zeros(size, np.min_scalar_type(largest))
    patched[: len(codes)] = codes
    patched[rows] = new
    return patched


def holding(codes: np.ndarray, wanted: Sequence[int] | np.ndarray, largest: int) -> np.ndarray:
    """(rows,) bool: where the code is one of those wanted."""
    if len(wanted) > FEW:
        table = np.zeros(largest + 1, bool)
        table[wanted] = True
        return table.take(codes)
    found = np.zeros(len(codes), bool)
    for code in wanted:
        found |= codes == int(code)
    return found


def codes_of(words: Words, texts: Iterable[Scalar]) -> list[int]:
    """Of those of the texts that are there."""
    return [code for code in words.codes(list(map(str, texts))) if code is not None]
