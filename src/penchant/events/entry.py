"""What the journal holds: an entry for each call of events, and one for each item, user or action that was put."""

from dataclasses import dataclass
from typing import Any

STEP = 16
"""How far apart the numbers of two entries are at least: room for the ten records that a call may bring."""
Record = dict[str, Any]
"""By column name; a column without a value is absent."""


def position_at(seconds: float) -> int:
    """The number that an entry committed at a moment has at least: whole milliseconds, and room below for a million."""
    return int(seconds * 1000) << 20


def moment_of(position: int) -> float:
    """Seconds since the epoch of a position."""
    return (position >> 20) / 1000


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be committed."""

    dataset: int
    """The dataset's number in the book of resources."""
    subject: str
    """Whom serving looks it up by: a user, the session of an anonymous visitor, an item or an action."""
    session: str | None
    anonymous: bool
    """No user was named, so the subject is a session."""
    records: list[Record]
    """1 to 10."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was committed. The number of its record i is `seq + i`."""

    seq: int
    subject: str
    session: str | None
    anonymous: bool
    records: list[Record]
