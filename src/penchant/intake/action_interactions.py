"""PutActionInteractions: records of a dataset of action interactions."""

from .columns import Columns
from .event import Event, refuse_large
from .notes import Note, example, refusal, shown
from .taken import Taken
from .visitors import Visitor, visitor

TYPES = frozenset({"VIEWED", "TAKEN", "NOT_TAKEN"})


def taken(columns: Columns, request: dict, *, strict: bool, now: float) -> list[Taken]:
    """The records of one call in their order, together where neighbours have one visitor. `now` is in seconds.

    Raises `Refused`, an InvalidInputException, for the first event that is bad; then none may be stored. With `strict`
    that is also one with a property that Amazon forbids, or that its column cannot hold.
    """
    events = request["actionInteractions"]
    refuse_large(events, "actionInteractions")
    found: list[Taken] = []
    before: Visitor | None = None
    for place, told in enumerate(events, 1):
        who = visitor(told.get("userId"), told["sessionId"])
        if who != before:
            found.append(Taken(who.subject, who.session, who.anonymous, [], []))
            before = who
        event = _event(columns, told, who, f"actionInteractions.{place}.member", strict, now)
        if who.dropped is None:
            found[-1].records.append(event.finished())
            found[-1].notes.extend(event.notes())
        else:
            found[-1].notes.append(Note("dropped", who.dropped, example(told)))
    return found


def _event(columns: Columns, told: dict, who: Visitor, at: str, strict: bool, now: float) -> Event:
    event = Event(columns, told, who, at, strict)
    event.put_time("timestamp", now)
    # The guide writes Not Taken for callers, and NOT_TAKEN for what is stored.
    type_ = told["eventType"].upper().replace(" ", "_")
    if type_ not in TYPES:
        raise refusal(at, "eventType must be Viewed, Taken or Not Taken.", told, shown(told["eventType"]))
    event.put("EVENT_TYPE", type_)
    event.record["ACTION_ID"] = told["actionId"]
    event.put_ids()
    event.put_properties()
    return event
