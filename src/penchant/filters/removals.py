"""Why a filter did not let an item, action or user stay."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from .clauses import Clause, Question
from .masks import Compiled, Part
from .tree import Action, Condition, Expression


@dataclass(frozen=True)
class Removal:
    """An expression that took something away."""

    expression: Expression
    conditions: tuple[Condition, ...]
    """Of an EXCLUDE those that are true together, of an INCLUDE those that are false."""

    @cached_property
    def sentence(self) -> str:
        are = ", ".join(map(str, self.conditions))
        if self.expression.action is Action.EXCLUDE:
            return f"{self.expression} removed it: {are} held."
        return f"{self.expression} did not include it: {are} did not hold."

    def __str__(self) -> str:
        return self.sentence


def removals(compiled: Compiled, question: Question, row: int) -> tuple[Removal, ...]:
    """Of one row, as `removals_of`."""
    return removals_of(compiled, question, np.array([row]))[0]


def removals_of(compiled: Compiled, question: Question, rows: np.ndarray) -> list[tuple[Removal, ...]]:
    """For each of the (n,) rows every EXCLUDE that removes it, and every INCLUDE where none of them keeps it.

    Nothing for a row that stays. An expression that does nothing here, because its IF is false or a value is missing,
    is no reason. Rows that went for the same reason share one Removal.
    """
    active = [Truths(part, question, rows) for part in compiled.parts if part.applies(question)]
    includes = [each for each in active if each.part.expression.action is Action.INCLUDE]
    found: list[list[Removal]] = [[] for _ in rows]
    for truths in active:
        if truths.part.expression.action is Action.EXCLUDE:
            for removal, gone in truths.excluded():
                for at in gone.nonzero()[0].tolist():
                    found[at].append(removal)
    if includes:
        left_out = ~reduce(np.logical_or, [each.any for each in includes])
        for at in left_out.nonzero()[0].tolist():
            found[at] += [each.not_included(at) for each in includes]
    return [tuple(each) for each in found]


class Truths:
    """Which conditions of an expression are true of which rows."""

    def __init__(self, part: Part, question: Question, rows: np.ndarray):
        self.part = part
        self.clauses: list[Clause] = [clause for way in part.ways for clause in way]
        self.of_clauses = np.stack([clause.mask(question, rows) for clause in self.clauses])
        """(clauses, n) bool."""
        starts = np.cumsum([0, *(len(way) for way in part.ways[:-1])])
        self.of_ways = np.logical_and.reduceat(self.of_clauses, starts)
        """(ways, n) bool."""
        self.told: dict[bytes, Removal] = {}

    @property
    def any(self) -> np.ndarray:
        """(n,) bool."""
        return np.asarray(self.of_ways.any(0))

    def excluded(self) -> Iterator[tuple[Removal, np.ndarray]]:
        """The rows, (n,) bool, that each way is the first to take away."""
        left = np.ones(self.of_ways.shape[1], bool)
        for way, true in zip(self.part.ways, self.of_ways, strict=True):
            yield Removal(self.part.expression, tuple(clause.condition for clause in way)), left & true
            left &= ~true

    def not_included(self, at: int) -> Removal:
        false = ~self.of_clauses[:, at]
        key = false.tobytes()
        if key not in self.told:
            conditions = (self.clauses[each].condition for each in false.nonzero()[0].tolist())
            self.told[key] = Removal(self.part.expression, tuple(dict.fromkeys(conditions)))
        return self.told[key]
