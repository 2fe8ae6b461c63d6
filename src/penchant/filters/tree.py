"""The tree of a filter: an OR of ANDs in each expression; grouped conditions were multiplied out as they were read.

`str` of any part is its text, and that text parses to an equal part. `at` is where a part stood in its text; it is for
messages and takes no part in comparisons.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Action(StrEnum):
    INCLUDE = "INCLUDE"
    EXCLUDE = "EXCLUDE"


class Target(StrEnum):
    ITEM = "ItemID"
    USER = "UserID"
    ACTION = "ActionID"


class Dataset(StrEnum):
    """What a field may belong to."""

    ITEMS = "Items"
    INTERACTIONS = "Interactions"
    USERS = "Users"
    ACTIONS = "Actions"
    ACTION_INTERACTIONS = "Action_Interactions"
    CURRENT_USER = "CurrentUser"
    CURRENT_ITEM = "CurrentItem"

    @property
    def type(self) -> str:
        """The dataset type whose schema has its fields."""
        return {Dataset.CURRENT_USER: "USERS", Dataset.CURRENT_ITEM: "ITEMS"}.get(self, self.name)

    @property
    def is_events(self) -> bool:
        return self in (Dataset.INTERACTIONS, Dataset.ACTION_INTERACTIONS)


class Operator(StrEnum):
    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="

    @property
    def orders(self) -> bool:
        """Asks which of two is the larger, which only numbers can say."""
        return self not in (Operator.EQUAL, Operator.UNEQUAL)


def position() -> int:
    return field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Field:
    dataset: Dataset
    name: str
    """As it was written; schemas are asked without regard to case."""
    at: int = position()

    @property
    def key(self) -> tuple[str, str]:
        """The same for every way to write one column: CurrentItem.price is Items.PRICE."""
        return self.dataset.type, self.name.upper()

    def __str__(self) -> str:
        return f"{self.dataset}.{self.name}"


@dataclass(frozen=True)
class Text:
    value: str
    at: int = position()

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'


@dataclass(frozen=True)
class Number:
    value: int | float
    at: int = position()

    def __str__(self) -> str:
        return repr(self.value)


@dataclass(frozen=True)
class Boolean:
    value: bool
    at: int = position()

    def __str__(self) -> str:
        return str(self.value).lower()


@dataclass(frozen=True)
class Parameter:
    """A place for a value that comes with each request."""

    name: str
    """Without the $, in its own case."""
    at: int = position()

    def __str__(self) -> str:
        return f"${self.name}"


Value = Text | Number | Boolean | Parameter


@dataclass(frozen=True)
class Among:
    """IN and NOT IN. A field on the right side stands for its values in the item of the request."""

    field: Field
    choice: tuple[Value, ...] | Field
    negated: bool = False

    @property
    def values(self) -> tuple[Value, ...]:
        return () if isinstance(self.choice, Field) else self.choice

    @property
    def other(self) -> Field | None:
        return self.choice if isinstance(self.choice, Field) else None

    def __str__(self) -> str:
        choice = self.choice if isinstance(self.choice, Field) else f"({', '.join(map(str, self.choice))})"
        return f"{self.field} {'NOT ' * self.negated}IN {choice}"


@dataclass(frozen=True)
class Comparison:
    field: Field
    operator: Operator
    operand: Value | Field

    @property
    def values(self) -> tuple[Value, ...]:
        return () if isinstance(self.operand, Field) else (self.operand,)

    @property
    def other(self) -> Field | None:
        return self.operand if isinstance(self.operand, Field) else None

    def __str__(self) -> str:
        return f"{self.field} {self.operator} {self.operand}"


Condition = Among | Comparison


@dataclass(frozen=True)
class Expression:
    """One of the chained parts of a filter."""

    action: Action
    target: Target
    any_of: tuple[tuple[Condition, ...], ...]
    """True where all conditions of one of these are."""
    only_if: tuple[tuple[Condition, ...], ...] = ()
    """Where there are some and all conditions of none of these are true, the expression does nothing."""
    at: int = position()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Those of WHERE, in the order of the text."""
        return tuple(condition for all_of in self.any_of for condition in all_of)

    @property
    def if_conditions(self) -> tuple[Condition, ...]:
        """Those of IF, in the order of the text."""
        return tuple(condition for all_of in self.only_if for condition in all_of)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names, each once, in the order of the text."""
        every = (value for condition in (*self.conditions, *self.if_conditions) for value in condition.values)
        return tuple(dict.fromkeys(value.name for value in every if isinstance(value, Parameter)))

    def fields(self) -> Iterator[Field]:
        for condition in (*self.conditions, *self.if_conditions):
            yield condition.field
            if condition.other:
                yield condition.other

    def __str__(self) -> str:
        only_if = f" IF {written(self.only_if)}" if self.only_if else ""
        return f"{self.action} {self.target} WHERE {written(self.any_of)}{only_if}"


@dataclass(frozen=True)
class Filter:
    expressions: tuple[Expression, ...]

    @property
    def target(self) -> Target:
        """The same in all expressions of a filter that was checked."""
        return self.expressions[0].target

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for expression in self.expressions for name in expression.parameters))

    @property
    def field_keys(self) -> frozenset[tuple[str, str]]:
        """The columns a filter reads, by dataset type and upper-case name."""
        return frozenset(field.key for expression in self.expressions for field in expression.fields())

    def __str__(self) -> str:
        return " | ".join(map(str, self.expressions))


def written(ways: tuple[tuple[Condition, ...], ...]) -> str:
    return " OR ".join(" AND ".join(map(str, all_of)) for all_of in ways)
