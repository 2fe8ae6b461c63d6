"""What each user did, up to the very last event: the table in an index, and from the journal what came since."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import msgspec
import polars as pl

from ...events.entry import Entry
from ...events.journal import Journal
from ...filters.history import ACTION_EVENTS, ITEM_EVENTS
from ...lake.fields import OBJECTS
from ...lake.parts import EXTRA, SEQUENCE
from ...lake.selection import EVERYTHING, EventSelection
from .event_index import OBJECT, TIME, TYPE, USER, Event, EventIndex, newest
from .source import NONE, Source
from .view import View

CALLS = 500
"""Newest calls of PutEvents of a user that are not in the table yet and are read, of up to ten events each."""
FEWEST, SHARE = 50_000, 0.25
"""So many events that were folded since the index was made, and so many for each in it, are put into it."""
EVENT_TYPE, EVENT_VALUE = "EVENT_TYPE", "EVENT_VALUE"
QUOTAS = {"INTERACTIONS": ITEM_EVENTS, "ACTION_INTERACTIONS": ACTION_EVENTS}
extra = msgspec.json.Decoder(dict)


@dataclass(frozen=True, eq=False)
class Events:
    index: EventIndex
    indexed: int
    """Up to where the index has the journal."""
    folded: EventIndex
    """What the table has of the journal from there on, up to `position`."""
    version: int
    """Of the table."""
    position: int


class EventView(View[Events]):
    """Of the events that a selection takes, and no others."""

    def __init__(self, journal: Journal, source: Source, selection: EventSelection = EVERYTHING):
        assert source.schema.dataset_type in OBJECTS
        super().__init__()
        self.journal, self.source, self.selection = journal, source, selection
        self.most = QUOTAS[source.schema.dataset_type]
        self.object = OBJECTS[source.schema.dataset_type]

    def of(self, user_id: str) -> list[tuple[str, str | None]]:
        """Item (or action) and event type of a user's newest events, oldest first, as many of each type as Amazon
        takes into account. An anonymous visitor is found under the session.

        Of one moment, those that are in the table come before those that are in the journal alone.
        """
        return [(id_, type_) for _, id_, type_ in self.newest_of(user_id)]

    def newest_of(self, user_id: str) -> list[Event]:
        """As `of`, with the moment of each."""
        state = self.state
        stored, folded = state.index.of_user(user_id), state.folded.of_user(user_id)
        entries = self.journal.of_subject(self.source.number, user_id, state.position, CALLS)
        events = [*stored, *folded, *self.events_of(entries)]
        if len(events) > len(stored):
            events = newest(events, self.most)
        return events

    def events_of(self, entries: Iterable[Entry]) -> Iterator[Event]:
        for entry in entries:
            for record in entry.records:
                takes = self.selection.takes(record.get(EVENT_TYPE), record.get(EVENT_VALUE))
                if takes and (id_ := record.get(self.object)) is not None:
                    type_ = record.get(EVENT_TYPE)
                    if type_ is None and EVENT_TYPE in record.get(EXTRA, ""):
                        type_ = extra.decode(record[EXTRA]).get(EVENT_TYPE)
                    yield record["TIMESTAMP"], id_, type_

    def next(self, state: Events | None, thorough: bool) -> Events:
        version = None if state is None else self.source.later(state.version, thorough)
        if state is None or version is None:
            return self.source.read(self.at)
        if version == state.version:
            return state
        position = self.source.table.position(version)
        if position <= state.position:
            return replace(state, version=version)
        folded = EventIndex.of(self.columns(self.source.streamed(version, state.indexed)), self.most)
        if len(folded) > max(FEWEST, SHARE * len(state.index)):
            return self.source.read(self.at)
        return replace(state, folded=folded, version=version, position=position)

    def at(self, version: int, position: int) -> Events:
        rows = NOTHING if version == NONE else self.columns(self.source.table.rows(version))
        return Events(EventIndex.of(rows, self.most), position, EventIndex.of(NOTHING, self.most), version, position)

    def columns(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """What an index is made of. Events without an item only link a session to its user."""
        there = rows.collect_schema().names()
        type_ = pl.col(EVENT_TYPE) if EVENT_TYPE in there else pl.lit(None, pl.String)
        if EXTRA in there:
            # Where the schema had no column for it when the event was accepted.
            aside = pl.when(pl.col(EXTRA).str.contains(EVENT_TYPE, literal=True)).then(EXTRA)
            type_ = pl.coalesce(type_, aside.str.json_path_match(f"$.{EVENT_TYPE}"))
        if self.selection != EVERYTHING:
            # An event of a dataset without the column has a null there.
            missing = [
                pl.lit(None, kind).alias(name)
                for name, kind in ((EVENT_TYPE, pl.String), (EVENT_VALUE, pl.Float64))
                if name not in there
            ]
            rows = self.selection.apply(rows.with_columns(missing))
        return rows.filter(pl.col(self.object).is_not_null()).select(
            pl.col("USER_ID").alias(USER),
            pl.col(self.object).alias(OBJECT),
            pl.col("TIMESTAMP").alias(TIME),
            type_.alias(TYPE),
            SEQUENCE,
        )

    def __str__(self) -> str:
        return f"The view of {self.source.folder}"


NOTHING = pl.LazyFrame(
    schema={USER: pl.String(), OBJECT: pl.String(), TIME: pl.Int64(), TYPE: pl.String(), SEQUENCE: pl.Int64()}
)
