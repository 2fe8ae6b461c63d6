"""One event on its way to a record, and the rules that PutEvents and PutActionInteractions share."""

from collections.abc import Sequence
from typing import Any

import msgspec

from .columns import Column, Columns
from .moments import doubt, seconds
from .notes import Note, example, quoted, refusal, shown
from .properties import properties
from .values import STRING_LENGTH, Misfit, too_long
from .visitors import Visitor

SIZE = 10 * 1024
"""Bytes of an event at most, as JSON."""
FORBIDDEN = frozenset({"userid", "sessionid", "eventtype", "timestamp", "recommendationid", "impression"})
"""Properties that Amazon's guide forbids, in lower case."""
RESERVED = frozenset(
    {"EVENT_TYPE", "EVENT_VALUE", "IMPRESSION", "RECOMMENDATION_ID", "EVENT_ATTRIBUTION_SOURCE", "RECOMMENDED_BY"}
)
"""What `_extra` has under these names is the event's own: a property that is written so is not kept there."""

_encode = msgspec.json.Encoder().encode


def refuse_large(events: list[dict], name: str) -> None:
    """Raises `Refused` for an event of more than `SIZE` bytes. `name` is that of the list in the request."""
    if len(_encode(events)) <= SIZE:
        return
    for place, event in enumerate(events, 1):
        size = len(_encode(event))
        if size > SIZE:
            reason = f"An event may have at most {SIZE:,} bytes as JSON."
            raise refusal(f"{name}.{place}.member", reason, event, f"It has {size:,}.")


class Event:
    """Gathers a record. What no column takes is kept in its `_extra`, under the name of the column or the property."""

    __slots__ = ("_at", "_columns", "_event", "_extra", "_strict", "reasons", "record")

    def __init__(self, columns: Columns, event: dict, visitor: Visitor, at: str, strict: bool):
        """`at` is the event's place in the request. With `strict`, properties that cannot be stored are refused."""
        self._columns, self._event, self._at, self._strict = columns, event, at, strict
        self._extra: dict[str, Any] = {}
        self.record: dict[str, Any] = {}
        self.reasons = list(visitor.reasons)
        """What is to be noted if the record is taken."""

    def put_time(self, member: str, now: float) -> None:
        """Raises `Refused` for what is no time."""
        moment = seconds(self._event[member])
        if moment is None:
            reason = f"{member} must be a time: seconds since 1970 that fit into 64 bits, or ISO 8601."
            raise refusal(self._at, reason, self._event, shown(self._event[member]))
        self.record["TIMESTAMP"] = moment
        doubtful = doubt(moment, now, member)
        if doubtful:
            self.reasons.append(doubtful)

    def put(self, name: str, value: Any) -> None:
        """Into the column, or aside where the schema lacks it."""
        (self.record if name in self._columns.names else self._extra)[name] = value

    def put_ids(self) -> None:
        """The ids that both kinds of event have in the same members."""
        event = self._event
        if "eventId" in event:
            self.record["_event_id"] = event["eventId"]
        if "recommendationId" in event:
            self.put("RECOMMENDATION_ID", event["recommendationId"])
        if event.get("impression"):
            self.put_impression(event["impression"])

    def put_impression(self, ids: Sequence[str], *, told: bool = True) -> None:
        """A column has the ids in one text; where that cannot hold them all, `_extra` has the list.

        Ids not `told` by the event are those of the list that it names; then there is nothing to note for its sender.
        """
        if "IMPRESSION" not in self._columns.names:
            self._extra["IMPRESSION"] = ids
            return
        whole = [each for each in ids if "|" not in each]
        reasons = []
        if len(whole) < len(ids):
            reasons.append('An id of the impression has a "|", which divides ids. The column is without it.')
        text = "|".join(whole)
        if len(text) > STRING_LENGTH:
            text = text[: text.rfind("|", 0, STRING_LENGTH + 1)]
            reasons.append(f"The impression has more than {STRING_LENGTH} characters. The column has the first ids.")
        if text:
            self.record["IMPRESSION"] = text
        if text != "|".join(ids):
            self._extra["IMPRESSION"] = ids
        if told:
            self.reasons += reasons

    def put_source(self, source: str) -> None:
        """What an event is attributed to. The member may be longer than a column."""
        if "EVENT_ATTRIBUTION_SOURCE" in self._columns.names and len(source) > STRING_LENGTH:
            self._extra["EVENT_ATTRIBUTION_SOURCE"] = source
            self.reasons.append(
                f"The eventAttributionSource has more than {STRING_LENGTH} characters: the column is null. "
                "It is kept in _extra."
            )
        else:
            self.put("EVENT_ATTRIBUTION_SOURCE", source)

    def put_recommender(self, arn: str) -> None:
        """What answered with the list that the event names: who remembers the list forgets it after some days."""
        self._extra["RECOMMENDED_BY"] = arn

    def put_properties(self) -> None:
        """Raises `Refused` for properties that cannot be read, and with `strict` for one that cannot be stored."""
        for key, value in properties(self._event).items():
            if key.lower() in FORBIDDEN:
                fault = f"The property {quoted(key)} is not allowed: members of the request say what it says."
                if self._strict:
                    raise refusal(self._at, fault, self._event)
                self.reasons.append(f"{fault} It was left out.")
            elif value is not None:
                column = self._columns.column(key)
                if column is None:
                    self._set_aside(key, value, f"No column takes the property {quoted(key)}.")
                else:
                    self.put_value(column, key, value)

    def put_value(self, column: Column, key: str, value: Any) -> None:
        """`key` is the member or property that says it. Of two that say the same column the first counts."""
        found = column.read(value)
        if found is None:
            return
        values = self.record if column.name in self._columns.names else self._extra
        if column.name in values:
            if values[column.name] != found:
                self._set_aside(key, value, f"The property {quoted(key)} differs from what {column.name} has already.")
        elif not isinstance(found, Misfit):
            values[column.name] = found
        elif found is Misfit.LENGTH and column.name == "ITEM_ID":
            # Nobody means an event without its item, and a cut id would be another item.
            raise refusal(self._at, f"The property {quoted(key)}: {too_long(column.name, column.limit)}", self._event)
        else:
            why = f"cannot be read as {column.type}"
            if found is Misfit.LENGTH:
                why = f"has more than {column.limit} characters"
            fault = f"The property {quoted(key)} {why}, for the column {column.name}."
            if self._strict:
                raise refusal(self._at, fault, self._event, shown(value))
            self._set_aside(key, value, f"{fault} The column is null.")

    def finished(self) -> dict[str, Any]:
        """The record."""
        for name in self._columns.required:
            if name not in self.record:
                self.reasons.append(
                    f"The column {name} may not be null, and the event has no value for it. It is null."
                )
        if self._extra:
            self.record["_extra"] = _encode(self._extra).decode()
        return self.record

    def notes(self) -> list[Note]:
        """A note for each reason, for a record that is taken."""
        if not self.reasons:
            return []
        text = example(self._event)
        return [Note("taken", reason, text) for reason in self.reasons]

    def _set_aside(self, key: str, value: Any, fault: str) -> None:
        if key in RESERVED or key in self._extra:
            self.reasons.append(f"{fault} It was left out.")
        else:
            self._extra[key] = value
            self.reasons.append(f"{fault} It is kept in _extra.")
