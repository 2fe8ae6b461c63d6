"""The few newest events that a fit keeps from training, to choose by them how its terms are weighed.

Of each user in the sample the newest tenth, as in Amazon's metrics. The one newest event would be too easy where events
come in baskets: what is left of the basket gives it away, and a weight that is right within a basket is wrong between.
So each may be asked about twice: before all of these events, as somebody who comes back, and half way through them, as
somebody who is there.

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
    """(V,) int64 users in the sample, each as often as it is asked about."""
    histories: Sequence[np.ndarray]
    """V arrays of item codes, oldest first: what comes before the events that are to be foretold."""
    truths: Sequence[np.ndarray]
    """V arrays of the distinct items in those events."""
    worths: Sequence[np.ndarray]
    """What each of them is worth: the largest weight of its events, in float32."""
    first: np.ndarray
    """(V,) int64 rows, in the whole data, of the oldest of those events: the occasion of being asked."""
    following: np.ndarray
    """(V,) int64 item of that event."""

    def before(self, data: TrainingSet) -> TrainingSet:
        """The histories, cut out of the whole data: one user for each query, in their order."""
        lengths = np.array([len(history) for history in self.histories], np.int64)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        rows = np.arange(offsets[-1]) + np.repeat(self.first - offsets[1:], lengths)
        return TrainingSet(
            [data.users[user] for user in self.users.tolist()],
            data.items,
            offsets,
            data.item[rows],
            data.timestamp[rows],
            data.weight[rows],
        )


def hold_out(data: TrainingSet, seed: int, amid: bool = False) -> HoldOut:
    """Takes the newest events of a random sample of users with three events or more (two, if there are no others).

    With `amid` a user is asked about a second time, with half of these events for history.
    """
    lengths = np.diff(data.offsets)
    able = np.flatnonzero(lengths >= min(3, lengths.max(initial=0)))
    sizes = np.clip(lengths // 10, 1, EVENTS_AT_MOST)
    drawn = np.random.default_rng(seed).permutation(able)
    affordable = np.cumsum(sizes[drawn]) <= max(sizes[drawn[0]], SHARE_OF_EVENTS * len(data.item))
    by_scores = max(USERS_AT_LEAST, SCORES_AT_MOST // max(1, len(data.items)))
    size = min(affordable.sum(), USERS_AT_MOST, by_scores, max(1, int(SHARE_OF_USERS * len(able))))
    users = np.sort(drawn[:size])
    kept = np.ones(len(data.item), bool)
    asked, firsts, histories, truths, worths = [], [], [], [], []
    for user, stop, size in zip(users.tolist(), data.offsets[1:][users].tolist(), sizes[users].tolist(), strict=True):
        kept[stop - size : stop] = False
        for first in [stop - size, *([stop - (size + 1) // 2] if amid and size > 1 else [])]:
            items, place = np.unique(data.item[first:stop], return_inverse=True)
            worth = np.zeros(len(items), np.float32)
            np.maximum.at(worth, place, data.weight[first:stop])
            asked.append(user)
            firsts.append(first)
            histories.append(data.item[data.offsets[user] : first])
            truths.append(items.astype(np.int64))
            worths.append(worth)
    first = np.array(firsts, np.int64)
    following = data.item[first].astype(np.int64)
    return HoldOut(data.keep(kept), np.array(asked, np.int64), histories, truths, worths, first, following)
