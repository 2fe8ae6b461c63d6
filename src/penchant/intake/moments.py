"""Times as clients send them, in the whole seconds of a TIMESTAMP."""

import math
from datetime import UTC, datetime, timedelta

from .values import Misfit, number

_LOW, _HIGH = -(2**63), 2**63 - 1
_YEAR_9999 = 253_402_300_799
_DAY = 86_400
_START, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)


def seconds(value: int | float | str) -> int | None:
    """Whole seconds since 1970, rounded down; None for what is no time, or has no place in 64 bits.

    A text is a number of seconds, or a time in ISO 8601, which is in UTC where it names no zone.
    """
    if type(value) is str:
        found = _read(value)
    elif type(value) is float:
        found = math.floor(value) if math.isfinite(value) else None
    else:
        found = int(value)
    return found if found is not None and _LOW <= found <= _HIGH else None


def doubt(moment: int, now: float, member: str) -> str | None:
    """What is strange about a time; it is stored all the same."""
    if moment > _YEAR_9999:
        return f"{member} lies beyond the year 9999: it should be in seconds, and looks like milliseconds."
    if moment <= 0:
        return f"{member} is not later than 1970: it should be in seconds since then."
    if moment > now + _DAY:
        return f"{member} lies more than a day in the future."
    return None


def _read(text: str) -> int | None:
    text = text.strip()
    try:
        return int(text) if text.isascii() and "_" not in text else None
    except ValueError:
        found = number(text)
        if found is not None and not isinstance(found, Misfit):
            return math.floor(found)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _START) // _SECOND
