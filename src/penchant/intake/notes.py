"""What is told about a record that was not taken as it came: a note for the operator, or a refusal for the caller."""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from ..contract.errors import InvalidInputException

KEY_LENGTH, VALUE_LENGTH, EXAMPLE_LENGTH = 64, 128, 500
"""Characters shown of a property's key, of a refused value, and of an example."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Note:
    """One difference between what a record said and what was stored."""

    outcome: Literal["taken", "dropped", "refused"]
    """taken: stored, but not all of it as it came. dropped: answered with success and not stored. refused: an error."""
    reason: str
    """A sentence that may name a column or a property, never a value, so that equal reasons can be counted."""
    example: str
    """JSON of the record, cut to `EXAMPLE_LENGTH`."""


class Refused(InvalidInputException):
    """A record that refuses its whole call. On the wire it is an InvalidInputException."""

    def __init__(self, message: str, reason: str, record: Any):
        super().__init__(message)
        self.note = Note("refused", reason, example(record))

    @property
    def code(self) -> str:
        return InvalidInputException.__name__


def refusal(at: str, reason: str, record: Any, more: str = "") -> Refused:
    """`at` is the record's place in the request, as in `eventList.3.member`; `more` may show what `reason` may not."""
    return Refused(" ".join(filter(None, (f"{at}:", reason, more))), reason, record)


def example(record: Any) -> str:
    return _cut(_encode(record).decode(), EXAMPLE_LENGTH)


def shown(value: Any) -> str:
    text = _encode(value).decode()
    return f"It is '{_cut(text[1:-1] if type(value) is str else text, VALUE_LENGTH)}'."


def quoted(key: str) -> str:
    # As JSON, because a key may hold line breaks, and zeros that a database does not take.
    return _encode(key[:KEY_LENGTH]).decode()


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
