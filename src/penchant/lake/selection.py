"""Which events take part in a training, and how much each counts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

WEIGHT = "_weight"
"""Column that `EventSelection.apply` adds: float32."""


class SelectionError(ValueError):
    """The selection asks for what the dataset does not have. The message is for the customer."""


@dataclass(frozen=True)
class EventWeight:
    """One entry of a solution's eventsConfig."""

    event_type: str
    weight: float = 1.0
    value_threshold: float | None = None


@dataclass(frozen=True)
class EventSelection:
    """`event_type` and `value_threshold` choose events of equal weight; `weights` chooses the types it lists.

    Types are compared exactly, or `in_any_case`. A threshold is inclusive, and an event without a value does not reach
    any. Only the ratios of weights matter: they are divided by their mean.
    """

    event_type: str | None = None
    value_threshold: float | None = None
    weights: tuple[EventWeight, ...] = ()
    in_any_case: bool = False

    def __post_init__(self) -> None:
        if self.weights and (self.event_type is not None or self.value_threshold is not None):
            raise SelectionError("Give either event weights or one event type and threshold, not both.")
        types = [entry.event_type for entry in self.weights]
        if len(set(types)) < len(types):
            raise SelectionError(f"An event type may be weighted once only: {', '.join(sorted(types))}.")
        if self.weights and not sum(entry.weight for entry in self.weights) > 0:
            raise SelectionError("At least one event type needs a weight above 0.")

    def apply(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The selected rows with a column `WEIGHT`."""
        self._check(rows.collect_schema().names())
        if not self.weights:
            chosen = _of(self.event_type, self.value_threshold, self.in_any_case)
            return rows.filter(chosen).with_columns(pl.lit(1.0, pl.Float32).alias(WEIGHT))
        mean = sum(entry.weight for entry in self.weights) / len(self.weights)
        weight = pl.lit(None, pl.Float32)
        for entry in self.weights:
            share = pl.lit(entry.weight / mean, pl.Float32)
            weight = pl.when(_of(entry.event_type, entry.value_threshold)).then(share).otherwise(weight)
        return rows.with_columns(weight.alias(WEIGHT)).filter(pl.col(WEIGHT).is_not_null())

    def takes(self, event_type: str | None, value: float | None) -> bool:
        """Whether `apply` would keep an event of this EVENT_TYPE and EVENT_VALUE, None for null."""
        for each in self.weights:
            if event_type == each.event_type:
                return _reaches(value, each.value_threshold)
        if self.weights or not self._names(event_type):
            return False
        return _reaches(value, self.value_threshold)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads, of plain values."""
        return asdict(self)

    @staticmethod
    def from_json(given: Mapping[str, Any]) -> "EventSelection":
        """The selection back; what is missing has its default."""
        weights = tuple(EventWeight(**each) for each in given.get("weights", ()))
        return EventSelection(**{**given, "weights": weights})

    def _names(self, event_type: str | None) -> bool:
        wanted = self.event_type
        if wanted is None or event_type is None or not self.in_any_case:
            return wanted is None or event_type == wanted
        return event_type.lower() == wanted.lower()

    def _check(self, columns: list[str]) -> None:
        typed = self.event_type is not None or bool(self.weights)
        valued = self.value_threshold is not None or any(entry.value_threshold is not None for entry in self.weights)
        for wanted, column in ((typed, "EVENT_TYPE"), (valued, "EVENT_VALUE")):
            if wanted and column not in columns:
                raise SelectionError(f"The interactions have no column {column}, which this choice of events needs.")


def _of(event_type: str | None, threshold: float | None, in_any_case: bool = False) -> pl.Expr:
    chosen = pl.lit(True)
    if event_type is not None and in_any_case:
        chosen &= pl.col("EVENT_TYPE").str.to_lowercase() == event_type.lower()
    elif event_type is not None:
        chosen &= pl.col("EVENT_TYPE") == event_type
    if threshold is not None:
        chosen &= pl.col("EVENT_VALUE") >= threshold
    # A comparison with null is null; such an event is not chosen.
    return chosen.fill_null(False)


def _reaches(value: float | None, threshold: float | None) -> bool:
    if threshold is None:
        return True
    # Polars has NaN above every number, and equal to itself.
    return value is not None and (value >= threshold or value != value)


EVERYTHING = EventSelection()
