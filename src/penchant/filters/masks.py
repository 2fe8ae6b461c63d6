"""A filter as masks over a catalogue: which of its rows may stay.

What depends on the catalogue alone is computed once for each; a request pays for its own part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from weakref import WeakKeyDictionary

import numpy as np

from ..lake.schema import Schema
from .catalogue import Catalogue
from .check import check
from .clauses import Clause, Question
from .tree import Action, Expression, Filter, Target
from .values import Use, Values, read_values, uses_of

Way = tuple[Clause, ...]
"""Conditions that are true together."""


@dataclass(frozen=True, eq=False)
class Fixed:
    """Rows where all clauses of any way are true, kept for each catalogue in an eighth of a byte a row."""

    ways: tuple[Way, ...]
    kept: WeakKeyDictionary[Catalogue, np.ndarray] = field(default_factory=WeakKeyDictionary)

    def mask(self, catalogue: Catalogue) -> np.ndarray:
        """(rows,) bool, new."""
        bits = self.kept.get(catalogue)
        if bits is None:
            bits = self.kept[catalogue] = np.packbits(any_of(self.ways, Question(catalogue)))
        return np.unpackbits(bits, count=len(catalogue)).view(bool)


@dataclass(frozen=True, eq=False)
class Part:
    """One of the chained expressions."""

    expression: Expression
    only_if: Way
    ways: tuple[Way, ...]
    fixed: Fixed | None
    """The ways that the catalogue alone decides."""
    open: tuple[tuple[Fixed | None, Way], ...]
    """The other ways: the clauses of each that the catalogue alone decides, and the rest of its clauses."""

    @classmethod
    def of(cls, expression: Expression, schemas: Mapping[str, Schema]) -> "Part":
        ways = tuple(tuple(Clause.of(each, schemas) for each in all_of) for all_of in expression.any_of)
        fixed = tuple(way for way in ways if all(clause.fixed for clause in way))
        open_ = []
        for way in ways:
            if way not in fixed:
                alone = tuple(clause for clause in way if clause.fixed)
                open_.append((Fixed((alone,)) if alone else None, tuple(each for each in way if not each.fixed)))
        only_if = tuple(Clause.of(each, schemas) for each in expression.only_if)
        return cls(expression, only_if, ways, Fixed(fixed) if fixed else None, tuple(open_))

    def applies(self, question: Question) -> bool:
        """An expression does nothing where its IF is false, or where an EXCLUDE lacks a value."""
        return question.values.have(self.expression.parameters) and all(each.holds(question) for each in self.only_if)

    def mask(self, question: Question) -> np.ndarray:
        """(rows,) bool, new: where the conditions are true."""
        if self.expression.conditions[0].field.dataset.is_events:
            return self.mask_of_events(question)
        found = None if self.fixed is None else self.fixed.mask(question.catalogue)
        for alone, clauses in self.open:
            masks = [each.mask(question) for each in clauses]
            way = reduce(conjunction, masks if alone is None else [alone.mask(question.catalogue), *masks])
            found = way if found is None else np.logical_or(found, way, out=found)
        assert found is not None
        return found

    def mask_of_events(self, question: Question) -> np.ndarray:
        """The rows that nothing was done with are all alike."""
        untouched = any(all(each.negated for each in way) for way in self.ways)
        found = np.full(len(question.catalogue), untouched)
        if len(question.history.rows):
            ways = (reduce(conjunction, [each.done(question) for each in way]) for way in self.ways)
            found[question.history.rows] = reduce(np.logical_or, ways)
        return found


@dataclass(frozen=True, eq=False)
class Compiled:
    filter: Filter
    parts: tuple[Part, ...]
    uses: tuple[Use, ...]

    @property
    def target(self) -> Target:
        return self.filter.target

    @property
    def columns(self) -> frozenset[str]:
        """What a catalogue must have for this filter, as the schema spells it."""
        ways = (way for part in self.parts for way in (part.only_if, *part.ways))
        return frozenset(name for way in ways for clause in way for name in clause.columns)

    def values(self, given: Mapping[str, str]) -> Values:
        """Read `filterValues`. Raises FilterError where an INCLUDE lacks a value, or a value is not what is needed."""
        return read_values(self.uses, given)

    def mask(self, question: Question) -> np.ndarray:
        """(rows,) bool, new: which may stay.

        What any INCLUDE keeps, or everything where there is none, without what any EXCLUDE removes.
        """
        kept = removed = None
        for part in self.parts:
            if part.applies(question):
                mask = part.mask(question)
                if part.expression.action is Action.INCLUDE:
                    kept = mask if kept is None else np.logical_or(kept, mask, out=kept)
                else:
                    removed = mask if removed is None else np.logical_or(removed, mask, out=removed)
        if removed is None:
            return np.ones(len(question.catalogue), bool) if kept is None else kept
        np.logical_not(removed, out=removed)
        return removed if kept is None else conjunction(kept, removed)


def compile_filter(filter_: Filter, schemas: Mapping[str, Schema]) -> Compiled:
    """`schemas`: those of the dataset group by dataset type. Raises FilterError where the filter does not fit them."""
    check(filter_, schemas)
    parts = tuple(Part.of(expression, schemas) for expression in filter_.expressions)
    return Compiled(filter_, parts, uses_of(filter_, schemas))


def any_of(ways: tuple[Way, ...], question: Question) -> np.ndarray:
    return reduce(np.logical_or, (reduce(conjunction, [each.mask(question) for each in way]) for way in ways))


def conjunction(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """In the place of the first."""
    return np.logical_and(one, other, out=one)
