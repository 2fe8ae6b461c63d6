"""PutEvents and PutActionInteractions: what people do, as they do it."""

import time

from ..events.entry import NewEntry
from ..house import House
from ..intake import action_interactions, interactions
from ..intake.taken import Taken
from .registry import Promise, operation
from .rejections import noted
from .targets import Target, of_action_interactions, of_tracker


@operation("PutEvents", inline=True)
def put_events(house: House, request: dict) -> Promise:
    target = of_tracker(house, request["trackingId"])
    taken = interactions.taken(
        target.columns,
        request,
        strict=house.strict_events,
        now=time.time(),
        shown=house.shown_here,
    )
    return kept(house, "PutEvents", target, [taken])


@operation("PutActionInteractions", inline=True)
def put_action_interactions(house: House, request: dict) -> Promise:
    target = of_action_interactions(house, request["trackingId"])
    found = action_interactions.taken(target.columns, request, strict=house.strict_events, now=time.time())
    return kept(house, "PutActionInteractions", target, found)


def kept(house: House, operation: str, target: Target, found: list[Taken]) -> Promise:
    """All of a call, in one commit."""
    entries = [
        NewEntry(target.number, taken.subject, taken.session, taken.anonymous, taken.records)
        for taken in found
        if taken.records
    ]
    return house.writer.submit(
        entries, [each for taken in found for each in noted(house, target.arn, operation, taken.notes)]
    )
