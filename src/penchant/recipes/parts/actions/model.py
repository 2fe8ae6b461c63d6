"""What is left of a fit: trees, their calibration, and what is known of each action."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, NoReturn

import numpy as np

from penchant.artifacts.vocabulary import Vocabulary
from penchant.recipes.base import Model
from penchant.recipes.parts.actions.features import features
from penchant.recipes.parts.actions.known import Known, logit
from penchant.recipes.parts.actions.past import Past
from penchant.recipes.parts.actions.trees import Trees


@dataclass(frozen=True)
class Calibration:
    """From sums over trees to probabilities, by straight lines between points."""

    sums: np.ndarray
    """(p,) float64, ascending."""
    shares: np.ndarray
    """(p,) float64 in (0, 1), ascending."""

    def __call__(self, sums: np.ndarray) -> np.ndarray:
        if not len(self.sums):
            return 1 / (1 + np.exp(-sums))
        return np.interp(sums, self.sums, self.shares)

    @staticmethod
    def none() -> "Calibration":
        """The logistic function itself."""
        return Calibration(np.empty(0), np.empty(0))


@dataclass(frozen=True)
class ActionModel(Model):
    """The propensity of people to take actions, within the period that it was fitted for."""

    actions: Vocabulary
    trees: Trees
    calibration: Calibration
    known: Known

    personal: ClassVar[bool] = True

    def scores(self, history: np.ndarray, user: int | None = None) -> NoReturn:
        raise TypeError("A model of actions scores no items; ask it for propensities.")

    def propensities(self, past: Past) -> np.ndarray:
        """(n, A) float64 in (0, 1): how likely each person takes each action that they are offered, or 0 for an action
        of which too little is known for Amazon to say."""
        return np.where(self.known.scored, self.likelihoods(past), 0.0)

    def likelihoods(self, past: Past) -> np.ndarray:
        """(n, A) float64: as `propensities`, of all actions."""
        count, actions = len(past), len(self.actions)
        if not len(self.trees):
            return np.repeat(self.known.rate[None], count, axis=0)
        found = np.empty((count, actions))
        every = np.arange(actions)
        for person in range(count):
            found[person] = self.calibration(self.trees(self.features_of(past, person, every)))
        return found

    def features_of(self, past: Past, person: int, actions: np.ndarray) -> np.ndarray:
        """(n, F) of one person as of now, which is the newest event that is known: of the person, or at training."""
        one = past if len(past) == 1 else past.only(person)
        now = max(self.known.at, *(int(events.time.max(initial=0)) for events in (one.items, one.actions)))
        return features(self.known, one, now, np.zeros(len(actions), np.int64), actions)

    @cached_property
    def unpersonal(self) -> np.ndarray:
        """(A,) float64 by which actions without a score are told apart: how often they are taken."""
        return logit(self.known.rate)

    def knowing(self, known: Known) -> "ActionModel":
        """The same trees, with what is known of actions at a later moment."""
        return replace(self, known=known)
