"""Answers of a filter that are asked for again and again: the rows that stay with the same values in one catalogue.

Programs give a filter few different values (a genre, a shop, an age), so what was computed for one request serves the
next. A mask of all rows costs as much as asking about a few hundred of them hundreds of times; it is made once the same
values have come often enough.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np

from .catalogue import Catalogue

MOST = 64
"""Values of one filter that are remembered for each catalogue; a million rows take 8 MB then."""
ROWS_AN_ASK = 50_000
"""Rows of a catalogue for each time that values must have come before a mask of all rows is made for them."""


@dataclass(frozen=True, eq=False)
class Kept:
    bits: np.ndarray
    """Packed, the first of a byte being the highest."""
    share: float
    """Of the rows, those that stay."""


@dataclass(eq=False)
class Asked:
    times: int = 0
    kept: Kept | None = None
    """None until it is worth its cost."""


@dataclass(frozen=True, eq=False)
class Repeated:
    """Of one filter. Several threads may ask at once."""

    known: WeakKeyDictionary[Catalogue, OrderedDict[Hashable, Asked]] = field(default_factory=WeakKeyDictionary)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def kept(self, catalogue: Catalogue, values: Hashable, mask: Callable[[], np.ndarray]) -> Kept | None:
        """What `mask` gives (rows,); None where it is not worth to be asked yet."""
        with self.lock:
            asked = self._asked(catalogue, values)
            asked.times += 1
            if asked.kept is None and asked.times <= 1 + len(catalogue) // ROWS_AN_ASK:
                return None
        if asked.kept is None:
            staying = mask()
            asked.kept = Kept(np.packbits(staying), float(staying.mean()) if len(staying) else 0.0)
        return asked.kept

    def _asked(self, catalogue: Catalogue, values: Hashable) -> Asked:
        known = self.known.get(catalogue)
        if known is None:
            known = self.known[catalogue] = OrderedDict()
        asked = known.get(values)
        if asked is None:
            asked = known[values] = Asked()
            if len(known) > MOST:
                known.popitem(last=False)
        else:
            known.move_to_end(values)
        return asked
