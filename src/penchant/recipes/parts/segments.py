"""What a model of user segments answers: for one item, or for any of several, how likely each user is to take it."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model


class SegmentModel(Model):
    """Knows U users and I items."""

    @abstractmethod
    def affinities(self, asked: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        """Of each question, which is item codes (none twice, at least one), (U,) float32: the higher, the likelier the
        user is to take any of these items."""

    @abstractmethod
    def questions(self) -> list[np.ndarray]:
        """Every question that can be asked in its simplest form, as item codes: what it is measured with."""

    @abstractmethod
    def knowing(self, data: TrainingSet) -> Self:
        """The model with what it keeps of its users brought up to all events of `data`, without learning.

        `data` has the users and items of the training in the same codes.
        """

    def users_for(self, asked: Sequence[np.ndarray], n: int) -> Iterator[np.ndarray]:
        """Of each question, the codes of the `n` likeliest users (or all, if there are fewer), best first."""
        for affinity in self.affinities(asked):
            yield best_users(affinity, n)


def best_users(affinity: np.ndarray, n: int, allowed: np.ndarray | None = None) -> np.ndarray:
    """int64 codes of the `n` highest of (U,), best first, of those that are `allowed` (U,) bool. Of equals the lower
    code comes first."""
    if allowed is not None:
        users = np.flatnonzero(allowed)
        return users[best_users(affinity[users], n)]
    if n >= len(affinity):
        return np.argsort(-affinity, kind="stable")
    if n < 1:
        return np.empty(0, np.int64)
    least = np.partition(affinity, -n)[-n]
    users = np.flatnonzero(affinity >= least)
    return users[np.argsort(-affinity[users], kind="stable")[:n]]
