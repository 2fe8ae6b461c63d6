"""One condition of a filter, ready to be asked: of all rows of a catalogue at once, or of some."""

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from ..lake.schema import Field as Column
from ..lake.schema import Schema
from .catalogue import Catalogue, Record
from .check import column_of
from .columns import SEPARATOR, Numbers, Scalar, marked
from .history import NOTHING, History
from .kinds import Kind
from .tree import Among, Condition, Dataset, Operator, Parameter, Text, Value
from .values import Values

ORDERS = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.GREATER: operator.gt,
    Operator.AT_LEAST: operator.ge,
}


class Question(msgspec.Struct, frozen=True):
    """Which of a catalogue may stay, for whom, and beside which item."""

    catalogue: Catalogue
    values: Values = msgspec.field(default_factory=Values)
    user: Record = msgspec.field(default_factory=dict)
    """The requesting user's record with USER_ID, empty where there is none."""
    current_item: int | None = None
    """Row of the item that the request names. Without one, CurrentItem is null in every column."""
    history: History = NOTHING
    """Needed by filters that ask about events only."""

    def size(self, rows: np.ndarray | None) -> int:
        """Of an answer about these rows, or about all."""
        return len(self.catalogue if rows is None else rows)


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
            tuple(constant(value, Kind.of(column)) for value in condition.values if not isinstance(value, Parameter)),
            tuple(value.name for value in condition.values if isinstance(value, Parameter)),
            column_of(condition.other, schemas).name if condition.other else None,
        )

    @cached_property
    def kind(self) -> Kind:
        return Kind.of(self.column)

    @cached_property
    def of_events(self) -> bool:
        return self.condition.field.dataset.is_events

    @cached_property
    def of_rows(self) -> bool:
        """Whether it asks about the records of the catalogue."""
        return not self.of_events and self.condition.field.dataset is not Dataset.CURRENT_USER

    @property
    def fixed(self) -> bool:
        """Whether the catalogue alone says where the condition is true."""
        return self.of_rows and not self.parameters and self.other is None

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the catalogue, that it reads."""
        own = (self.column.name,) if self.of_rows else ()
        return own if self.other is None else (*own, self.other)

    @cached_property
    def negated(self) -> bool:
        if isinstance(self.condition, Among):
            return self.condition.negated
        return self.condition.operator is Operator.UNEQUAL

    @cached_property
    def order(self) -> Operator | None:
        """One that asks which of two is the larger."""
        if isinstance(self.condition, Among) or not self.condition.operator.orders:
            return None
        return self.condition.operator

    def right(self, question: Question) -> tuple[Scalar, ...]:
        """The values that the field is compared with."""
        if self.other is not None:
            row = question.current_item
            return () if row is None else question.catalogue.values(row, self.other)
        given = (each for name in self.parameters for each in question.values.of(name, self.kind))
        return (*self.constants, *given)

    def mask(self, question: Question, rows: np.ndarray | None = None) -> np.ndarray:
        """bool, new: where the condition is true; (n,) of the rows that are named, or (rows,) of all."""
        right = self.right(question)
        if self.of_events:
            done = question.history.having(frozenset(str(each).lower() for each in right))
            return self.sided(marked(done, len(question.catalogue), rows))
        column = question.catalogue.columns[self.column.name]
        if self.order is not None:
            assert isinstance(column, Numbers)
            # A null is neither smaller nor larger.
            return column.ordered(self.order, right[0], rows) if right else np.zeros(question.size(rows), bool)
        return self.sided(column.among(right, rows))

    def sided(self, found: np.ndarray) -> np.ndarray:
        """Where any value is one of those wanted, or none is; in the place of the array."""
        return np.logical_not(found, out=found) if self.negated else found

    def holds(self, question: Question) -> bool:
        """Of the requesting user."""
        left, right = several(question.user.get(self.column.name), self.column), self.right(question)
        if self.order is not None:
            return any(ORDERS[self.order](one, other) for one in left for other in right)
        return any(one == other for one in left for other in right) != self.negated


def several(value: Scalar | None, column: Column) -> tuple[Scalar, ...]:
    """The values of a field of a record."""
    if value is None or value != value:
        return ()
    return tuple(value.split(SEPARATOR)) if column.categorical and isinstance(value, str) else (value,)


def constant(value: Value, kind: Kind) -> Scalar:
    assert not isinstance(value, Parameter)
    if not isinstance(value, Text):
        return value.value
    read = kind.read(value.value)
    assert read is not None
    return read
