"""One condition of a filter, ready to be asked: of all rows of a catalogue at once, or of one."""

import operator
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..lake.schema import Field as Column
from ..lake.schema import Schema
from .catalogue import Catalogue, Record
from .check import NUMBERS, column_of
from .columns import SEPARATOR, Numbers, Scalar
from .history import NOTHING, History
from .number import read_number
from .tree import Among, Condition, Dataset, Number, Operator, Parameter, Text, Value
from .values import Values

ORDERS = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.GREATER: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


@dataclass(frozen=True)
class Question:
    """Which of a catalogue may stay, for whom, and beside which item."""

    catalogue: Catalogue
    values: Values = field(default_factory=Values)
    user: Record = field(default_factory=dict)
    """The requesting user's record with USER_ID, empty where there is none."""
    current_item: int | None = None
    """Row of the item that the request names. Without one, CurrentItem is null in every column."""
    history: History = NOTHING


@dataclass(frozen=True, eq=False)
class Clause:
    condition: Condition
    column: Column
    """In the schema of the field's dataset."""
    constants: tuple[Scalar, ...]
    parameters: tuple[str, ...]
    other: str | None
    """A column of the current item."""

    @classmethod
    def of(cls, condition: Condition, schemas: Mapping[str, Schema]) -> "Clause":
        """The condition was checked against the schemas."""
        column = column_of(condition.field, schemas)
        return cls(
            condition,
            column,
            tuple(
                constant(value, column.type in NUMBERS)
                for value in condition.values
                if not isinstance(value, Parameter)
            ),
            tuple(value.name for value in condition.values if isinstance(value, Parameter)),
            column_of(condition.other, schemas).name if condition.other else None,
        )

    @property
    def numeric(self) -> bool:
        return self.column.type in NUMBERS

    @property
    def of_rows(self) -> bool:
        """Whether it asks about the records of the catalogue."""
        dataset = self.condition.field.dataset
        return not dataset.is_events and dataset is not Dataset.CURRENT_USER

    @property
    def fixed(self) -> bool:
        """Whether the catalogue alone says where the condition is true."""
        return self.of_rows and not self.parameters and self.other is None

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the catalogue, that it reads."""
        own = (self.column.name,) if self.of_rows else ()
        return own if self.other is None else (*own, self.other)

    @property
    def negated(self) -> bool:
        if isinstance(self.condition, Among):
            return self.condition.negated
        return self.condition.operator is Operator.UNEQUAL

    def right(self, question: Question) -> tuple[Scalar, ...]:
        """The values that the field is compared with."""
        if self.other is not None:
            row = question.current_item
            return () if row is None else question.catalogue.values(row, self.other)
        given = (each for name in self.parameters for each in question.values.of(name, self.numeric))
        return (*self.constants, *given)

    def mask(self, question: Question) -> np.ndarray:
        """(rows,) bool, new: where a condition on the records of the catalogue is true."""
        column, right = question.catalogue.columns[self.column.name], self.right(question)
        if not isinstance(self.condition, Among) and self.condition.operator.orders:
            assert isinstance(column, Numbers)
            return (
                column.ordered(self.condition.operator, right[0]) if right else np.zeros(len(question.catalogue), bool)
            )
        found = column.among(right)
        return np.logical_not(found, out=found) if self.negated else found

    def done(self, question: Question) -> np.ndarray:
        """(n,) bool, new: for which rows of the history a condition on events is true."""
        found = question.history.having(self.event_types(question))
        return np.logical_not(found, out=found) if self.negated else found

    def event_types(self, question: Question) -> frozenset[str]:
        return frozenset(str(each).lower() for each in self.right(question))

    def holds(self, question: Question, row: int | None = None) -> bool:
        """Of one row, or of the requesting user."""
        dataset = self.condition.field.dataset
        if dataset.is_events:
            here = question.history.rows == row
            return bool(question.history.having(self.event_types(question))[here].any()) != self.negated
        if not self.of_rows:
            return self.compare(several(question.user.get(self.column.name), self.column), self.right(question))
        assert row is not None
        return self.compare(question.catalogue.values(row, self.column.name), self.right(question))

    def compare(self, left: Collection[Scalar], right: Collection[Scalar]) -> bool:
        if not isinstance(self.condition, Among) and self.condition.operator.orders:
            # A number has one value or none, and a null is neither smaller nor larger.
            return any(ORDERS[self.condition.operator](one, other) for one in left for other in right)
        return any(one == other for one in left for other in right) != self.negated


def several(value: Scalar | None, column: Column) -> tuple[Scalar, ...]:
    """The values of a field of a record."""
    if value is None or value != value:
        return ()
    return tuple(value.split(SEPARATOR)) if column.categorical and isinstance(value, str) else (value,)


def constant(value: Value, numeric: bool) -> Scalar:
    assert isinstance(value, Text | Number)
    if not numeric or isinstance(value, Number):
        return value.value
    number = read_number(value.value)
    assert number is not None
    return number
