"""How much each term of a v2 score counts, chosen on the held-out events.

Terms are added to the transformer's logits in log space: log p + a log(z / max z + 0.01). Mixing probabilities instead
gives less, and hurts where the transformer is sure of itself.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

FLOOR = 0.01
"""Keeps an item that no neighbour points to from being excluded: it loses log(100) at most."""
CUTOFF = 25
GRID: dict[str, Sequence[float]] = {
    "neighbours": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0),
    "own": (-8.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0),
    "recency": (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0),
}


@dataclass(frozen=True)
class Weights:
    """The defaults stand where the held-out events cannot tell better."""

    neighbours: float = 1.0
    """Of log(z / max z + FLOOR), z being what flows from the history to each item."""
    own: float = 0.0
    """Added to items already in the history: far below 0 where nobody takes a thing twice, above 0 for habits."""
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
    targets: np.ndarray
    """(B,) int64."""


def log_flow(flow: np.ndarray) -> np.ndarray:
    """log(z / max z + FLOOR) of z (I,), float32."""
    scaled = (flow * (1 / max(flow.max(), 1e-12))).astype(np.float32)
    scaled += np.float32(FLOOR)
    return np.log(scaled, out=scaled)


def choose(cases: Callable[[], Iterable[Case]], recent: np.ndarray | None) -> Weights:
    """Coordinate by coordinate, the weights with the best mean NDCG@25 of the held-out items.

    A weight leaves its default only if the gain is more than one standard error of the paired differences, so that a
    small sample does not choose by chance. `recent` is the (I,) log of recent popularity, None for no such term.
    """
    weights = Weights()
    for name in ("own", "neighbours", "recency", "own"):
        if name == "recency" and recent is None:
            continue
        tried = [weights, *(dataclasses.replace(weights, **{name: value}) for value in GRID[name])]
        gains = np.concatenate([_gains(case, tried, recent) for case in cases()], axis=1)
        best = int(np.argmax(gains.mean(axis=1)))
        difference = gains[best] - gains[0]
        if difference.mean() > difference.std() / np.sqrt(len(difference)):
            weights = tried[best]
    return weights


def _gains(case: Case, tried: Sequence[Weights], recent: np.ndarray | None) -> np.ndarray:
    """(W, B) NDCG@25 of each held-out item under each of the weights; one relevant item, so the ideal is 1."""
    rows = np.arange(len(case.targets))
    own = np.zeros(case.logits.shape, np.float32)
    for row, history in enumerate(case.histories):
        own[row, history] = 1
    gains = np.zeros((len(tried), len(rows)))
    for place, weights in enumerate(tried):
        scores = case.logits + np.float32(weights.neighbours) * case.neighbours
        if weights.own:
            scores += np.float32(weights.own) * own
        if recent is not None and weights.recency:
            scores += (weights.recency * recent).astype(np.float32)
        above = (scores > scores[rows, case.targets][:, None]).sum(axis=1)
        gains[place] = np.where(above < CUTOFF, 1 / np.log2(above + 2), 0)
    return gains
