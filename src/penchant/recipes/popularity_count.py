"""aws-popularity-count: the items that the most distinct users interacted with, the same list for everyone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe, require_sufficient
from penchant.recipes.parts.popular import popular_ranking


@dataclass(frozen=True)
class PopularityModel(Model):
    """One list for everyone."""

    personal: ClassVar[bool] = False

    ranking: np.ndarray
    """(I,) float32, minus the place of each item in the list: exact up to 16 million items, and without ties."""

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        return np.array(self.ranking)

    def scores_many(self, histories: Sequence[np.ndarray], users: np.ndarray | None = None) -> np.ndarray:
        return np.tile(self.ranking, (len(histories), 1))

    def lists(self, histories: Sequence[np.ndarray], count: int) -> np.ndarray:
        return np.tile(np.argsort(-self.ranking, kind="stable")[:count], (len(histories), 1))


@dataclass(frozen=True)
class PopularityCount(Recipe):
    """Distinct users; ties by interactions, then by the newest interaction, then by item id."""

    name: ClassVar[str] = "aws-popularity-count"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = (
        "Items with interactions from the most distinct users; the same list for everyone. A baseline to compare with."
    )
    model: ClassVar[type[Model]] = PopularityModel
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "sims"
    scores_shown: ClassVar[bool] = False
    by_events: ClassVar[bool] = False
    """Count interactions, and distinct users only where those are equal."""

    def fit(self, data: TrainingSet, progress: Progress) -> PopularityModel:
        require_sufficient(data)
        progress(0.0, "Counting the users of each item")
        ranking = popular_ranking(data, self.by_events)
        progress(1.0, "Counted the users of each item")
        return PopularityModel(ranking)
