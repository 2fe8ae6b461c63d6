"""A filter as masks over a catalogue: which of its rows may stay.

What depends on the catalogue alone is computed once for each; a request pays for its own part. A filter serves many
threads: where two compute the same at once, both are right, and one of their answers is kept.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, reduce
from weakref import WeakKeyDictionary

import numpy as np

from ..lake.schema import Schema
from .catalogue import Catalogue
from .check import check
from .clauses import Clause, Question
from .parse import parse
from .places import taken_bits
from .repeated import Kept, Repeated
from .tree import Action, Expression, Filter, Target
from .values import Use, Values, read_values, uses_of

MOST_KEPT = 1024
"""Filters that are kept compiled; those that were asked for least lately go first."""
MOST_VALUES = 1024
"""Values of one filter that are kept as they were read."""

Way = tuple[Clause, ...]
"""Conditions that are true together."""


@dataclass(frozen=True, eq=False)
class Fixed:
    """Rows where all clauses of any way are true, kept for each catalogue in an eighth of a byte a row."""

    ways: tuple[Way, ...]
    kept: WeakKeyDictionary[Catalogue, np.ndarray] = field(default_factory=WeakKeyDictionary)

    def mask(self, catalogue: Catalogue, rows: np.ndarray | None = None) -> np.ndarray:
        """bool, new: (n,) of the rows that are named, or (rows,) of all."""
        bits = self.kept.get(catalogue)
        if rows is not None:
            return any_of(self.ways, Question(catalogue), rows) if bits is None else taken_bits(bits, rows)
        if bits is None:
            bits = self.kept[catalogue] = np.packbits(any_of(self.ways, Question(catalogue)))
        return np.unpackbits(bits, count=len(catalogue)).view(bool)


@dataclass(frozen=True, eq=False)
class Part:
    """One of the chained expressions."""

    expression: Expression
    only_if: tuple[Way, ...]
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
        only_if = tuple(tuple(Clause.of(each, schemas) for each in all_of) for all_of in expression.only_if)
        return cls(expression, only_if, ways, Fixed(fixed) if fixed else None, tuple(open_))

    @cached_property
    def parameters(self) -> frozenset[str]:
        return frozenset(self.expression.parameters)

    def applies(self, question: Question) -> bool:
        """An expression does nothing where its IF is false, or where an EXCLUDE lacks a value."""
        if not question.values.have(self.parameters):
            return False
        return not self.only_if or any(all(each.holds(question) for each in way) for way in self.only_if)

    def mask(self, question: Question, rows: np.ndarray | None = None) -> np.ndarray:
        """bool, new: where the conditions are true; (n,) of the rows that are named, or (rows,) of all."""
        found = None if self.fixed is None else self.fixed.mask(question.catalogue, rows)
        for alone, clauses in self.open:
            masks = [each.mask(question, rows) for each in clauses]
            way = reduce(conjunction, masks if alone is None else [alone.mask(question.catalogue, rows), *masks])
            found = way if found is None else np.logical_or(found, way, out=found)
        assert found is not None
        return found


@dataclass(frozen=True, eq=False)
class Compiled:
    filter: Filter
    parts: tuple[Part, ...]
    uses: tuple[Use, ...]
    repeated: Repeated = field(default_factory=Repeated)

    @property
    def target(self) -> Target:
        return self.filter.target

    @property
    def columns(self) -> frozenset[str]:
        """What a catalogue must have for this filter, as the schema spells it."""
        ways = (way for part in self.parts for way in (*part.only_if, *part.ways))
        return frozenset(name for way in ways for clause in way for name in clause.columns)

    @cached_property
    def asks_events(self) -> bool:
        """Whether a question needs the history of the user."""
        return any(clause.of_events for part in self.parts for way in part.ways for clause in way)

    @cached_property
    def asks_user(self) -> bool:
        """Whether a question needs the record of the user."""
        return any(part.only_if for part in self.parts)

    @cached_property
    def asks_item(self) -> bool:
        """Whether a question needs the item that the request names."""
        ways = (way for part in self.parts for way in (*part.only_if, *part.ways))
        return any(clause.other is not None for way in ways for clause in way)

    def values(self, given: Mapping[str, str]) -> Values:
        """Read `filterValues` that are within their limits (see `require_limits`). Raises FilterError where an INCLUDE
        lacks a value, or a value is not what is needed."""
        return self._read(tuple([given.get(name) for name in self.parameters]))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names, each once, in the order of the text."""
        return tuple(dict.fromkeys(use.parameter for use in self.uses))

    @cached_property
    def _read(self) -> Callable[[tuple[str | None, ...]], Values]:
        def read(texts: tuple[str | None, ...]) -> Values:
            given = zip(self.parameters, texts, strict=True)
            return read_values(self.uses, {name: text for name, text in given if text is not None})

        return lru_cache(MOST_VALUES)(read)

    def mask(self, question: Question) -> np.ndarray:
        """(rows,) bool, new: which may stay.

        What any INCLUDE keeps, or everything where there is none, without what any EXCLUDE removes.
        """
        return self.staying(question, None)

    def among(self, question: Question, rows: np.ndarray) -> np.ndarray:
        """(n,) bool, new: `mask(question)[rows]`, at a cost that does not grow with the catalogue.

        `rows` are (n,) int64, in any order.
        """
        return self.staying(question, rows)

    def share(self, question: Question, sample: np.ndarray) -> float:
        """About which share of the rows may stay, by some of them, (n,) int64, from all over the catalogue."""
        kept = self._kept(question)
        return float(self.computed(question, sample).mean()) if kept is None else kept.share

    @cached_property
    def asks_rows_only(self) -> bool:
        """Whether the catalogue and the values of a request alone say what stays."""
        return not (self.asks_events or self.asks_user or self.asks_item)

    def staying(self, question: Question, rows: np.ndarray | None) -> np.ndarray:
        kept = self._kept(question)
        if kept is None:
            return self.computed(question, rows)
        if rows is None:
            return np.unpackbits(kept.bits, count=len(question.catalogue)).view(bool)
        return taken_bits(kept.bits, rows)

    def _kept(self, question: Question) -> Kept | None:
        if not self.asks_rows_only:
            return None
        return self.repeated.kept(question.catalogue, question.values.key, lambda: self.computed(question, None))

    def computed(self, question: Question, rows: np.ndarray | None) -> np.ndarray:
        kept = removed = None
        for part in self.parts:
            if part.applies(question):
                mask = part.mask(question, rows)
                if part.expression.action is Action.INCLUDE:
                    kept = mask if kept is None else np.logical_or(kept, mask, out=kept)
                else:
                    removed = mask if removed is None else np.logical_or(removed, mask, out=removed)
        if removed is None:
            return np.ones(question.size(rows), bool) if kept is None else kept
        np.logical_not(removed, out=removed)
        return removed if kept is None else conjunction(kept, removed)


def compile_filter(filter_: Filter, schemas: Mapping[str, Schema], extended: bool = False) -> Compiled:
    """`schemas`: those of the dataset group by dataset type. Raises FilterError where the filter does not fit them."""
    check(filter_, schemas, extended)
    parts = tuple(Part.of(expression, schemas) for expression in filter_.expressions)
    return Compiled(filter_, parts, uses_of(filter_, schemas))


def compile_text(text: str, schemas: Mapping[str, Schema], extended: bool = False) -> Compiled:
    """The same Compiled for the same text and equal schemas, so that what it keeps for a catalogue is kept once.

    Raises FilterError where the text is no filter, or does not fit the schemas.
    """
    return compiled_once(text, frozenset(schemas.items()), extended)


@lru_cache(MOST_KEPT)
def compiled_once(text: str, schemas: frozenset[tuple[str, Schema]], extended: bool) -> Compiled:
    return compile_filter(parse(text, extended), dict(schemas), extended)


def any_of(ways: tuple[Way, ...], question: Question, rows: np.ndarray | None = None) -> np.ndarray:
    return reduce(np.logical_or, (reduce(conjunction, [each.mask(question, rows) for each in way]) for way in ways))


def conjunction(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """In the place of the first."""
    return np.logical_and(one, other, out=one)
