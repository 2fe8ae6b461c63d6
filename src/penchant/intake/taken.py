"""What a request brings of one visitor, or of one item, user or action: the makings of a journal's entry."""

from dataclasses import dataclass

from .notes import Note


@dataclass(frozen=True, slots=True)
class Taken:
    """Nothing of it is to be stored where `records` is empty."""

    subject: str
    """The user; the session of a visitor without one; the item, user or action that is described."""
    session: str | None
    anonymous: bool
    """No user was named, so the subject is a session."""
    records: list[dict]
    """By column name, without those that have no value."""
    notes: list[Note]
