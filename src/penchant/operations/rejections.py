"""What of a stream of records was not taken as it came, and the list of it, which Amazon does not have."""

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import msgspec

from ..contract.arns import datasets_of
from ..contract.errors import ApiError, InternalFailure, ThrottlingException
from ..events import rejections
from ..events.rejections import MOST_EXAMPLE, Rejection
from ..house import House
from ..intake.notes import Note, Refused
from ..resources.kinds import KINDS
from .targets import of_action_interactions, of_dataset, of_tracker

METADATA = {"PutItems": "ITEMS", "PutUsers": "USERS", "PutActions": "ACTIONS"}
STREAMED = ("PutEvents", "PutActionInteractions", *METADATA)
QUOTED, ELLIPSIS = re.compile(r"'[^']*'"), "'…'"
"""The values in a refusal, of which there may be any number."""


def noted(house: House, dataset_arn: str, operation: str, notes: Iterable[Note]) -> list[Rejection]:
    return [Rejection(house.place, dataset_arn, operation, note.outcome, note.reason, note.example) for note in notes]


def note_refusal(house: House, operation: str, request: Any, error: ApiError) -> None:
    """Count a call that was refused. Nobody waits for it, and under more calls than the disk can take it is let go."""
    if isinstance(error, (InternalFailure, ThrottlingException)):
        return
    if isinstance(error, Refused):
        reason, shown = error.note.reason, error.note.example
    else:
        reason, shown = f"{error.code}: {QUOTED.sub(ELLIPSIS, str(error))}", example(request)
    dataset = dataset_of(house, operation, request)
    with suppress(ThrottlingException):
        house.writer.submit([], [Rejection(house.place, dataset, operation, "refused", reason, shown)])


def dataset_of(house: House, operation: str, request: Any) -> str:
    """The ARN of the dataset that a refused call was for, where there is one."""
    asked = request if isinstance(request, dict) else {}
    named, tracking_id = (asked.get(name) for name in ("datasetArn", "trackingId"))
    try:
        if isinstance(tracking_id, str):
            of = of_tracker if operation == "PutEvents" else of_action_interactions
            return of(house, tracking_id).arn
        return of_dataset(house, named, METADATA[operation]).arn if isinstance(named, str) else ""
    except ApiError:
        return ""


def example(request: Any) -> str:
    return msgspec.json.encode(request)[:MOST_EXAMPLE].decode(errors="ignore")


def listed(house: House, group_arn: str | None) -> list[dict[str, Any]]:
    """The kinds of rejection, the newest first: of a dataset group, or of all and of what named none.

    Raises ResourceNotFoundException.
    """
    prefix = ""
    if group_arn:
        with house.reading() as connection:
            house.find(connection, KINDS["datasetGroup"], group_arn)
        prefix = datasets_of(group_arn)
    with house.journal.database.read() as connection:
        return rejections.listed(connection, house.place, prefix)
