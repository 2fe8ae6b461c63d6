"""What features are made from that no moment changes: columns, words, and how alike actions are."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.artifacts.vocabulary import Vocabulary
from penchant.lake.action_set import CREATED, RESERVED, VALUE, ActionSet
from penchant.lake.attributes import Categories, Column, Columns, Numbers
from penchant.lake.training_set import TrainingSet

MOST_WORDS = 64
"""Of users, and of actions: the most frequent ones."""
LEAST_USERS = 10
"""A word of fewer users says nothing of others."""
MOST_TYPES = 8
"""Types of item events that are told apart."""
BETWEEN = "\x1f"
MISSING = -1e9
"""For a number that is null: below every other, so that one split tells it apart."""
ALL_ALIKE = 0.1
"""Any two actions are as like as this: whoever takes much takes more."""


@dataclass(frozen=True)
class Layout:
    words: Vocabulary
    """Of users: column, `BETWEEN`, word."""
    numbers: Vocabulary
    """Numeric columns of users."""
    types: Vocabulary
    """Of item events, in lower case."""
    metadata: np.ndarray
    """(A, M) float64: numbers of actions, and 1 or 0 for each of their words."""
    similar: np.ndarray
    """(A, A) float32 in 0 to 1, 0 on the diagonal: by the words that two actions share."""
    value: np.ndarray
    """(A,) float64; NaN where there is none."""
    created: np.ndarray
    """(A,) float64 seconds since the epoch; NaN where nobody says."""

    @staticmethod
    def of(data: TrainingSet, actions: ActionSet) -> "Layout":
        both = [data.user_columns, actions.user_columns]
        words = sorted(frequent(Counter(word for columns in both for word in words_of(columns)), LEAST_USERS))
        numbers = sorted({name for columns in both for name, column in columns.items() if isinstance(column, Numbers)})
        marks = indicators(actions)
        length = np.sqrt(marks.sum(axis=1, keepdims=True))
        directions = marks / np.maximum(length, 1)
        similar = (ALL_ALIKE + (1 - ALL_ALIKE) * directions @ directions.T).astype(np.float32)
        np.fill_diagonal(similar, 0)
        return Layout(
            Vocabulary.of(words),
            Vocabulary.of(numbers),
            Vocabulary.of(sorted(frequent(types_of(data), 1, MOST_TYPES))),
            np.concatenate([numbers_of(actions), marks], axis=1),
            similar,
            actions.number(VALUE),
            actions.number(CREATED),
        )

    def names(self) -> list[str]:
        """Of the columns of `metadata`, for whoever looks at what counted."""
        return [f"action metadata {place}" for place in range(self.metadata.shape[1])]


def types_of(data: TrainingSet) -> Counter[str]:
    column = data.event_columns.get("EVENT_TYPE")
    if not isinstance(column, Categories):
        return Counter()
    counts: Counter[str] = Counter()
    for word, count in zip(column.words, np.bincount(column.codes, minlength=len(column.words)), strict=True):
        counts[word.lower()] += int(count)
    return counts


def words_of(columns: Columns) -> list[str]:
    """One for each time that a row has a word."""
    return [
        f"{name}{BETWEEN}{column.words[code]}"
        for name, column in columns.items()
        if isinstance(column, Categories)
        for code in column.codes.tolist()
    ]


def frequent(counts: Counter[str], least: int, most: int = MOST_WORDS) -> list[str]:
    enough = [(-count, word) for word, count in counts.items() if count >= least]
    return [word for _, word in sorted(enough)[:most]]


def metadata_of(actions: ActionSet) -> Sequence[tuple[str, Column]]:
    return [(name, column) for name, column in actions.columns.items() if name.upper() not in RESERVED]


def numbers_of(actions: ActionSet) -> np.ndarray:
    found = [actions.number(VALUE), *(c.values for _, c in metadata_of(actions) if isinstance(c, Numbers))]
    return np.nan_to_num(np.stack(found, axis=1), nan=MISSING)


def indicators(actions: ActionSet) -> np.ndarray:
    """(A, W) float64: which of the frequent words each action has. A word that one action alone has tells nothing of
    others, but tells that action apart."""
    counts = Counter(word for word in words_of(dict(metadata_of(actions))))
    words = {word: place for place, word in enumerate(sorted(frequent(counts, 1)))}
    marks = np.zeros((len(actions.actions), len(words)))
    for name, column in metadata_of(actions):
        if isinstance(column, Categories):
            rows = np.repeat(np.arange(len(marks)), np.diff(column.offsets))
            for row, code in zip(rows.tolist(), column.codes.tolist(), strict=True):
                place = words.get(f"{name}{BETWEEN}{column.words[code]}")
                if place is not None:
                    marks[row, place] = 1
    return marks
