"""The occasions of the events of a data set as features, for training (imports SciPy). See `occasions.py`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from penchant.lake.attributes import Categories, Columns
from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.metadata.scales import MARKS, Scales
from penchant.recipes.parts.metadata.values import Values
from penchant.recipes.parts.occasions import (
    CLOCK,
    CONTEXT,
    GROUPS,
    OF_DAY,
    SILENCE,
    SILENCES,
    Occasions,
    day_of,
    hour_of,
    silence_of,
)
from penchant.recipes.parts.recency import HALF_LIFE
from penchant.recipes.parts.stretches import stacked

EVENTS_AT_ONCE = 1_000_000
"""Of ten million events, what is needed meanwhile was a gigabyte."""
ROLES = frozenset(["EVENT_TYPE", "EVENT_VALUE"])
"""Columns of events that are no context."""


@dataclass(frozen=True)
class OccasionFeatures:
    """How the occasions of a data set are read."""

    values: Values
    scales: Scales
    types: Sequence[str]
    """Types of events, where some weigh more than others."""
    timed: bool
    """Whether timestamps are times, rather than counters or one constant."""

    @staticmethod
    def fit(data: TrainingSet) -> "OccasionFeatures":
        columns = context_of(data)
        kinds = data.event_columns.get("EVENT_TYPE")
        # Where all types count alike, there is none to aim at.
        weighted = len(data.weight) > 0 and np.ptp(data.weight) > 0
        several = weighted and isinstance(kinds, Categories) and len(np.unique(kinds.codes)) > 1
        types = list(kinds.words) if several and isinstance(kinds, Categories) else []
        timed = len(data.timestamp) > 0 and bool(np.ptp(data.timestamp) >= HALF_LIFE)
        return OccasionFeatures(Values.fit(columns), Scales.fit(columns), types, timed)

    @property
    def groups(self) -> tuple[str, ...]:
        """Those of which the data says anything."""
        context = len(self.values.known) or len(self.scales.columns)
        there = (self.timed, self.timed, context, self.types)
        return tuple(group for group, some in zip(GROUPS, there, strict=True) if some)

    @property
    def group(self) -> np.ndarray:
        """(F,) int64 place in GROUPS of each feature."""
        sizes = [SILENCES, CLOCK, len(self.values.known) + MARKS * len(self.scales.columns), len(self.types)]
        return np.repeat(np.arange(len(GROUPS)), sizes)

    def of(self, data: TrainingSet, rows: np.ndarray) -> sparse.csr_matrix:
        """(N, F) float32 of some events (rows of `data`, which holds the events before them too)."""
        first = np.zeros(len(data.item), bool)
        first[data.offsets[:-1][np.diff(data.offsets) > 0]] = True
        starts = range(0, max(1, len(rows)), EVENTS_AT_ONCE)
        parts = [self._of(data, rows[start : start + EVENTS_AT_ONCE], first) for start in starts]
        return parts[0] if len(parts) == 1 else stacked(parts, parts[0].shape[1])

    def _of(self, data: TrainingSet, rows: np.ndarray, first: np.ndarray) -> sparse.csr_matrix:
        """`first` (E,) says which events are the first of their user."""
        count = len(rows)
        context = {name: column.take(rows) for name, column in context_of(data).items()}
        parts = [
            sparse.csr_matrix((count, SILENCES + CLOCK), dtype=np.float32),
            self.values.features(context, count),
            self.scales.features(context, count),
            sparse.csr_matrix((count, len(self.types)), dtype=np.float32),
        ]
        if self.timed:
            times = data.timestamp[rows]
            codes = np.stack([hour_of(times), day_of(times), np.full(count, -1)], axis=1)
            later = ~first[rows]
            codes[later, 2] = silence_of(times[later] - data.timestamp[rows[later] - 1])
            parts[0] = _ones(codes, SILENCES + CLOCK)
        kinds = data.event_columns.get("EVENT_TYPE")
        if self.types and isinstance(kinds, Categories):
            parts[3] = _ones(kinds.take(rows).first()[:, None].astype(np.int64), len(self.types))
        return sparse.hstack(parts, format="csr")

    def served(self, weights: np.ndarray, kept: Collection[str]) -> Occasions:
        """`weights` (F, d) are those of all features, of which only those of the groups that are `kept` count."""
        counts = np.isin(np.array(GROUPS), list(kept))[self.group]
        some = np.where(counts[:, None], weights, 0).astype(np.float32)
        untyped = some[: len(some) - len(self.types)]
        counted = SILENCE in kept, OF_DAY in kept, CONTEXT in kept
        return Occasions(self.values.known, self.scales.columns, self.scales.marks, untyped, *counted)


def _ones(codes: np.ndarray, width: int) -> sparse.csr_matrix:
    """(N, width) float32: 1 at the codes (N, k) of each row; a negative code is nowhere."""
    known = codes >= 0
    offsets = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
    return sparse.csr_matrix((np.ones(offsets[-1], np.float32), codes[known], offsets), (len(codes), width))


def context_of(data: TrainingSet) -> Columns:
    return {name: column for name, column in data.event_columns.items() if name not in ROLES}
