"""How much popularity and counted successors count beside the vectors, chosen on the held-out events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from penchant.recipes.parts.outranked import outranked

CUTOFF = 25
NEIGHBOURS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
POPULARITY = (0.0, 0.125, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
"""Theory has 1: the vectors tell how much more often than by chance two items go together. Where there is little to
learn from, what they tell is rough, and popularity counts for more."""
DEFAULT = (1.0, 0.5)


@dataclass(frozen=True)
class Case:
    """B questions: an item, and what the same person took next."""

    asked: np.ndarray
    """(B,) item codes."""
    alike: np.ndarray
    """(B, I) float32 of the vectors."""
    neighbours: np.ndarray
    """(B, I) float32 of the counted successors."""
    truths: list[np.ndarray]
    """B arrays of distinct items, none empty."""


def choose(cases: Callable[[], Iterator[Case]], popularity: np.ndarray) -> tuple[float, float, float]:
    """The weights of neighbours and of `popularity` (I,), the logarithm, with the best mean NDCG@25, and that NDCG.

    Another than DEFAULT only where the gain is more than one standard error of the paired differences.
    """
    tried = [DEFAULT, *((near, popular) for near in NEIGHBOURS for popular in POPULARITY)]
    gains = np.concatenate([_gains(case, tried, popularity) for case in cases()], axis=1)
    best = int(gains.mean(axis=1).argmax())
    difference = gains[best] - gains[0]
    if difference.mean() <= difference.std() / np.sqrt(len(difference)):
        best = 0
    return (*tried[best], float(gains[best].mean()))


def _gains(case: Case, tried: list[tuple[float, float]], popularity: np.ndarray) -> np.ndarray:
    """(W, B) NDCG@25 under each pair of weights; the asked item itself takes no place."""
    rows = np.arange(len(case.truths))
    sizes = np.array([len(truth) for truth in case.truths])
    real = np.arange(sizes.max()) < sizes[:, None]
    for row, (truth, asked) in enumerate(zip(case.truths, case.asked, strict=True)):
        real[row, : len(truth)] = truth != asked
    discounts = 1 / np.log2(np.arange(2, CUTOFF + 2))
    ideal = np.cumsum(discounts)[np.minimum(sizes, CUTOFF) - 1]
    gains = np.zeros((len(tried), len(rows)))
    together, added = case.alike, 0.0
    for place, (near, popular) in enumerate(tried):
        if near != added:
            together, added = case.alike + np.float32(near) * case.neighbours, near
        scores = together + (popular * popularity).astype(np.float32)
        scores[rows, case.asked] = -np.inf
        above = outranked(scores, case.truths)
        reached = np.where(real & (above < CUTOFF), discounts[np.minimum(above, CUTOFF - 1)], 0)
        gains[place] = reached.sum(axis=1)
    return gains / ideal
