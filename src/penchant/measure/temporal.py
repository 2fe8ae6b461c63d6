"""A global temporal split: one moment divides all events, and nothing after it is known to the model.

"Time to Split" (Gusak et al., RecSys 2025) compares such splits with leave-one-out, which leaks the future and changes
the order of models. Here the moment is a quantile of the timestamps, and each of a user's first events after it is a
target of its own, asked for with all of that user's events before it ("successive" targets).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.measure.split import draw

NEWEST_SHARE = 0.1
PER_USER = 10


@dataclass(frozen=True)
class Temporal:
    """What to train on, and Q queries with one target each."""

    training: TrainingSet
    """All events up to `cut`, in the codes of the whole data set; users who come later have empty histories."""
    cut: int
    """Seconds since the epoch; the newest event of the training is no later."""
    users: np.ndarray
    """(Q,) int64 codes, ascending; a user has a query for each target."""
    histories: Sequence[np.ndarray]
    """Q arrays of item codes, oldest first, never empty: what happened since the cut is in them too."""
    targets: np.ndarray
    """(Q,) int64 item codes."""
    times: np.ndarray
    """(Q,) int64 seconds since the epoch: when each target was taken."""
    newest: np.ndarray
    """(Q,) int64: when the newest item of the history was."""
    successive: np.ndarray
    """(Q,) bool: among a user's first targets."""
    last: np.ndarray
    """(Q,) bool: a user's last event."""

    @property
    def warm(self) -> np.ndarray:
        """(Q,) bool: the target occurs in the training."""
        return (np.bincount(self.training.item, minlength=len(self.training.items)) > 0)[self.targets]


def temporal_split(
    data: TrainingSet, share: float = NEWEST_SHARE, per_user: int = PER_USER, most_users: int | None = None
) -> Temporal:
    """Cuts off the newest `share` of the events: those after the quantile 1 - `share` of all timestamps.

    Of each user the first `per_user` events after the cut are targets, and the last one, where there is any event
    before them. More than `most_users` test users are reduced to as many, drawn by a stable hash of their ids.
    ValueError where no event after the cut has one before it.
    """
    cut = int(np.quantile(data.timestamp, 1 - share, method="lower"))
    later = data.timestamp > cut
    lengths = np.diff(data.offsets)
    place = np.arange(len(data.item)) - np.repeat(data.offsets[:-1], lengths)
    first = data.offsets[:-1] + np.add.reduceat(np.append(~later, False), data.offsets[:-1]) * (lengths > 0)
    since = np.arange(len(data.item)) - np.maximum(np.repeat(first, lengths), np.repeat(data.offsets[:-1], lengths) + 1)
    successive = later & (place > 0) & (since < per_user)
    last = later & (place > 0) & (place == np.repeat(lengths, lengths) - 1)
    asked = successive | last
    if not asked.any():
        raise ValueError("Nobody has an event after the cut and another before it, so there is nothing to measure.")
    user = data.user
    if most_users is not None:
        drawn = np.zeros(len(data.users), bool)
        drawn[draw(data, np.unique(user[asked]), most_users, "temporal")] = True
        asked &= drawn[user]
    rows = np.flatnonzero(asked)
    users = user[rows].astype(np.int64)
    histories = [data.item[data.offsets[owner] : row] for owner, row in zip(users, rows, strict=True)]
    targets = data.item[rows].astype(np.int64)
    times, newest = data.timestamp[rows], data.timestamp[rows - 1]
    return Temporal(data.keep(~later), cut, users, histories, targets, times, newest, successive[rows], last[rows])
