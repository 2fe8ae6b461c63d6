"""How much each term of a v2 score counts, chosen on the held-out events.

Terms are added to the transformer's logits in log space: log p + a log(z / max z + 0.01). Mixing probabilities instead
gives less, and hurts where the transformer is sure of itself.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from penchant.recipes.parts.outranked import outranked

FLOOR = 0.01
"""Keeps an item that no neighbour points to from being excluded: it loses log(100) at most."""
CUTOFF = 25
GRID: dict[str, Sequence[float]] = {
    "neighbours": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0),
    "own": (-8.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0),
    "habit": (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0),
    "fresh": (0.0, -1.0, 1.0, -2.0, 2.0, -3.0, -4.0, 4.0, -6.0, -8.0),
    "recency": (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0),
}
"""Of values that are equally good the first is taken."""
ORDER = ("own", "fresh", "neighbours", "habit", "own", "fresh", "recency")
FADING = 0.85
"""What the freshness of an item is multiplied by for each event after it: 14 events later a tenth is left. What
online-retail's held-out events liked best of .8 to .98, and of powers of the age."""


@dataclass(frozen=True)
class Weights:
    """The defaults stand where the held-out events cannot tell better."""

    neighbours: float = 1.0
    """Of log(z / max z + FLOOR), z being what flows from the history to each item."""
    own: float = 0.0
    """Added to items already in the history: far below 0 where nobody takes a thing twice, above 0 for habits."""
    habit: float = 0.0
    """Of the logarithm of how often an item is in the history."""
    fresh: float = 0.0
    """Of how freshly an item of the history was taken, 1 for the newest event: below 0 where nobody takes a thing twice
    in one visit, though perhaps in the next; above 0 where people come back to what they just had."""
    recency: float = 0.0
    """Of the logarithm of recent popularity."""


@dataclass(frozen=True)
class Case:
    """Some held-out events, with the terms of their scores."""

    logits: np.ndarray
    """(B, I) float32 of the transformer."""
    neighbours: np.ndarray
    """(B, I) float32, log(z / max z + FLOOR)."""
    histories: Sequence[np.ndarray]
    truths: Sequence[np.ndarray]
    """B arrays of distinct items to be foretold, none empty."""
    worths: Sequence[np.ndarray]
    """What each of them is worth to whoever asks, 0 to 1 or on any other scale."""


def log_flow(flow: np.ndarray) -> np.ndarray:
    """log(z / max z + FLOOR) of z (I,), float32."""
    scaled = (flow * (1 / max(flow.max(), 1e-12))).astype(np.float32)
    scaled += np.float32(FLOOR)
    return np.log(scaled, out=scaled)


def lift(flow: np.ndarray) -> np.ndarray:
    """log_flow(flow) - log(FLOOR), float32: what an item gains over one that nothing flows to, which gains 0.

    `flow` are the weights that are not 0; the others do not change the largest.
    """
    scaled = (flow * (1 / max(flow.max(initial=0.0), 1e-12) / FLOOR)).astype(np.float32)
    scaled += np.float32(1)
    return np.log(scaled, out=scaled)


def own_bonus(history: np.ndarray, own: float, habit: float, fresh: float) -> tuple[np.ndarray, np.ndarray]:
    """What the items of a history gain: their codes, ascending, and `own` + `habit` * log(times in the history) +
    `fresh` * FADING^(events since), float32.

    A code that occurs twice has the same bonus both times, and NumPy's `scores[codes] += bonus` adds it once.
    """
    order = np.argsort(history, kind="stable")
    codes = history[order]
    bonus = np.full(len(codes), own, np.float32)
    if habit or fresh:
        stop = codes.searchsorted(codes, side="right")
    if habit:
        bonus += np.float32(habit) * np.log((stop - codes.searchsorted(codes)).astype(np.float32))
    if fresh:
        since = len(history) - 1 - order[stop - 1]  # equals are in the order of the history: the last is the newest
        bonus += np.float32(fresh) * np.power(np.float32(FADING), since.astype(np.float32))
    return codes, bonus


def choose(cases: Callable[[], Iterable[Case]], recent: np.ndarray | None) -> tuple[Weights, float]:
    """Coordinate by coordinate, the weights with the best mean NDCG@25 of the held-out items, and that NDCG.

    `recent` is the (I,) log of recent popularity, None for no such term.
    """
    weights, reached = Weights(), 0.0
    for name in ORDER:
        if name != "recency" or recent is not None:
            weights, reached = better(cases, weights, name, recent)
    return weights, reached


def better(
    cases: Callable[[], Iterable[Case]], weights: Weights, name: str, recent: np.ndarray | None
) -> tuple[Weights, float]:
    """The weights with the best value of one of them, and their NDCG.

    It leaves the value it has only if it `surely` gains.
    """
    tried = [weights, *(dataclasses.replace(weights, **{name: value}) for value in GRID[name])]
    gained = np.concatenate([gains(case, tried, recent) for case in cases()], axis=1)
    best = int(np.argmax(gained.mean(axis=1)))
    if not surely(gained[best] - gained[0]):
        best = 0
    return tried[best], float(gained[best].mean())


def surely(differences: np.ndarray) -> bool:
    """Whether the mean of paired differences is more than one standard error, so that a small sample does not choose by
    chance."""
    return bool(differences.mean() > differences.std() / np.sqrt(len(differences)))


def gains(case: Case, tried: Sequence[Weights], recent: np.ndarray | None) -> np.ndarray:
    """(W, B) NDCG@25 of the held-out items under each of the weights; the ideal has all of them in front, those that
    are worth most first."""
    sizes = np.array([len(truth) for truth in case.truths])
    worths = np.stack([np.pad(worth, (0, sizes.max() - len(worth))) for worth in case.worths])
    discounts = 1 / np.log2(np.arange(2, CUTOFF + 2))
    most = -np.sort(-worths, axis=1)[:, :CUTOFF]
    ideal = most @ discounts[: most.shape[1]]
    gained = np.zeros((len(tried), len(sizes)))
    for place, weights in enumerate(tried):
        scores = case.logits + np.float32(weights.neighbours) * case.neighbours
        if weights.own or weights.habit or weights.fresh:
            for row, history in enumerate(case.histories):
                codes, bonus = own_bonus(history, weights.own, weights.habit, weights.fresh)
                scores[row, codes] += bonus
        if recent is not None and weights.recency:
            scores += (weights.recency * recent).astype(np.float32)
        above = outranked(scores, case.truths)
        reached = np.where(above < CUTOFF, discounts[np.minimum(above, CUTOFF - 1)], 0)
        gained[place] = (worths * reached).sum(axis=1)
    return np.divide(gained, ideal, out=np.zeros_like(gained), where=ideal > 0)
