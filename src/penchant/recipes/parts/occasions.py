"""The occasion of a request: when it is, how long after the newest event, and in which context, as one vector.

Occasions are features that are 0 or 1 (numbers lie between two marks), in groups of which any may be unknown. What
training never saw has no weight, so that a request ten years after the training is one at an unknown time.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np

from penchant.lake.attributes import SEPARATOR
from penchant.recipes.base import Moment
from penchant.recipes.parts.metadata.keys import keys, places
from penchant.recipes.parts.recency import DAY

HOUR, HOURS, WEEK = 3_600, 24, 7
ENDS = tuple(days * DAY for days in (1 / 48, 1 / 4, 1, 3, 7, 14, 28, 91))
"""Seconds without an event after which a silence is a longer one. The first is half an hour, which is one visit: a
request comes right after an event and the next event somewhat later, and the two must not look different."""
SILENCES = len(ENDS) + 1
CLOCK = HOURS + WEEK
SILENCE, OF_DAY, CONTEXT, TYPE = "silence", "clock", "context", "type"
GROUPS = (SILENCE, OF_DAY, CONTEXT, TYPE)
CONTEXTS_KEPT = 4_096
"""Values of context whose features are kept: requests repeat few, and looking one up costs 10 to 25 microseconds."""

Time = TypeVar("Time", int, np.ndarray)
"""Seconds since the epoch, one or many."""


def silence_of(seconds: np.ndarray) -> np.ndarray:
    """int64 codes of times since the event before."""
    return np.searchsorted(ENDS, seconds, side="right").astype(np.int64)


def hour_of(time: Time) -> Time:
    """Code of the hour of the day (UTC)."""
    return SILENCES + time // HOUR % HOURS


def day_of(time: Time) -> Time:
    """Code of the day of the week."""
    return SILENCES + HOURS + time // DAY % WEEK


@dataclass(frozen=True)
class Occasions:
    """What a served model knows of occasions; d numbers in a vector."""

    values: np.ndarray
    """(V,) uint64 keys of values of the context, ascending (see `metadata/values.py`)."""
    scaled: np.ndarray
    """(K,) uint64 keys of its numbers, ascending (see `metadata/scales.py`)."""
    marks: np.ndarray
    """(K, M) float64 of their scales."""
    weights: np.ndarray
    """(F, d) float32, without those of types; 0 for what training never saw, or gained nothing from."""
    silent: bool
    """Whether the time since the newest event counts."""
    clocked: bool
    """Whether the hour and the weekday count."""
    contextual: bool
    """Whether the context counts."""

    @property
    def wants(self) -> frozenset[str]:
        named = {"time": self.silent or self.clocked, "newest": self.silent, "context": self.contextual}
        return frozenset(name for name, wanted in named.items() if wanted)

    def vector(self, moment: Moment, newest: int | None) -> np.ndarray | None:
        """(d,) float32, what a request adds to the vector of a person whose newest event was at `newest`; None for
        nothing."""
        codes: list[int] = []
        if moment.time is not None:
            if self.silent and newest is not None:
                codes.append(bisect_right(ENDS, moment.time - newest))
            if self.clocked:
                codes += [hour_of(moment.time), day_of(moment.time)]
        shares = [1.0] * len(codes)
        if self.contextual:
            for name, value in moment.context.items():
                for code, share in self._context(name, value):
                    codes.append(SILENCES + CLOCK + code)
                    shares.append(share)
        if not codes:
            return None
        return np.array(shares, np.float32) @ self.weights[codes]

    @cached_property
    def _context(self) -> Callable[[str, str], list[tuple[int, float]]]:
        return lru_cache(CONTEXTS_KEPT)(self._looked_up)

    def _looked_up(self, name: str, value: str) -> list[tuple[int, float]]:
        """Features, counted from the first of the context, and what they weigh: as `Values` and `Scales` have them."""
        scale = int(places(self.scaled, keys(name))[0])
        if scale >= 0:
            marks = np.unique(self.marks[scale])
            try:
                at = float(np.interp(float(value), marks, np.arange(len(marks))))
            except ValueError:
                return []
            if at != at:
                return []
            lower = min(int(at), len(marks) - 2)
            first = len(self.values) + scale * self.marks.shape[1] + lower
            return [(first, lower + 1 - at), (first + 1, at - lower)]
        words = [word for word in value.split(SEPARATOR) if word]
        found = places(self.values, keys(name, words))
        return [(int(place), len(words) ** -0.5) for place in found if place >= 0]
