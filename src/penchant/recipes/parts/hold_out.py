"""The few newest events that a fit keeps from training, to choose by them how its terms are weighed.

Nothing is trained twice: the sample is so small a part of the events that the model is as good without it as targets,
and the finished model still reads them as history.
"""

from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet

SHARE_OF_EVENTS = 0.03
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
    targets: np.ndarray
    """(V,) int64 item of the newest event of each."""


def hold_out(data: TrainingSet, seed: int) -> HoldOut:
    """Takes the newest event of a random sample of users with three events or more (two, if there are no others)."""
    lengths = np.diff(data.offsets)
    able = np.flatnonzero(lengths >= min(3, lengths.max(initial=0)))
    by_scores = max(USERS_AT_LEAST, SCORES_AT_MOST // max(1, len(data.items)))
    size = min(len(able), USERS_AT_MOST, by_scores, max(1, int(SHARE_OF_EVENTS * len(data.item))))
    users = np.sort(np.random.default_rng(seed).choice(able, size, replace=False))
    rows = data.offsets[1:][users] - 1
    kept = np.ones(len(data.item), bool)
    kept[rows] = False
    return HoldOut(data.keep(kept), users, data.item[rows].astype(np.int64))
