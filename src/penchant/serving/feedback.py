"""What was shown and taken since a model was trained, counted from the journal in steps."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ..lake.exposure import IMPRESSION, RECOMMENDATION_ID, Exposure

STEP, STEPS = 2_000, 10
"""Entries read at a time, and how many times in one refresh: a quarter of a second, of which the requests that are
answered meanwhile get their part."""
LISTS = 100_000
"""Newest lists of which it is remembered that they were counted: events of one list come within minutes."""

Record = Mapping[str, Any]
"""An event by column name; a column that is absent is null."""


class Entry(Protocol):
    """One call of PutEvents."""

    @property
    def seq(self) -> int: ...

    @property
    def records(self) -> Sequence[Record]: ...


class Feedback:
    """Counts of one dataset's events past a position of the journal, kept in memory by item id.

    `since` gives the entries past a position, oldest first, at most so many. One thread refreshes and reads; it must
    not be one that answers requests.
    """

    def __init__(self, since: Callable[[int, int], Sequence[Entry]], position: int):
        self.position = position
        """Of the newest entry that was counted."""
        self.latest = 0
        """Seconds since the epoch of the newest event; 0 before the first."""
        self._since = since
        self._created: dict[str, int] = {}
        self._impressions: dict[str, int] = {}
        self._clicks: dict[str, int] = {}
        self._counted: dict[int, None] = {}

    def refresh(self) -> bool:
        """Count what has come since, as far as `STEPS` go; the next call goes on from there. Whether anything came."""
        before = self.position
        for _ in range(STEPS):
            entries = self._since(self.position, STEP)
            for entry in entries:
                for record in entry.records:
                    self._count(record)
                self.position = entry.seq
            if len(entries) < STEP:
                break
        return self.position > before

    def added_to(
        self, sealed: Exposure, rows: int, row_of: Callable[[Sequence[str]], Sequence[int | None]]
    ) -> Exposure:
        """The counts by row of a live catalogue with so many `rows`, the first of which are those of `sealed`.

        `row_of` gives the row of each id, None for an item that the catalogue does not have. An item of no event is as
        old as the newest event.
        """
        latest = max(sealed.latest, self.latest)
        known = len(sealed.created)
        created = np.full(rows, latest, np.int64)
        # An item without an event was dated to the training's newest, and stays there.
        created[:known] = sealed.created
        if self._created:
            ids = list(self._created)
            for id_, row in zip(ids, row_of(ids), strict=True):
                if row is not None:
                    taken_before = row < known and sealed.clicks[row] > 0
                    created[row] = min(created[row], self._created[id_]) if taken_before else self._created[id_]
        return Exposure(
            created,
            summed(sealed.impressions, self._impressions, rows, row_of),
            summed(sealed.clicks, self._clicks, rows, row_of),
            latest,
        )

    def _count(self, record: Record) -> None:
        item = record.get("ITEM_ID")
        if item is not None:
            moment = record["TIMESTAMP"]
            self._clicks[item] = self._clicks.get(item, 0) + 1
            self._created[item] = min(self._created.get(item, moment), moment)
            self.latest = max(self.latest, moment)
        shown, recommendation_id = impressions(record)
        if recommendation_id is not None and shown:
            told = hash((recommendation_id, shown))  # of the ids themselves they would be 200 MB
            if told in self._counted:
                return
            self._counted[told] = None
            if len(self._counted) > LISTS:
                del self._counted[next(iter(self._counted))]
        for id_ in set(shown):
            self._impressions[id_] = self._impressions.get(id_, 0) + 1


def impressions(record: Record) -> tuple[tuple[str, ...], str | None]:
    """The items that an event says were shown, and the recommendationId of their list, as `lake/exposure.py` reads
    them."""
    extra = record.get("_extra") or ""
    aside = json.loads(extra) if f'"{IMPRESSION}"' in extra or f'"{RECOMMENDATION_ID}"' in extra else {}
    column = record.get(IMPRESSION)
    shown = aside.get(IMPRESSION) or (column.split("|") if column else ())
    return tuple(shown), record.get(RECOMMENDATION_ID) or aside.get(RECOMMENDATION_ID)


def summed(
    sealed: np.ndarray, more: Mapping[str, int], rows: int, row_of: Callable[[Sequence[str]], Sequence[int | None]]
) -> np.ndarray:
    counts = np.zeros(rows, np.int64)
    counts[: len(sealed)] = sealed
    if more:
        for row, count in zip(row_of(list(more)), more.values(), strict=True):
            if row is not None:
                counts[row] += count
    return counts
