"""What the requesting user did lately, as far as filters see it."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np

from .catalogue import Catalogue
from .check import ANY

ITEM_EVENTS, ACTION_EVENTS = 100, 300
"""Newest events of a user that count, of each event type: Amazon's quotas for items and for actions."""


@dataclass(frozen=True, eq=False)
class History:
    """Where the candidates are users, it is of all of them: the rows are then users, with the events they have."""

    rows: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    """(n,) int64: rows of a catalogue, each once."""
    types: Mapping[str | None, np.ndarray] = field(default_factory=dict)
    """(n,) bool by event type in lower case: which rows have such an event. None is for events without a type."""

    @classmethod
    def of(
        cls, events: Sequence[tuple[int | str | None, str | None]], catalogue: Catalogue, most: int = ITEM_EVENTS
    ) -> "History":
        """`events`, oldest first: the item or action, as its row or its id, and the event type.

        An event of an item that has no row (None, or an unknown id) takes up its place among the newest all the same.
        """
        counts: dict[str | None, int] = {}
        targets: dict[str | None, set[int | str]] = {}
        for target, event_type in reversed(events):
            type_ = event_type if event_type is None else event_type.lower()
            counts[type_] = counts.get(type_, 0) + 1
            if counts[type_] <= most and target is not None:
                targets.setdefault(type_, set()).add(target)
        every: set[int | str] = set().union(*targets.values())
        ids = [each for each in every if isinstance(each, str)]
        row_of: dict[int | str, int | None] = {each: each for each in every if not isinstance(each, str)}
        row_of |= dict(zip(ids, catalogue.ids.codes(ids), strict=True))
        rows = np.unique(np.array([row for row in row_of.values() if row is not None], np.int64))
        types = {}
        for type_, those in targets.items():
            here = [row for each in those if (row := row_of[each]) is not None]
            types[type_] = np.zeros(len(rows), bool)
            types[type_][rows.searchsorted(np.array(here, np.int64))] = True
        return cls(rows, types)

    def having(self, types: Set[str]) -> np.ndarray:
        """(n,) bool, new: which rows have an event of any of the types, which are in lower case."""
        found = np.zeros(len(self.rows), bool)
        for type_, has in self.types.items():
            if type_ in types or ANY in types:
                found |= has
        return found


NOTHING = History()
