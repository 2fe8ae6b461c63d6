"""The values that a request brings for the parameters of a filter: `filterValues`, one text for each.

A text is a list: `"Comedy","Drama"` is two values and `"Comedy, Drama"` is one. Values without quotes end at commas.
"""

import re
from collections.abc import Collection, Hashable, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from ..lake.schema import Schema
from .check import column_of
from .errors import FilterError
from .kinds import Kind
from .tree import Action, Comparison, Condition, Filter, Parameter

MOST_VALUES, LONGEST_VALUE = 25, 1000
NAME = re.compile(r"[A-Za-z0-9_]{1,50}")
VALUE = re.compile(r'\s*+(?:"((?:[^"\\]|\\.)*+)"\s*+|(?!")([^,]*+))(,|\Z)', re.DOTALL)
SHOWN = 50
"""Of what is refused, so many characters are quoted."""


@dataclass(frozen=True)
class Values:
    """By the name of the parameter: as texts, and as what else they are compared with."""

    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[int | float, ...]] = field(default_factory=dict)
    booleans: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)

    def of(self, parameter: str, kind: Kind) -> tuple[str, ...] | tuple[int | float, ...]:
        if kind is Kind.TEXT:
            return self.texts[parameter]
        return self.numbers[parameter] if kind is Kind.NUMBER else self.booleans[parameter]

    @cached_property
    def key(self) -> Hashable:
        """The same for values that are the same."""
        return tuple(self.texts.items())

    def have(self, parameters: Set[str]) -> bool:
        return parameters <= self.texts.keys()


@dataclass(frozen=True)
class Use:
    """A place of a parameter in a filter."""

    parameter: str
    condition: Condition
    kind: Kind
    demanded: bool
    """An EXCLUDE without its value does nothing, an INCLUDE cannot do without."""


def uses_of(filter_: Filter, schemas: Mapping[str, Schema]) -> tuple[Use, ...]:
    """In the order of the text. The filter was checked against the schemas."""
    return tuple(
        Use(
            value.name,
            condition,
            Kind.of(column_of(condition.field, schemas)),
            expression.action is Action.INCLUDE,
        )
        for expression in filter_.expressions
        for condition in (*expression.conditions, *expression.if_conditions)
        for value in condition.values
        if isinstance(value, Parameter)
    )


def read_values(uses: Collection[Use], given: Mapping[str, str]) -> Values:
    """The values of parameters that have a use; others are passed over. The case of a name counts.

    Raises FilterError where an INCLUDE lacks a value, or a value is not what its place needs.
    """
    require_limits(given)
    texts: dict[str, tuple[str, ...]] = {}
    numbers: dict[str, tuple] = {}
    booleans: dict[str, tuple] = {}
    for use in uses:
        name = use.parameter
        if name not in given:
            if use.demanded:
                raise FilterError(
                    f"Filter parameter {name} is missing a value. Give it in filterValues: an INCLUDE needs all values."
                )
            continue
        if name not in texts:
            texts[name] = read_value(name, given[name])
        if isinstance(use.condition, Comparison) and len(texts[name]) > 1:
            raise FilterError(f"Filter parameter {name} needs one value, not {len(texts[name])}, for {use.condition}.")
        if use.kind is not Kind.TEXT:
            read = numbers if use.kind is Kind.NUMBER else booleans
            read[name] = tuple([value_of(name, use.kind, text) for text in texts[name]])
    return Values(texts, numbers, booleans)


def read_value(name: str, text: str) -> tuple[str, ...]:
    found, at = [], 0
    while match := VALUE.match(text, at):
        quoted, bare, comma = match.groups()
        found.append(bare.strip() if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        if not comma:
            return tuple(found)
        at = match.end()
    raise FilterError(
        f"The value of filter parameter {name}, {text[:SHOWN]}, must be a list of texts in double quotes with commas "
        'between them, such as "Comedy","Drama".'
    )


def value_of(name: str, kind: Kind, text: str) -> str | int | float | bool:
    value = kind.read(text)
    if value is None:
        needed = "a number" if kind is Kind.NUMBER else "true or false"
        raise FilterError(f"Filter parameter {name} needs {needed}, not '{text[:SHOWN]}'.")
    return value


@lru_cache(4096)
def is_name(text: str) -> bool:
    """Programs send the same few in every request."""
    return NAME.fullmatch(text) is not None


def require_limits(given: Mapping[str, str]) -> None:
    """Those of AWS for `filterValues`. Questions of batch jobs come in files, where no shape was held against them, as
    it is against every request. Raises FilterError."""
    if not isinstance(given, Mapping):
        raise FilterError("filterValues must be an object of a text for each parameter.")
    if len(given) > MOST_VALUES:
        raise FilterError(f"filterValues has {len(given)} entries; at most {MOST_VALUES} are allowed.")
    for name, text in given.items():
        if not isinstance(name, str) or not is_name(name):
            raise FilterError(
                f"filterValues names a parameter '{str(name)[:SHOWN]}'; "
                "a name has 1 to 50 letters, digits and underscores."
            )
        if not isinstance(text, str):
            raise FilterError(
                f'The value of filter parameter {name} must be a text, such as "\\"Comedy\\",\\"Drama\\"".'
            )
        if len(text) > LONGEST_VALUE:
            raise FilterError(
                f"The value of filter parameter {name} has {len(text)} characters; at most {LONGEST_VALUE} are allowed."
            )
