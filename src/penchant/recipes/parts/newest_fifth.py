"""The newest fifth of what users did, kept apart to be foretold: Amazon's split for user segments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet


@dataclass(frozen=True)
class Fifths:
    rest: TrainingSet
    """Everything else, users and items in the same codes."""
    truths: Sequence[np.ndarray]
    """Of each of the users the distinct items in the newest fifth; perhaps none."""


def fifth_of(events: np.ndarray) -> np.ndarray:
    """A fifth of so many events, to the nearest whole number, so that who has two events keeps them."""
    return (events + 2) // 5


def newest_fifth(data: TrainingSet, users: np.ndarray) -> Fifths:
    """Takes it from `users` (Q,) codes."""
    stops = data.offsets[1:][users]
    sizes = fifth_of(np.diff(data.offsets)[users])
    kept, truths = np.ones(len(data.item), bool), []
    for stop, size in zip(stops.tolist(), sizes.tolist(), strict=True):
        kept[stop - size : stop] = False
        truths.append(np.unique(data.item[stop - size : stop]))
    return Fifths(data.keep(kept), truths)
