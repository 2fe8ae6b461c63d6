"""PutEvents: records of a dataset of interactions."""

from collections.abc import Callable, Sequence
from typing import Protocol

from .columns import Columns
from .event import Event, refuse_large
from .notes import Note, example
from .taken import Taken
from .visitors import Visitor, visitor

NOTHING = "The event names no item, and there is not both a user and a session for it to link. It was not stored."
LINK = "The event names no item: it is not an interaction, and only links its session to its user."
IMPRESSIONS = 25
"""Items of a shown list that become an event's impression: the first ones, as many as an event itself may name."""


class Answered(Protocol):
    """A list that was shown."""

    @property
    def source(self) -> str:
        """ARN of the campaign or recommender."""

    @property
    def items(self) -> Sequence[str]: ...


FindShown = Callable[[str], Answered | None]
"""The list that was answered with a recommendationId; None for one that is not remembered."""


def taken(columns: Columns, request: dict, *, strict: bool, now: float, shown: FindShown = lambda _: None) -> Taken:
    """The records of one call, in the order of its events. `now` is in seconds. An event that names a recommendationId
    and no impression has the items that were `shown`; one that names no source to attribute it to has what showed them.

    Raises `Refused`, an InvalidInputException, for the first event that is bad; then none may be stored. With `strict`
    that is also one with a property that Amazon forbids, or that its column cannot hold.
    """
    events = request["eventList"]
    refuse_large(events, "eventList")
    who = visitor(request.get("userId"), request["sessionId"])
    records: list[dict] = []
    notes: list[Note] = []
    for place, told in enumerate(events, 1):
        event = _event(columns, told, who, f"eventList.{place}.member", strict, now, shown)
        dropped = who.dropped
        if "ITEM_ID" not in event.record:
            if who.session is None or who.anonymous:
                dropped = dropped or NOTHING
            event.reasons.append(LINK)
        if dropped is None:
            records.append(event.finished())
            notes.extend(event.notes())
        else:
            notes.append(Note("dropped", dropped, example(told)))
    return Taken(who.subject, who.session, who.anonymous, records, notes)


def _event(columns: Columns, told: dict, who: Visitor, at: str, strict: bool, now: float, shown: FindShown) -> Event:
    event = Event(columns, told, who, at, strict)
    event.put_time("sentAt", now)
    event.put("EVENT_TYPE", told["eventType"])
    event.put_ids()
    if "recommendationId" in told and not (told.get("impression") and "metricAttribution" in told):
        answered = shown(told["recommendationId"])
        if answered is not None:
            if answered.items and not told.get("impression"):
                event.put_impression(answered.items[:IMPRESSIONS], told=False)
            if "metricAttribution" not in told:
                event.put_recommender(answered.source)
    if told.get("itemId"):
        event.record["ITEM_ID"] = told["itemId"]
    if "eventValue" in told:
        event.put_value(columns.by_property["eventvalue"], "eventValue", told["eventValue"])
    if "metricAttribution" in told:
        event.put_source(told["metricAttribution"]["eventAttributionSource"])
    event.put_properties()
    return event
