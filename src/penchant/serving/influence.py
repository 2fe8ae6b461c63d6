"""A ranking of related items that popularity and freshness have a say in.

Amazon gives no formula. Among the most similar items similarity is stretched from 0 to 1, so that it and what
influences it are of one size, and each influence is added times its weight: without any, the order is that of
similarity alone.
"""

from collections.abc import Sequence

import numpy as np

from .allowed import Allowed
from .scored import Scored

POOL = 500
"""The most similar items, which an influence puts in another order; no other item comes among them."""

Influence = tuple[float, np.ndarray]
"""(weight, 0 to 1; (I,) float32, 0 to 1)."""


class Influenced:
    def __init__(self, scored: Scored, influences: Sequence[Influence]):
        self.scored, self.influences = scored, influences

    def best(self, n: int, allowed: Allowed | None = None) -> np.ndarray:
        pool = self.scored.best(max(n, POOL), allowed)
        if not len(pool):
            return pool
        similarity = self.scored.of(pool).astype(np.float64)
        spread = similarity.max() - similarity.min()
        blended = (similarity - similarity.min()) / (spread if spread > 0 else 1.0)
        for weight, values in self.influences:
            blended += weight * values[pool]
        return pool[np.argsort(-blended, kind="stable")][:n]

    def of(self, codes: np.ndarray) -> np.ndarray:
        return self.scored.of(codes)

    def shares(self, codes: np.ndarray) -> np.ndarray:
        return self.scored.shares(codes)
