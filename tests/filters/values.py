"""The values that a request brings for the parameters of a filter: `filterValues`, one text for each."""

import math
import re
from collections.abc import Mapping

from penchant.filters.tree import Action, Filter

VALUE = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|((?!")[^,]*?))\s*(,|$)', re.DOTALL)
Values = Mapping[str, tuple[str, ...]]


class ValueFault(ValueError):
    """The values of a request do not fit its filter. The message says which, and what would be right."""


def read_value(text: str) -> tuple[str, ...]:
    """`"Comedy","Drama"` is two values and `"Comedy, Drama"` one. Values without quotes end at commas: 1970."""
    found, at = [], 0
    while True:
        match = VALUE.match(text, at)
        if match is None:
            raise ValueFault(
                f"The value {text[:50]} must be a list of texts in double quotes with commas between them."
            )
        quoted, bare, comma = match.groups()
        found.append(bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        if not comma:
            return tuple(found)
        at = match.end()


def read_values(filter_: Filter, given: Mapping[str, str]) -> Values:
    """The values of the filter's parameters; what has no parameter is left out.

    Raises ValueFault where an INCLUDE lacks one. An EXCLUDE that lacks one does nothing.
    """
    for expression in filter_.expressions:
        for name in expression.parameters:
            if expression.action is Action.INCLUDE and name not in given:
                raise ValueFault(f"Filter parameter {name} is missing a value.")
    return {name: read_value(given[name]) for name in filter_.parameters if name in given}


def as_number(text: str, name: str) -> float | int:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueFault(f"Filter parameter {name} needs a number, not '{text[:50]}'.")
    whole = re.fullmatch(r"[+-]?[0-9]{1,19}", text.strip())
    return int(text) if whole else value
