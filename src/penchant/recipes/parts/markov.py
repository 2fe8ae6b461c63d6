"""Decayed co-occurrence: which items follow soon after which, discounted by how common both are.

A Markov chain of order 1 that forgives a few events in between; one second of counting, and close to neural models on
its own. Where the catalogue is too large for `slit.py`, there is nothing else.
"""

import numpy as np

from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.strongest import strongest_sparse
from penchant.recipes.parts.transitions import Transitions

WINDOW = 5
ROW_DISCOUNT = 0.5
COLUMN_DISCOUNT = 0.3
DECAY = 0.8
SIZE = 256


def fit_markov(transitions: Transitions, window: int = WINDOW, decay: float = DECAY) -> Neighbours:
    """Weight of j after i: the sum over pairs up to `window` apart of 1/distance, over row^.5 and column^.3 totals."""
    counts = transitions.sparse(range(1, window + 1), lambda lag, _: 1 / lag)
    earlier = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1e-9)
    later = np.maximum(np.asarray(counts.sum(axis=0)).ravel(), 1)
    counts.data *= np.repeat(earlier**-ROW_DISCOUNT, np.diff(counts.indptr))
    counts.data *= (later**-COLUMN_DISCOUNT)[counts.indices]
    return strongest_sparse(counts, SIZE, decay)
