"""Why a filter did not let an item, action or user stay."""

from dataclasses import dataclass

from .clauses import Question
from .masks import Compiled, Part
from .tree import Action, Condition, Expression


@dataclass(frozen=True)
class Removal:
    """An expression that took something away."""

    expression: Expression
    conditions: tuple[Condition, ...]
    """Of an EXCLUDE those that are true together, of an INCLUDE those that are false."""

    def __str__(self) -> str:
        are = ", ".join(map(str, self.conditions))
        if self.expression.action is Action.EXCLUDE:
            return f"{self.expression} removed it: {are} held."
        return f"{self.expression} did not include it: {are} did not hold."


def removals(compiled: Compiled, question: Question, row: int) -> tuple[Removal, ...]:
    """Every EXCLUDE that removes the row, and every INCLUDE where none of them keeps it; nothing where it stays."""
    active = [part for part in compiled.parts if part.applies(question)]
    excludes = [part for part in active if part.expression.action is Action.EXCLUDE]
    includes = [part for part in active if part.expression.action is Action.INCLUDE]
    found = [Removal(part.expression, held) for part in excludes if (held := together(part, question, row))]
    if includes and not any(together(part, question, row) for part in includes):
        found += [Removal(part.expression, false(part, question, row)) for part in includes]
    return tuple(found)


def together(part: Part, question: Question, row: int) -> tuple[Condition, ...]:
    """The conditions of the first way that is true; none where none is."""
    for way in part.ways:
        if all(clause.holds(question, row) for clause in way):
            return tuple(clause.condition for clause in way)
    return ()


def false(part: Part, question: Question, row: int) -> tuple[Condition, ...]:
    clauses = (clause for way in part.ways for clause in way)
    return tuple(clause.condition for clause in clauses if not clause.holds(question, row))
