"""Columns of a catalogue as codes, and which of their rows hold what is asked for.

A column has a code for each row, 0 for a null. What is asked for is looked up in the few distinct values of the column;
its rows are then only compared or looked up by code.

Of every kind of column, `among` is bool, a new array: where any value of the row is one of those given. It is (rows,),
of all rows, or (n,), of the n rows that are named, at a cost that does not grow with the number of all. `values` are
those of one row, none for a null; `value` is as it was in the record. `replaced` has other values in some rows, and
nulls in rows up to `size` that were not there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from .number import LONG
from .tree import Operator
from .words import Index, Words

Scalar = str | int | float
SEPARATOR = "|"
FEW = 8
"""So many codes are found faster by comparing all rows with each than by a table of all codes."""
SPARSE = 16
"""Where there are so many codes for each row that asks, a table of them would cost more than a search for each row."""


@dataclass(frozen=True, eq=False)
class Key:
    """The ids of the rows. An id is known even where a row has no record."""

    ids: Words

    def among(self, values: Iterable[Scalar], rows: np.ndarray | None = None) -> np.ndarray:
        return marked(codes_of(self.ids, values), len(self.ids), rows)

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

    def among(self, values: Iterable[Scalar], rows: np.ndarray | None = None) -> np.ndarray:
        return holding(taken(self.codes, rows), [code + 1 for code in codes_of(self.words, values)], len(self.words))

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
    """(combinations + 2,) int64 into `parts`, by code: a null has no values."""
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
        offsets = np.concatenate([[0, 0], np.cumsum(several.list.len().to_numpy())]).astype(np.int64)
        return cls(
            spread(codes, rows, size, len(combinations)),
            offsets,
            (parts - 1).astype(np.int32),
            Words.of(words),
            Index.of(combinations.to_list()),
        )

    def among(self, values: Iterable[Scalar], rows: np.ndarray | None = None) -> np.ndarray:
        words = codes_of(self.words, values)
        if rows is not None:
            return self.among_parts(words, self.codes.take(rows))
        order, starts = self.holders
        found = [order[starts[word] : starts[word + 1]] for word in words]
        wanted = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
        return holding(self.codes, wanted, len(self.offsets) - 2)

    def among_parts(self, words: Sequence[int], codes: np.ndarray) -> np.ndarray:
        """For a few rows it is cheaper to look at all their values than at all combinations with a wanted one."""
        begins = self.offsets.take(codes)
        lengths = self.offsets[1:].take(codes) - begins
        rows = np.arange(len(codes)).repeat(lengths)
        begins -= lengths.cumsum()
        begins += lengths
        places = begins.take(rows)
        places += np.arange(len(rows))
        found = np.zeros(len(codes), bool)
        found[rows[holding(self.parts.take(places), words, len(self.words))]] = True
        return found

    @cached_property
    def holders(self) -> tuple[np.ndarray, np.ndarray]:
        """Codes of combinations in the order of the words they hold, and where those of a word begin."""
        order = np.argsort(self.parts, kind="stable")
        combinations = np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))
        counts = np.bincount(self.parts, minlength=len(self.words))
        return combinations[order], np.concatenate([[0], np.cumsum(counts)])

    def values(self, row: int) -> tuple[Scalar, ...]:
        return self.combination(int(self.codes[row]))

    def value(self, row: int) -> str | None:
        return SEPARATOR.join(map(str, self.values(row))) if self.codes[row] else None

    def combination(self, code: int) -> tuple[str, ...]:
        return tuple(self.words[word] for word in self.parts[self.offsets[code] : self.offsets[code + 1]].tolist())

    def numbers(self, texts: Sequence[str]) -> list[int | None]:
        """Of the combinations that have these texts; None for one that is not here."""
        return self.combinations.find(texts, lambda number: SEPARATOR.join(self.combination(number + 1)))

    def replaced(self, rows: np.ndarray, values: Sequence[str | None], size: int) -> "Lists":
        texts = list(dict.fromkeys(value for value in values if value is not None))
        column = self.extended(texts)
        found = zip(texts, column.numbers(texts), strict=True)
        code_of = {text: 1 + number for text, number in found if number is not None}
        codes = [0 if value is None else code_of[value] for value in values]
        largest = len(column.offsets) - 2
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
    """Booleans too, of which the true one is the larger."""

    codes: np.ndarray
    """(rows,) unsigned: 1 + the place of the number in `distinct`; 0 for a null and for what is no number."""
    distinct: np.ndarray
    """int64, float64 or bool, ascending. Numbers are compared as Python does, which loses no digit of either type."""

    @classmethod
    def of(cls, values: pl.Series, rows: np.ndarray, size: int) -> "Numbers":
        exact = np.bool_ if values.dtype == pl.Boolean else np.int64 if values.dtype.is_integer() else np.float64
        values = values.cast(pl.Float64 if exact is np.float64 else pl.Int64)
        if exact is np.float64:
            values = values.fill_nan(None)
        codes = values.rank("dense").fill_null(0).to_numpy()
        distinct = np.empty(int(codes.max(initial=0)) + 1, exact)
        distinct[codes] = values.fill_null(0).to_numpy()
        return cls(spread(codes, rows, size, len(distinct) - 1), distinct[1:])

    def among(self, values: Iterable[Scalar], rows: np.ndarray | None = None) -> np.ndarray:
        wanted = {code for value in values for code in range(self.below(value) + 1, self.up_to(value) + 1)}
        return holding(taken(self.codes, rows), sorted(wanted), len(self.distinct))

    def ordered(self, operator: Operator, value: Scalar, rows: np.ndarray | None = None) -> np.ndarray:
        """bool as of `among`: where the number is on that side of the value. A null is on no side."""
        codes = taken(self.codes, rows)
        if operator in (Operator.LESS, Operator.AT_MOST):
            found = codes <= (self.below(value) if operator is Operator.LESS else self.up_to(value))
            found &= codes > 0
            return found
        return codes > (self.below(value) if operator is Operator.AT_LEAST else self.up_to(value))

    def below(self, value: Scalar) -> int:
        """How many of the distinct numbers are smaller."""
        if self.stores(value):
            return int(self.distinct.searchsorted(value))
        return bisect_left(self.distinct, value, key=np.generic.item)

    def up_to(self, value: Scalar) -> int:
        if self.stores(value):
            return int(self.distinct.searchsorted(value, "right"))
        return bisect_right(self.distinct, value, key=np.generic.item)

    def stores(self, value: Scalar) -> bool:
        """Whether numpy, which compares in the type of the column, compares as Python does."""
        if self.distinct.dtype == np.float64:
            return not isinstance(value, str) and float(value) == value
        return type(value) is int and self.distinct.dtype == np.int64 and value in LONG

    def values(self, row: int) -> tuple[Scalar, ...]:
        value = self.value(row)
        return () if value is None else (value,)

    def value(self, row: int) -> int | float | None:
        code = int(self.codes[row])
        return self.distinct[code - 1].item() if code else None

    def numbers(self) -> np.ndarray:
        """(rows,) float64, new: NaN for a null."""
        return np.append(np.nan, self.distinct)[self.codes]

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


def marked(wanted: Sequence[int] | np.ndarray, size: int, rows: np.ndarray | None) -> np.ndarray:
    """bool as of `among`: which of the rows, or of all `size` rows, are those wanted."""
    if rows is not None:
        return holding(rows, wanted, size)
    found = np.zeros(size, bool)
    found[wanted] = True
    return found


def taken(codes: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    return codes if rows is None else codes.take(rows)


def holding(codes: np.ndarray, wanted: Sequence[int] | np.ndarray, largest: int) -> np.ndarray:
    """(N,) bool, new, for N codes: where the code is one of those wanted, of which none is above the largest."""
    if len(wanted) > FEW and largest > SPARSE * len(codes):
        ascending = np.sort(np.array(wanted, codes.dtype))
        return ascending.take(ascending.searchsorted(codes), mode="clip") == codes
    if len(wanted) > FEW:
        table = np.zeros(largest + 1, bool)
        table[wanted] = True
        return table.take(codes)
    if not len(wanted):
        return np.zeros(len(codes), bool)
    found = codes == int(wanted[0])
    for code in wanted[1:]:
        found |= codes == int(code)
    return found


def codes_of(words: Words, texts: Iterable[Scalar]) -> list[int]:
    """Of those of the texts that are there."""
    return [code for code in words.codes(list(map(str, texts))) if code is not None]
