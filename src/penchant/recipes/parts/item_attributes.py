"""Which items have a value of an attribute: each pair of column and value is a word, and each word has its items.

One kind of word for categories and numbers: segments ask for equality alone.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from penchant.artifacts.vocabulary import Vocabulary
from penchant.lake.attributes import Categories, Columns, Numbers, Texts

BETWEEN = "\0"
"""Column and value. No name of a column has it, so a word stands for one pair only."""
UNASKED = ("CREATION_TIMESTAMP",)
"""Reserved columns are no attributes (Developer Guide, "Item-Attribute-Affinity recipe")."""

Value = str | int | float


@dataclass(frozen=True)
class ItemAttributes:
    """W pairs of column and value."""

    words: Vocabulary
    offsets: np.ndarray
    """(W + 1,) int64: the items of pair w are `offsets[w]:offsets[w + 1]`."""
    items: np.ndarray
    """int32 item codes, ascending within a pair."""

    @staticmethod
    def of(columns: Columns) -> "ItemAttributes":
        """The categories and numbers of the items' columns; texts, and what is reserved, are no attributes."""
        pairs: dict[str, np.ndarray] = {}
        for name, column in columns.items():
            if name not in UNASKED and not isinstance(column, Texts):
                pairs |= _pairs(name, column)
        words = sorted(pairs)
        return ItemAttributes(
            Vocabulary.of(words),
            np.concatenate([[0], np.cumsum([len(pairs[word]) for word in words])]).astype(np.int64),
            np.concatenate([np.empty(0, np.int32), *(pairs[word] for word in words)]),
        )

    def __len__(self) -> int:
        return len(self.words)

    def having(self, column: str, value: Value) -> np.ndarray:
        """Codes of the items, ascending; none where no item had this value. The case of the column counts."""
        pair = self.words.code(_word(column, value))
        return self.items[:0] if pair is None else self.of_pair(pair)

    def of_pair(self, pair: int) -> np.ndarray:
        return self.items[self.offsets[pair] : self.offsets[pair + 1]]

    def every(self) -> list[np.ndarray]:
        """The items of each pair."""
        return np.split(self.items, self.offsets[1:-1]) if len(self) else []

    def has(self, column: str) -> bool:
        """Whether any item has a value in this column."""
        beginning = (column + BETWEEN).encode()
        place = bisect_left(self.words, beginning)
        return place < len(self.words) and self.words[place].startswith(beginning)


def _word(column: str, value: Value) -> str:
    # A column of numbers is float64, whatever its type: 1999 and 1999.0 are one value, and so are 0 and -0.
    return column + BETWEEN + (value if isinstance(value, str) else repr(float(value) + 0.0))


def _pairs(name: str, column: Categories | Numbers) -> dict[str, np.ndarray]:
    """The items of every value of a column."""
    if isinstance(column, Categories):
        values: list[Value] = list(column.words)
        rows, codes = np.repeat(np.arange(len(column.offsets) - 1), np.diff(column.offsets)), column.codes
    else:
        rows = np.flatnonzero(np.isfinite(column.values))
        distinct, codes = np.unique(column.values[rows], return_inverse=True)
        values = distinct.tolist()
    # A row may name one category twice.
    together = np.unique(codes.astype(np.int64) * (rows.max(initial=0) + 1) + rows)
    codes, rows = np.divmod(together, rows.max(initial=0) + 1)
    starts = np.searchsorted(codes, np.arange(len(values)))
    parts = np.split(rows.astype(np.int32), starts[1:]) if values else []
    return {_word(name, value): part for value, part in zip(values, parts, strict=True) if len(part)}
