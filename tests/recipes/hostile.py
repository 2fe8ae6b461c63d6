"""Data that no recipe would be written for: columns without a value, values beyond reason, items that nobody touched."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from penchant.lake.attributes import Columns, Numbers, Texts, categories
from penchant.lake.training_set import TrainingSet

YEAR_3000 = 32_503_680_000


def columns(rows: int, word: Callable[[int], str | None], number: Callable[[int], float], numbers: str) -> Columns:
    """A column of each kind, of so many rows; `numbers` is what the second is called."""
    words = pl.Series([word(row) for row in range(rows)], dtype=pl.String)
    return {
        "KIND": categories(words),
        numbers: Numbers(np.array([number(row) for row in range(rows)], np.float64)),
        "TEXT": Texts(words.fill_null("")),
    }


def furnished(data: TrainingSet, word: Callable[[int], str | None], number: Callable[[int], float]) -> TrainingSet:
    """With columns of all three datasets."""
    events, items, users = len(data.item), len(data.items), len(data.users)
    types = categories(pl.Series([word(row) for row in range(events)], dtype=pl.String), several=False)
    return replace(
        data,
        event_columns={"EVENT_TYPE": types, **columns(events, word, number, "EVENT_VALUE")},
        item_columns={**columns(items, word, number, "PRICE"), "CREATION_TIMESTAMP": Numbers(data_ages(items, number))},
        user_columns=columns(users, word, number, "AGE"),
    )


def data_ages(items: int, number: Callable[[int], float]) -> np.ndarray:
    return np.array([np.nan if np.isnan(number(row)) else 1e9 + row for row in range(items)])


def with_nulls(data: TrainingSet) -> TrainingSet:
    """All columns are there, and none has a value."""
    return furnished(data, lambda row: None, lambda row: float("nan"))


def with_nonsense(data: TrainingSet) -> TrainingSet:
    """Numbers of all sizes, words of all kinds, events before 1970 and after our time, and of no weight.

    And 40 more items, with metadata, that nobody touched.
    """
    sizes = [0.0, -0.0, 1e300, -1e300, 5e-324, float("nan"), 1.0, 1e15]
    words = ["", "a", None, "a|b|a", "|", "😀 \u0000", "x" * 2_000, "1e999"]
    more = replace(data, items=[*data.items, *(f"z{number:02}" for number in range(40))])
    more = furnished(more, lambda row: words[row % 8], lambda row: sizes[row * 5 % 8])
    time, weight = more.timestamp.copy(), more.weight.copy()
    time[more.offsets[:-1][::3]] = -(10**9)  # the oldest of a third of the users
    time[more.offsets[1:][::7] - 1] = YEAR_3000  # and the newest of a seventh
    weight[::2] = 0
    return replace(more, timestamp=time, weight=weight)
