"""Columns of a dataset as a recipe learns from them: categories, numbers and texts, in rows of users, items or events.

What is never learnt from (Developer Guide, "Columns used when training"): booleans, impressions, and strings that are
neither categorical nor textual. EVENT_TYPE, a plain string, is learnt from all the same; so is the name of an item,
which is a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from penchant.lake.schema import Field

SEPARATOR = "|"
NUMBERS = ("int", "long", "float", "double")
PLAIN = ("EVENT_TYPE", "TYPE")
"""Strings that are categories without being marked so; they have one value each."""
UNUSED = frozenset(
    ["USER_ID", "ITEM_ID", "ACTION_ID", "TIMESTAMP", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE"]
)


@dataclass(frozen=True)
class Categories:
    """Row r has the values `words[code]` of `codes[offsets[r]:offsets[r + 1]]`; a null has none."""

    words: Sequence[str]
    """Distinct, in the order of their UTF-8 bytes."""
    offsets: np.ndarray
    """(N + 1,) int64."""
    codes: np.ndarray
    """int32."""

    def take(self, rows: np.ndarray) -> "Categories":
        begins, lengths = self.offsets[rows], np.diff(self.offsets)[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], lengths)
        return Categories(self.words, offsets, self.codes[places])

    def first(self) -> np.ndarray:
        """(N,) int32 code of each row's first value, -1 for a null."""
        some = np.diff(self.offsets) > 0
        codes = np.full(len(some), -1, np.int32)
        codes[some] = self.codes[self.offsets[:-1][some]]
        return codes


@dataclass(frozen=True)
class Numbers:
    values: np.ndarray
    """(N,) float64, NaN for a null."""

    def take(self, rows: np.ndarray) -> "Numbers":
        return Numbers(self.values[rows])


@dataclass(frozen=True)
class Texts:
    values: pl.Series
    """(N,) strings, "" for a null."""
    is_name: bool = False
    """Whether it is what items are called by (`itemName` of the schema)."""

    def take(self, rows: np.ndarray) -> "Texts":
        return Texts(self.values.gather(rows), self.is_name)


Column = Categories | Numbers | Texts
Columns = Mapping[str, Column]
"""By name, as the schema spells it."""


def learnt_from(field: Field) -> bool:
    """Whether a column can be learnt from at all."""
    if field.name in UNUSED or field.type == "boolean":
        return False
    return field.type in NUMBERS or field.categorical or field.textual or field.item_name or field.name in PLAIN


def column_of(field: Field, values: pl.Series) -> Column:
    """A column that is `learnt_from`, of the values as they are stored."""
    if field.type in NUMBERS:
        return Numbers(values.cast(pl.Float64).fill_null(float("nan")).to_numpy())
    if field.textual or field.item_name:
        return Texts(values.fill_null(""), field.item_name)
    return categories(values, several=field.name not in PLAIN)


def categories(values: pl.Series, several: bool = True) -> Categories:
    """The values of strings, divided by "|" if there may be `several`; empty ones are left out."""
    frame = pl.DataFrame({"row": pl.int_range(len(values), eager=True), "word": values})
    frame = frame.with_columns(pl.col("word").str.split(SEPARATOR) if several else pl.concat_list("word"))
    parts = frame.explode("word").filter(pl.col("word").is_not_null() & (pl.col("word") != ""))
    words = parts["word"].unique().sort()
    codes = parts["word"].cast(pl.Enum(words)).to_physical().to_numpy().astype(np.int32)
    lengths = np.bincount(parts["row"].to_numpy(), minlength=len(values))
    return Categories(words.to_list(), np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), codes)


def taken(columns: Columns, rows: np.ndarray) -> dict[str, Column]:
    """Some rows of every column."""
    return {name: column.take(rows) for name, column in columns.items()}
