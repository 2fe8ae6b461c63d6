"""The figures of a metric attribution. Amazon has no such operation: its figures are read from CloudWatch."""

import math
from typing import Any

from ..attributions import figures_between
from ..contract.errors import InvalidInputException
from ..house import House
from ..lake.attributed import SOURCE, WINDOW_SECONDS
from ..resources.kinds import KINDS
from ..store import clock

DAYS = 14
"""What CloudWatch takes of the past, and what is told where nobody asks for more."""
LATEST = 1e12
"""Seconds; no time that anybody means is beyond."""
MOST_FIGURES = 100_000
TOLD = {
    "metricName": "METRIC_NAME",
    "eventType": "EVENT_TYPE",
    "mathFunction": "MATH_FUNCTION",
    "eventAttributionSource": SOURCE,
    "timestamp": "TIMESTAMP",
    "value": "VALUE",
}


def attributed(house: House, arn: str, start: str | None, end: str | None, period: str | None) -> dict[str, Any]:
    """What events came to from `start` to `end`, seconds since the epoch, by metric, source and `period`, seconds.

    Raises ResourceNotFoundException, or InvalidInputException for what is no time, or too much to tell.
    """
    until = seconds("endTime", end, clock.now())
    since = seconds("startTime", start, until - DAYS * 86_400)
    length = seconds("period", period, WINDOW_SECONDS)
    if length < WINDOW_SECONDS or length % WINDOW_SECONDS:
        raise InvalidInputException(f"period is {length}; it must be a multiple of {WINDOW_SECONDS} seconds.")
    with house.reading() as connection:
        attribution = house.find(connection, KINDS["metricAttribution"], arn)
    found = figures_between(house, attribution, since, until, length)
    if len(found) > MOST_FIGURES:
        raise InvalidInputException(
            f"That is {len(found):,} figures; at most {MOST_FIGURES:,} are told at once. Ask for less time, or for a "
            "longer period."
        )
    figures = [{told: row[name] for told, name in TOLD.items()} for row in found.iter_rows(named=True)]
    return {"metricAttributionArn": arn, "startTime": since, "endTime": until, "period": length, "figures": figures}


def seconds(name: str, text: str | None, otherwise: float) -> int:
    try:
        value = float(text) if text else otherwise
    except ValueError:
        value = math.nan
    if not abs(value) < LATEST:
        raise InvalidInputException(f"{name} must be a number of seconds, not '{text}'.")
    return math.ceil(value)
