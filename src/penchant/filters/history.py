"""What the requesting user did lately, as far as filters see it."""

from collections.abc import Mapping, Sequence, Set

import msgspec
import numpy as np

from .catalogue import Catalogue
from .check import ANY
from .words import Words

ITEM_EVENTS, ACTION_EVENTS = 100, 300
"""Newest events of a user that count, of each event type: Amazon's quotas for items and for actions."""

EventTarget = int | str | None
"""Its row in a catalogue or its id; None where it has no row."""


class History(msgspec.Struct, frozen=True, eq=False):
    """Where the candidates are users, it is of all of them, and the targets are the users who have such events."""

    targets: Mapping[str | None, Sequence[EventTarget] | np.ndarray] = msgspec.field(default_factory=dict)
    """By event type in lower case. None is for events without a type."""
    ids: Words | None = None
    """Of the catalogue; needed where targets are ids."""
    found: dict[Set[str], np.ndarray] = msgspec.field(default_factory=dict)
    """What was asked for before: most filters ask for few of the types, and ids are looked up for these only."""

    @classmethod
    def of(
        cls, events: Sequence[tuple[EventTarget, str | None]], catalogue: Catalogue, most: int = ITEM_EVENTS
    ) -> "History":
        """`events`, oldest first: the item or action, and the event type. Of each type the newest count.

        An event of an item that has no row (None, or an unknown id) takes up its place among the newest all the same.
        """
        newest: dict[str | None, list[EventTarget]] = {}
        as_written: dict[str | None, list[EventTarget]] = {}  # the same lists, found without another lower()
        for target, type_ in reversed(events):
            targets = as_written.get(type_)
            if targets is None:
                targets = newest.setdefault(None if type_ is None else type_.lower(), [])
                as_written[type_] = targets
            if len(targets) < most:
                targets.append(target)
        return cls(newest, catalogue.ids)

    def having(self, types: frozenset[str]) -> np.ndarray:
        """(n,) int64: rows with an event of any of the types, which are in lower case; ascending, each once."""
        rows = self.found.get(types)
        if rows is None:
            every: set[EventTarget] = set()
            for type_, targets in self.targets.items():
                if type_ in types or ANY in types:
                    every.update(targets)
            every.discard(None)
            ids = [each for each in every if isinstance(each, str)]
            if ids:
                assert self.ids is not None
                every.difference_update(ids)
                every.update(row for row in self.ids.codes(ids) if row is not None)
            rows = self.found[types] = np.array(sorted(every), np.int64)  # type: ignore[type-var]  # only rows are left
        return rows


NOTHING = History()
