"""A filter held against one candidate at a time: slow, and plain enough to be believed.

It is what masks over whole columns are held against.
"""

import operator
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from penchant.filters.check import ANY
from penchant.filters.kinds import NUMBERS
from penchant.filters.tree import (
    Action,
    Among,
    Boolean,
    Condition,
    Dataset,
    Expression,
    Field,
    Filter,
    Number,
    Operator,
    Parameter,
    Value,
)
from penchant.lake.schema import Schema

Values = Mapping[str, tuple[str, ...]]
"""Of each parameter of the filter that the request brings values for."""
Scalar = str | int | float
Row = Mapping[str, Scalar | None]
"""A row of Items, Users or Actions by column name. A column that is not there is null."""
COMPARISONS = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.GREATER: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


@dataclass(frozen=True)
class Candidate:
    """What may be kept: an item or action with what the requesting user did with it, or a user with all they did."""

    row: Row = field(default_factory=dict)
    event_types: Set[str] = frozenset()


@dataclass(frozen=True)
class Question:
    """Who asks, and about what."""

    values: Values = field(default_factory=dict)
    user: Row = field(default_factory=dict)
    item: Row = field(default_factory=dict)


class Evaluator:
    """Of a filter that was checked against the same schemas."""

    def __init__(self, filter_: Filter, schemas: Mapping[str, Schema], question: Question):
        self.filter, self.schemas, self.question = filter_, schemas, question

    def keeps(self, candidate: Candidate) -> bool:
        """(any of the INCLUDEs, or everything where there is none) without any of the EXCLUDEs."""
        active = [expression for expression in self.filter.expressions if self.applies(expression)]
        includes = [self.holds(each, candidate) for each in active if each.action is Action.INCLUDE]
        excludes = [self.holds(each, candidate) for each in active if each.action is Action.EXCLUDE]
        return (not includes or any(includes)) and not any(excludes)

    def applies(self, expression: Expression) -> bool:
        """An expression does nothing where its IF is false, or where an EXCLUDE lacks a value."""
        if not set(expression.parameters) <= self.question.values.keys():
            return False
        ways = expression.only_if
        return not ways or any(all(self.true(condition, Candidate()) for condition in all_of) for all_of in ways)

    def holds(self, expression: Expression, candidate: Candidate) -> bool:
        return any(all(self.true(condition, candidate) for condition in all_of) for all_of in expression.any_of)

    def true(self, condition: Condition, candidate: Candidate) -> bool:
        if condition.field.dataset.is_events:
            assert isinstance(condition, Among)
            wanted = {text.lower() for text in self.right(condition, "string") if isinstance(text, str)}
            done = {text.lower() for text in candidate.event_types}
            return (bool(done & wanted) or (ANY in wanted and bool(done))) != condition.negated
        left = self.left(condition.field, candidate)
        right = self.right(condition, self.type_of(condition.field))
        if isinstance(condition, Among):
            return bool(left & right) != condition.negated
        if condition.operator is Operator.EQUAL:
            return bool(left & right)
        if condition.operator is Operator.UNEQUAL:
            return not left & right
        # A number has one value or none, and a null is neither smaller nor larger.
        return any(COMPARISONS[condition.operator](one, other) for one in left for other in right)

    def left(self, field: Field, candidate: Candidate) -> set[Scalar]:
        """The values of a field; none where it is null, several where a categorical text has them."""
        row = {Dataset.CURRENT_USER: self.question.user, Dataset.CURRENT_ITEM: self.question.item}.get(
            field.dataset, candidate.row
        )
        column = self.schemas[field.dataset.type].field(field.name)
        value = row.get(column.name)
        if value is None:
            return set()
        return set(value.split("|")) if column.categorical and isinstance(value, str) else {value}

    def right(self, condition: Condition, type_: str) -> set[Scalar]:
        if condition.other:
            return self.left(condition.other, Candidate())
        found = {each for value in condition.values for each in self.given(value, type_)}
        assert isinstance(condition, Among) or len(found) == 1
        return found

    def given(self, value: Value, type_: str) -> tuple[Scalar, ...]:
        if isinstance(value, Number | Boolean):
            return (value.value,)
        texts = self.question.values[value.name] if isinstance(value, Parameter) else (value.value,)
        if type_ == "boolean":
            return tuple({"true": True, "false": False}[text.strip().lower()] for text in texts)
        return tuple(map(as_number, texts)) if type_ in NUMBERS else texts

    def type_of(self, field: Field) -> str:
        return self.schemas[field.dataset.type].field(field.name).type


def as_number(text: str) -> int | float:
    """An integer beyond 64 bits is read as a float."""
    if re.fullmatch(r"[+-]?[0-9]+", text) and -(2**63) <= int(text) < 2**63:
        return int(text)
    return float(text)
