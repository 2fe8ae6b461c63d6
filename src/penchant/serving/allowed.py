"""What of a catalogue may be answered: by a filter, without a list of items, or by all of several at once.

Both ways to ask are lazy, because most answers need to know of a few hundred of the best items only.
"""

from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Protocol

import msgspec
import numpy as np

from ..filters import Compiled, Question, Words


class Allowed(Protocol):
    def mask(self) -> np.ndarray:
        """(rows,) bool of a catalogue, the items of the model first; not to be changed."""

    def among(self, codes: np.ndarray) -> np.ndarray:
        """(n,) bool for these rows only, at a cost that does not grow with the catalogue."""

    def share(self, sample: np.ndarray) -> float:
        """About which share of a catalogue may be answered, by some of its rows from all over it."""


class Filtered(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What a filter lets stay."""

    compiled: Compiled
    question: Question

    def mask(self) -> np.ndarray:
        return self._mask

    def among(self, codes: np.ndarray) -> np.ndarray:
        return self.compiled.among(self.question, codes)

    def share(self, sample: np.ndarray) -> float:
        return self.compiled.share(self.question, sample)

    @cached_property
    def _mask(self) -> np.ndarray:
        return self.compiled.mask(self.question)


class Without(msgspec.Struct, frozen=True, eq=False, dict=True):
    """All rows but some."""

    left_out: np.ndarray
    """(n,) int64 rows, ascending."""
    rows: int
    """Of the catalogue."""

    def mask(self) -> np.ndarray:
        return self._mask

    def among(self, codes: np.ndarray) -> np.ndarray:
        if not len(self.left_out):
            return np.ones(len(codes), bool)
        places = np.minimum(self.left_out.searchsorted(codes), len(self.left_out) - 1)
        return self.left_out[places] != codes

    def share(self, sample: np.ndarray) -> float:
        return 1 - len(self.left_out) / self.rows

    @cached_property
    def _mask(self) -> np.ndarray:
        mask = np.ones(self.rows, bool)
        mask[self.left_out] = False
        return mask


class WithoutIds(msgspec.Struct, frozen=True, eq=False, dict=True):
    """All rows but those of some ids: found by their prints among the few rows that are asked about, because to find
    the row of each id costs several times as much."""

    prints: np.ndarray
    """(n,) int64 of the ids (see `filters.prints`). Some may be of no row."""
    ids: Words
    """Of the catalogue."""

    def mask(self) -> np.ndarray:
        return self._mask

    def among(self, codes: np.ndarray) -> np.ndarray:
        return self.ids.free_of(codes, self.prints)

    def share(self, sample: np.ndarray) -> float:
        return max(0.0, 1 - len(self.prints) / max(1, len(self.ids)))

    @cached_property
    def _mask(self) -> np.ndarray:
        return self.among(np.arange(len(self.ids)))


class WithoutListed(msgspec.Struct, frozen=True, eq=False, dict=True):
    """The same of ids as a request lists them: in UTF-8, with commas between them."""

    listed: bytes
    ids: Words

    def mask(self) -> np.ndarray:
        return self._mask

    def among(self, codes: np.ndarray) -> np.ndarray:
        return self.ids.free_of_listed(codes, self.listed)

    def share(self, sample: np.ndarray) -> float:
        return max(0.0, 1 - (1 + self.listed.count(b",")) / max(1, len(self.ids)))

    @cached_property
    def _mask(self) -> np.ndarray:
        return self.among(np.arange(len(self.ids)))


class All(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What every part allows."""

    parts: Sequence[Allowed]

    def mask(self) -> np.ndarray:
        return self._mask

    def among(self, codes: np.ndarray) -> np.ndarray:
        found = self.parts[0].among(codes)
        for part in self.parts[1:]:
            found = found & part.among(codes)
        return found

    def share(self, sample: np.ndarray) -> float:
        """As if no part knew of the others."""
        return prod(part.share(sample) for part in self.parts)

    @cached_property
    def _mask(self) -> np.ndarray:
        return np.logical_and.reduce([part.mask() for part in self.parts])


def together(parts: Sequence[Allowed]) -> Allowed | None:
    """None, which allows everything, of no parts."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else All(parts)
