"""Amazon's split of a data set for offline metrics: a tenth of the users, of each the newest tenth as the truth."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet

TEST_SHARE_PERCENT = 10


@dataclass(frozen=True)
class Split:
    """What to train on, and Q queries with their truth."""

    training: TrainingSet
    """All events but the truth, in the codes of the whole data set."""
    users: np.ndarray
    """(Q,) int64 codes of the test users."""
    histories: Sequence[np.ndarray]
    """Q arrays of item codes, oldest first: what the model is asked with."""
    truths: Sequence[np.ndarray]
    """Q arrays of item codes that followed."""


def split_users(data: TrainingSet, seed: str) -> Split:
    """Holds out the newest 10 % (one event at least) of 10 % of the users who have two events or more.

    Users are drawn by a stable hash of `seed` and their id, the smallest hashes first, so that a small data set has
    test users too and a repeated run has the same. ValueError if nobody has two events.

    Amazon trains on the other users only (Developer Guide, "Evaluating a solution version with metrics"). Here the
    test users' input part is trained on as well: the truth stays unseen, so the metrics are as real, and the one model
    that is fitted, measured and deployed lacks about 1 % of the events, where Amazon's lacks 10 %.
    """
    eligible = np.flatnonzero(np.diff(data.offsets) >= 2)
    if len(eligible) == 0:
        raise ValueError("Nobody has two interactions, so there is nothing to measure with.")
    size = -(-len(eligible) * TEST_SHARE_PERCENT // 100)
    return split_newest(data, draw(data, eligible, size, seed))


def draw(data: TrainingSet, users: np.ndarray, size: int, seed: str) -> np.ndarray:
    """(min(size, Q),) int64, ascending: those of `users` (Q,) whose hashes of `seed` and id are the smallest."""
    drawn = sorted(users.tolist(), key=lambda user: (_hash(seed, data.users[user]), user))[:size]
    return np.sort(np.array(drawn, np.int64))


def held_out_sizes(lengths: np.ndarray) -> np.ndarray:
    """A tenth of so many events, rounded up."""
    # In whole numbers: 0.1 * 30 is more than 3 in floating point, and rounded up it would be 4.
    sizes: np.ndarray = -(-lengths * TEST_SHARE_PERCENT // 100)
    return sizes


def split_newest(data: TrainingSet, users: np.ndarray) -> Split:
    """Holds out the newest tenth, rounded up, of each of `users` (Q,), who have two events or more."""
    stops = data.offsets[1:][users]
    sizes = held_out_sizes(stops - data.offsets[users])
    kept = np.ones(len(data.item), bool)
    for stop, size in zip(stops.tolist(), sizes.tolist(), strict=True):
        kept[stop - size : stop] = False
    histories = [
        data.item[data.offsets[user] : stop - size] for user, stop, size in zip(users, stops, sizes, strict=True)
    ]
    truths = [data.item[stop - size : stop] for stop, size in zip(stops, sizes, strict=True)]
    return Split(data.keep(kept), users, histories, truths)


def _hash(seed: str, user: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{user}".encode(), digest_size=8).digest()
