"""What people did up to a moment, with items and with actions, and what is known of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from penchant.lake.action_set import ActionSet
from penchant.lake.attributes import SEPARATOR, Categories, Columns, Numbers
from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.actions.layout import BETWEEN, MISSING, Layout

OTHER = -1
"""The code of an item, or of a type of event, that the layout does not know."""


@dataclass(frozen=True)
class Events:
    """Of n people, cut into histories by `offsets`, oldest first."""

    offsets: np.ndarray
    """(n + 1,) int64."""
    what: np.ndarray
    """int32 code of the item or action."""
    type: np.ndarray
    """int32: code of the type of an item event, or the kind of an event with an action."""
    time: np.ndarray
    """int64 seconds since the epoch."""

    @staticmethod
    def of(people: np.ndarray, count: int, what: np.ndarray, type_: np.ndarray, time: np.ndarray) -> "Events":
        """`people` ascend, and times ascend for each."""
        lengths = np.bincount(people, minlength=count)
        return Events(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), what, type_, time)

    @property
    def person(self) -> np.ndarray:
        return np.repeat(np.arange(len(self.offsets) - 1), np.diff(self.offsets))

    def between(self, after: int, until: int) -> "Events":
        """after < time <= until."""
        kept = (self.time > after) & (self.time <= until)
        people = self.person[kept]
        return Events.of(people, len(self.offsets) - 1, self.what[kept], self.type[kept], self.time[kept])

    def only(self, person: int) -> "Events":
        span = slice(*self.offsets[person : person + 2].tolist())
        return Events(np.array([0, span.stop - span.start]), self.what[span], self.type[span], self.time[span])


EVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Past:
    items: Events
    actions: Events
    word_offsets: np.ndarray
    """(n + 1,) int64 into `word`."""
    word: np.ndarray
    """int32 codes of the layout's words."""
    numbers: np.ndarray
    """(n, numbers) float64, `MISSING` for nulls."""

    def __len__(self) -> int:
        return len(self.numbers)

    def until(self, moment: int) -> "Past":
        return replace(self, items=self.items.between(EVER, moment), actions=self.actions.between(EVER, moment))

    def only(self, person: int) -> "Past":
        """Of one person, as `of_one` has it."""
        word = self.word[slice(*self.word_offsets[person : person + 2].tolist())]
        return Past(
            self.items.only(person),
            self.actions.only(person),
            np.array([0, len(word)]),
            word,
            self.numbers[person : person + 1],
        )

    @staticmethod
    def of(data: TrainingSet, actions: ActionSet, layout: Layout) -> "Past":
        """Of everybody who touched an item or an action."""
        people = sorted(set(data.users) | set(actions.users))
        place = {id_: at for at, id_ in enumerate(people)}
        of_items = np.array([place[id_] for id_ in data.users], np.int64)
        of_actions = np.array([place[id_] for id_ in actions.users], np.int64)
        items = Events.of(
            of_items[data.user], len(people), data.item.astype(np.int32), types(data, layout), data.timestamp
        )
        events = Events.of(
            of_actions[actions.user], len(people), actions.action, actions.kind.astype(np.int32), actions.timestamp
        )
        row, word = np.empty(0, np.int64), np.empty(0, np.int32)
        numbers = np.full((len(people), len(layout.numbers)), MISSING)
        for rows, columns in ((of_items, data.user_columns), (of_actions, actions.user_columns)):
            more_rows, more_words = words(columns, layout)
            row, word = np.append(row, rows[more_rows]), np.append(word, more_words)
            for at in range(len(layout.numbers)):
                column = columns.get(layout.numbers.id(at))
                if isinstance(column, Numbers):
                    numbers[rows, at] = np.nan_to_num(column.values, nan=MISSING)
        # Most people are in both lists.
        pairs = np.unique(row * max(1, len(layout.words)) + word)
        row, word = np.divmod(pairs, max(1, len(layout.words)))
        lengths = np.bincount(row, minlength=len(people))
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Past(items, events, offsets, word.astype(np.int32), numbers)

    @staticmethod
    def of_one(
        layout: Layout,
        items: Sequence[tuple[int, int | None, str | None]],
        actions: Sequence[tuple[int, int, int]],
        user: Mapping[str, Any],
    ) -> "Past":
        """Of one person: (seconds, item code, event type) and (seconds, action code, kind), oldest first, and the
        record of the user by column."""
        known = {layout.types.id(code): code for code in range(len(layout.types))}
        codes = [
            code
            for name, value in user.items()
            if isinstance(value, str)
            for part in value.split(SEPARATOR)
            if (code := layout.words.code(f"{name}{BETWEEN}{part}")) is not None
        ]
        numbers = [user.get(layout.numbers.id(at)) for at in range(len(layout.numbers))]
        word = np.unique(np.array(codes, np.int32))
        return Past(
            Events(
                np.array([0, len(items)]),
                np.array([OTHER if item is None else item for _, item, _ in items], np.int32),
                np.array([known.get((type_ or "").lower(), OTHER) for _, _, type_ in items], np.int32),
                np.array([time for time, _, _ in items], np.int64),
            ),
            Events(
                np.array([0, len(actions)]),
                np.array([action for _, action, _ in actions], np.int32),
                np.array([kind for _, _, kind in actions], np.int32),
                np.array([time for time, _, _ in actions], np.int64),
            ),
            np.array([0, len(word)]),
            word,
            np.array([[MISSING if number is None else float(number) for number in numbers]]).reshape(1, -1),
        )


def types(data: TrainingSet, layout: Layout) -> np.ndarray:
    """(E,) int32 codes of the layout."""
    column = data.event_columns.get("EVENT_TYPE")
    if not isinstance(column, Categories):
        return np.full(len(data.item), OTHER, np.int32)
    codes = [layout.types.code(word.lower()) for word in column.words]
    by_code = np.array([*(OTHER if code is None else code for code in codes), OTHER], np.int32)
    return by_code[column.first()]  # -1, of a null, is the last


def words(columns: Columns, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Rows and codes of the layout, of the words that it knows."""
    rows, codes = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
    for name, column in columns.items():
        if isinstance(column, Categories) and len(column.words):
            known = [layout.words.code(f"{name}{BETWEEN}{word}") for word in column.words]
            by_code = np.array([-1 if code is None else code for code in known], np.int32)
            found = by_code[column.codes]
            rows.append(np.repeat(np.arange(len(column.offsets) - 1), np.diff(column.offsets))[found >= 0])
            codes.append(found[found >= 0])
    return np.concatenate(rows), np.concatenate(codes)
