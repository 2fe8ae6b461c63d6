"""Reads a JSON value as the type of a column, as an import reads the same text.

An import is lenient with what pandas writes (`5.0` in a column of integers) and knows no difference between an empty
text and none; so is this. What JSON can say beyond CSV is read as the text that CSV would have had for it.
"""

import math
from collections.abc import Callable
from enum import Enum
from typing import Any

from ..lake.schema import Field

ID_LENGTH = 256
STRING_LENGTH = 1000
TEXT_LENGTH = 20_000
"""Characters. Longer texts are cut, longer ids and other strings are not taken. The numbers are those of imports."""
_EXACT = 2.0**53
"""From here on a float no longer tells neighbouring integers apart."""


class Misfit(Enum):
    """Why a value was not read."""

    TYPE = "type"
    LENGTH = "length"


Value = str | int | float | bool
Reader = Callable[[Any], Value | Misfit | None]
"""From a JSON value. None stands for nothing: an empty text or list."""


def reader(field: Field) -> Reader:
    if field.type == "string":
        return identifier if field.is_id else _string(None if field.textual else STRING_LENGTH)
    return {"int": _integer(31), "long": _integer(63), "boolean": _boolean}.get(field.type, number)


def identifier(value: Any) -> str | Misfit | None:
    """An id is a text. Clients also send the integers that their databases have."""
    if type(value) is int:
        value = str(value)
    elif type(value) is not str:
        return Misfit.TYPE
    return Misfit.LENGTH if len(value) > ID_LENGTH else value or None


def number(value: Any) -> float | Misfit | None:
    if type(value) is str:
        value = value.strip()
        if not value:
            return None
        if not _plain(value):
            return Misfit.TYPE
    elif type(value) is not float and type(value) is not int:
        return Misfit.TYPE
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return Misfit.TYPE
    return found if math.isfinite(found) else Misfit.TYPE


def too_long(column: str, limit: int) -> str:
    """The sentence of imports."""
    return (
        f"Length cannot be more than {limit} characters for {column}. If no values exceed the character limit, "
        "make sure your data follows the formatting guidelines listed in "
        "https://docs.aws.amazon.com/personalize/latest/dg/data-prep-formatting.html."
    )


def _integer(bits: int) -> Reader:
    low, high = -(2**bits), 2**bits - 1

    def read(value: Any) -> int | Misfit | None:
        if type(value) is str:
            value = value.strip()
            if not value:
                return None
            value = _numeral(value)
        if type(value) is float and value.is_integer() and abs(value) < _EXACT:
            value = int(value)
        return value if type(value) is int and low <= value <= high else Misfit.TYPE

    return read


def _boolean(value: Any) -> bool | Misfit | None:
    if type(value) is str:
        return {"true": True, "false": False, "": None}.get(value.strip(), Misfit.TYPE)
    return value if type(value) is bool else Misfit.TYPE


def _string(limit: int | None) -> Reader:
    def read(value: Any) -> str | Misfit | None:
        text: str | None
        if type(value) is str:
            text = value
        elif type(value) is list:
            parts = [_written(part) for part in value]
            text = None if None in parts else "|".join(filter(None, parts))
        else:
            text = _written(value)
        if text is None:
            return Misfit.TYPE
        if limit is not None and len(text) > limit:
            return Misfit.LENGTH
        return text or None

    return read


def _written(value: Any) -> str | None:
    """A single value as a text; None where it is no single value."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) is int or type(value) is float else None


def _numeral(text: str) -> int | float | None:
    if not _plain(text):
        return None
    try:
        return int(text)
    except ValueError:
        found = number(text)
        return found if type(found) is float else None


def _plain(text: str) -> bool:
    """Python also reads '1_000' and digits of other scripts; imports do not."""
    return text.isascii() and "_" not in text
