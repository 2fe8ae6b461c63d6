"""A recipe that costs nothing and whose best hyperparameters are known: 0.7, 6, and `turned`."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Model, Progress, Recipe, param


@dataclass(frozen=True)
class DialModel(Model):
    """Of circles, where item i is followed by i + 1: that one comes at place `error`, the one after it behind it, …"""

    items: int
    error: int

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        distance = (np.arange(self.items) - history[-1] - 1 + self.error) % self.items
        return -distance.astype(np.float32)


@dataclass(frozen=True)
class Dial(Recipe):
    name: ClassVar[str] = "dial"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = "A dial."
    model: ClassVar[type[Model]] = DialModel
    created: ClassVar[str] = "2026-01-01"
    feature_transformation: ClassVar[str] = "dial"
    scores_shown: ClassVar[bool] = False
    portfolio: ClassVar[tuple] = ({"place": 0.9, "count": 1}, {"place": 0.1, "turned": True})

    place: float = param(0.2, 0.0, 1.0, tunable=True)
    count: int = param(2, 1, 9, tunable=True)
    turned: bool = param(False, tunable=True)
    fixed: int = param(5, 1, 9)
    hidden: int = param(7, 1, 9, tunable=True, search_only=True)

    def loss(self) -> float:
        """0 at the best values, 1 at the worst."""
        return (abs(self.place - 0.7) + abs(self.count - 6) / 9 + 0.3 * (not self.turned)) / 1.6

    def fit(self, data: TrainingSet, progress: Progress) -> DialModel:
        progress(0.5, "Turning the dial")
        return DialModel(len(data.items), round(20 * self.loss()))


class Torn(Dial):
    """A process that trains it dies."""

    name: ClassVar[str] = "torn"

    def fit(self, data: TrainingSet, progress: Progress) -> DialModel:
        import os

        os._exit(3)


class Broken(Dial):
    name: ClassVar[str] = "broken"

    def fit(self, data: TrainingSet, progress: Progress) -> DialModel:
        raise InsufficientData("Create failed. It is broken.")
