"""The newest events of every user in arrays: some 10 bytes for each event."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import polars as pl

from ...filters.words import Words
from ...lake.order import by_user_and_time
from ...lake.parts import SEQUENCE

Event = tuple[int, str, str | None]
"""Seconds since the epoch, item or action, event type."""
USER, OBJECT, TIME, TYPE = "user", "object", "time", "type"
"""Columns of what an index is made of, beside `_sequence`."""


@dataclass(frozen=True, eq=False)
class EventIndex:
    users: Words
    objects: pl.Series
    """Ids of items or actions by code."""
    types: Sequence[str | None]
    """Event types by code."""
    offsets: np.ndarray
    """(users + 1,) int64: the events of user u are `offsets[u]` to `offsets[u + 1]`, oldest first."""
    object: np.ndarray
    """int32 codes."""
    type: np.ndarray
    """unsigned codes."""
    time: np.ndarray
    """unsigned seconds since `first`."""
    first: int
    """Seconds since the epoch."""

    @classmethod
    def of(cls, events: pl.LazyFrame, most: int) -> "EventIndex":
        """The newest `most` events of each user and event type, in any case of its letters.

        Events of one moment are in the order of their `_sequence`.
        """
        distinct = events.select(pl.col(USER, OBJECT, TYPE).unique().implode()).collect(engine="streaming")
        users, objects, named = (distinct[name][0] for name in (USER, OBJECT, TYPE))
        types = [None, *named.drop_nulls().to_list()]
        rows = events.select(
            code(USER, users),
            code(OBJECT, objects),
            (code(TYPE, pl.Series(types[1:], dtype=pl.String)) + 1).fill_null(0),
            TIME,
            SEQUENCE,
        ).collect(engine="streaming")
        user, time = rows[USER].to_numpy(), rows[TIME].to_numpy()
        order, _ = by_user_and_time(user, time, rows[SEQUENCE].to_numpy())
        user, type_ = user[order], rows[TYPE].to_numpy()[order]
        written: dict[str | None, int] = {}
        alike = np.array([written.setdefault(None if name is None else name.lower(), len(written)) for name in types])
        kept = among_newest(user, alike[type_], len(written), most)
        order, user = order[kept], user[kept]
        first = int(time.min()) if len(time) else 0
        since = time[order].view(np.uint64) - np.array(first).view(np.uint64)
        return cls(
            Words.of(users),
            objects,
            types,
            np.append(0, np.cumsum(np.bincount(user, minlength=len(users)))).astype(np.int64),
            rows[OBJECT].to_numpy()[order].astype(np.int32),
            type_[kept].astype(np.min_scalar_type(len(types))),
            since.astype(np.min_scalar_type(int(since.max(initial=0)))),
            first,
        )

    def __len__(self) -> int:
        return len(self.object)

    def of_user(self, user_id: str) -> list[Event]:
        """Oldest first."""
        user = self.users.code(user_id)
        if user is None:
            return []
        span = slice(*self.offsets[user : user + 2].tolist())
        times = (self.time[span].astype(np.int64) + self.first).tolist()
        types = map(self.types.__getitem__, self.type[span].tolist())
        return list(zip(times, self.objects[self.object[span]].to_list(), types, strict=True))


def code(column: str, ids: pl.Series) -> pl.Expr:
    return pl.col(column).cast(pl.Enum(ids)).to_physical().cast(pl.UInt32)


def among_newest(user: np.ndarray, type_: np.ndarray, types: int, most: int) -> np.ndarray:
    """(n,) bool: which of the events, sorted by user and time, are among the newest `most` of their user and type."""
    kept = np.ones(len(user), bool)
    # Few users have so many events that one of them can be too old.
    places = np.flatnonzero((np.bincount(user, minlength=1) > most)[user])
    group = user[places].astype(np.int64) * types + type_[places]
    order = np.argsort(group, kind="stable")
    group = group[order]
    ends = np.append(np.flatnonzero(group[1:] != group[:-1]) + 1, len(group))
    age = np.repeat(ends, np.diff(ends, prepend=0)) - np.arange(len(group))  # 1 for the newest
    kept[places[order[age > most]]] = False
    return kept


def newest(events: list[Event], most: int) -> list[Event]:
    """The newest `most` of each event type, oldest first; events of one moment stay in the order that they have."""
    counts: Counter[str | None] = Counter()
    kept = []
    ascending = sorted(events, key=itemgetter(0))
    for event in reversed(ascending):
        type_ = event[2] if event[2] is None else event[2].lower()
        counts[type_] += 1
        if counts[type_] <= most:
            kept.append(event)
    kept.reverse()
    return kept
