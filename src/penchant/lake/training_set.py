"""What a recipe learns from: the interactions of one dataset group, ids encoded as integers.

Plain arrays and nothing else, so that a recipe can be lifted out into a notebook.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from penchant.lake.action_set import ActionSet
from penchant.lake.attributes import Columns, taken


@dataclass(frozen=True)
class TrainingSet:
    """Interactions sorted by (user, timestamp, original row); `offsets` cuts them into histories.

    Ids are sorted by code point, which is also the order of their UTF-8 bytes, so that a sealed model can look one up
    by bisection. A code is the place of an id in its array.
    """

    users: Sequence[str]
    """(U,) ids of the users with at least one event."""
    items: Sequence[str]
    """(I,) ids of all items: those with events, and those that only the Items dataset names."""
    offsets: np.ndarray
    """(U + 1,) int64. The events of user u are rows `offsets[u]:offsets[u + 1]`, oldest first."""
    item: np.ndarray
    """(E,) int32 item codes."""
    timestamp: np.ndarray
    """(E,) int64 seconds since the epoch, ascending within a user."""
    weight: np.ndarray
    """(E,) float32 weight of each event in the loss; 1 unless the solution's eventsConfig says otherwise."""
    event_columns: Columns = field(default_factory=dict)
    """Of E rows: EVENT_TYPE, EVENT_VALUE and the context of each event, as far as the recipe reads them."""
    item_columns: Columns = field(default_factory=dict)
    """Of I rows: metadata of items; an item without a record has nulls."""
    user_columns: Columns = field(default_factory=dict)
    """Of U rows: metadata of users."""
    actions: ActionSet | None = None
    """Of recipes that read ACTIONS: the actions, and what users did with them."""
    judged: bool = False
    """Whether it is a part of a data set that was found large enough to train on."""

    @property
    def user(self) -> np.ndarray:
        """(E,) int32 user code of each event."""
        return np.repeat(np.arange(len(self.users), dtype=np.int32), np.diff(self.offsets))

    def history(self, user: int) -> np.ndarray:
        """Item codes of one user, oldest first."""
        return self.item[self.offsets[user] : self.offsets[user + 1]]

    def keep(self, events: np.ndarray, users: np.ndarray | None = None) -> "TrainingSet":
        """The same vocabulary with only some events.

        `events` is a (E,) bool mask. `users`, a (U,) bool mask, also drops users (their events must be masked out);
        without it, a user may be left with an empty history. Item codes stay as they are.
        """
        lengths = np.add.reduceat(np.append(events, False), self.offsets[:-1]) if len(self.users) else np.empty(0, int)
        lengths = np.where(np.diff(self.offsets) > 0, lengths, 0)
        ids, of_users = self.users, self.user_columns
        if users is not None:
            lengths, ids = lengths[users], [id_ for id_, kept in zip(self.users, users, strict=True) if kept]
            of_users = taken(of_users, np.flatnonzero(users))
        return replace(
            self,
            users=ids,
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            item=self.item[events],
            timestamp=self.timestamp[events],
            weight=self.weight[events],
            event_columns=taken(self.event_columns, np.flatnonzero(events)) if self.event_columns else {},
            user_columns=of_users,
        )
