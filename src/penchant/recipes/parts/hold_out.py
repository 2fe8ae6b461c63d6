"""The few newest events that a fit keeps from training, to choose by them how its terms are weighed.

Of each user in the sample the newest tenth, as in Amazon's metrics. The one newest event would be too easy where events
come in baskets: what is left of the basket gives it away, and a weight that is right within a basket is wrong between.

Nothing is trained twice: the sample is so small a part of the events that the model is as good without it as targets,
and the finished model still reads them as history.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet

SHARE_OF_EVENTS = 0.03
SHARE_OF_USERS = 0.25
"""Leaves something to learn from where few users have more than one event."""
EVENTS_AT_MOST = 10
"""Of one user."""
USERS_AT_MOST = 2_000
USERS_AT_LEAST = 200
SCORES_AT_MOST = 60_000_000
"""Users times items, which bounds the time that choosing takes; it never goes below USERS_AT_LEAST for this."""


@dataclass(frozen=True)
class HoldOut:
    training: TrainingSet
    """Everything but the held-out events, users and items in the same codes."""
    users: np.ndarray
    """(V,) int64 users in the sample."""
    truths: Sequence[np.ndarray]
    """V arrays of the distinct items in the held-out events of each."""


def hold_out(data: TrainingSet, seed: int) -> HoldOut:
    """Takes the newest events of a random sample of users with three events or more (two, if there are no others)."""
    lengths = np.diff(data.offsets)
    able = np.flatnonzero(lengths >= min(3, lengths.max(initial=0)))
    sizes = np.clip(lengths // 10, 1, EVENTS_AT_MOST)
    drawn = np.random.default_rng(seed).permutation(able)
    affordable = np.cumsum(sizes[drawn]) <= max(sizes[drawn[0]], SHARE_OF_EVENTS * len(data.item))
    by_scores = max(USERS_AT_LEAST, SCORES_AT_MOST // max(1, len(data.items)))
    size = min(affordable.sum(), USERS_AT_MOST, by_scores, max(1, int(SHARE_OF_USERS * len(able))))
    users = np.sort(drawn[:size])
    kept = np.ones(len(data.item), bool)
    truths = []
    for stop, size in zip(data.offsets[1:][users].tolist(), sizes[users].tolist(), strict=True):
        kept[stop - size : stop] = False
        truths.append(np.unique(data.item[stop - size : stop]).astype(np.int64))
    return HoldOut(data.keep(kept), users, truths)
