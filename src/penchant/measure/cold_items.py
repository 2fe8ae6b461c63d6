"""The evaluation of Amazon's notebook on new items, of which nothing is known but their metadata.

aws-samples/amazon-personalize-samples, personalize_coldstart_demo.ipynb of 2019-10-11, on MovieLens-1M: half of the
items, drawn at random, lose all their events and stay in the Items dataset; the first 1,000 users are asked for 25 of
them, and the truth is all that these users ever did with them. aws-hrnn-coldstart had a precision at 5 of .1618, items
drawn blindly .0392.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet

TEST_USERS = 1_000


@dataclass(frozen=True)
class ColdItems:
    """What to train on, and Q queries about items without an event."""

    training: TrainingSet
    """The events of the other items, in the codes of the whole data set."""
    cold: np.ndarray
    """(I,) bool."""
    users: np.ndarray
    """(Q,) int64 codes of the test users."""
    histories: Sequence[np.ndarray]
    """Q arrays of codes of items that are not cold, oldest first."""
    truths: Sequence[np.ndarray]
    """Q arrays of codes of cold items, none empty."""


def cold_items(data: TrainingSet, order: np.ndarray, seed: int) -> ColdItems:
    """Draws half of the items that have events; `order` holds user codes, of which the first that qualify are tested.

    A test user has events with cold items and with others. Items that never had an event are not among the cold ones.
    """
    touched = np.unique(data.item)
    chance = np.random.default_rng(seed)
    cold = np.zeros(len(data.items), bool)
    cold[chance.permutation(touched)[: len(touched) // 2]] = True
    held = cold[data.item]
    count = np.bincount(data.user[held], minlength=len(data.users))
    tested = (count > 0) & (count < np.diff(data.offsets))
    users = order[tested[order]][:TEST_USERS].astype(np.int64)
    rows = [slice(data.offsets[user], data.offsets[user + 1]) for user in users]
    histories = [data.item[row][~held[row]] for row in rows]
    truths = [data.item[row][held[row]] for row in rows]
    return ColdItems(data.keep(~held), cold, users, histories, truths)
