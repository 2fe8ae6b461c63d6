"""What somebody did since a model was trained: their journal entries, read as the next training would read them."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any, Protocol

from ..lake.selection import EventSelection

CALLS = 500
"""Newest calls of PutEvents since training that an answer takes into account, of up to ten events each."""

Record = Mapping[str, Any]
"""An event by column name; a column that is absent is null."""


class Entry(Protocol):
    """One call of PutEvents, all of whose events are of one user."""

    @property
    def seq(self) -> int:
        """Ascending in the order the calls were committed in."""

    @property
    def records(self) -> Sequence[Record]: ...


def recent_events(entries: Iterable[Entry], selection: EventSelection) -> list[tuple[int, str]]:
    """Times and items of the events of one user, oldest first; what happened at once is in the order of arrival.

    Counted once are events of one `_event_id`, of which the first to arrive stands, and events that are equal in
    every column of the schema. Left out are events without an item, and those the selection does not take.
    """
    event_ids: set[str] = set()
    first: dict[tuple[int, str], Record] = {}
    alike: dict[tuple[int, str], list[Record]] = {}
    taken: list[tuple[int, str]] = []
    for entry in sorted(entries, key=attrgetter("seq")):
        for record in entry.records:
            event_id = record.get("_event_id")
            if event_id is not None:
                if event_id in event_ids:
                    continue
                event_ids.add(event_id)
            item = record.get("ITEM_ID")
            if item is None:
                continue
            event = (record["TIMESTAMP"], item)
            if event not in first:
                first[event] = record
            else:  # rare, and only now the other columns have to be compared
                known = alike.setdefault(event, [columns(first[event])])
                if columns(record) in known:
                    continue
                known.append(columns(record))
            if selection.takes(record.get("EVENT_TYPE"), record.get("EVENT_VALUE")):
                taken.append(event)
    taken.sort(key=itemgetter(0))
    return taken


def columns(record: Record) -> Record:
    """The columns of the schema: events are not compared by their ids, nor by what the schema has no column for."""
    return {name: value for name, value in record.items() if value is not None and not name.startswith("_")}
