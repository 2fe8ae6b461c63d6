"""aws-trending-now: the items whose interactions grow fastest, one list for everyone, as the data stood at training."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, NoParameters, Progress, Recipe, require_sufficient
from penchant.recipes.features import Trends
from penchant.recipes.parts.popular import popular_ranking
from penchant.recipes.popularity_count import PopularityModel

SECONDS = {"30 minutes": 1_800, "1 hour": 3_600, "2 hours": 7_200, "3 hours": 10_800, "1 day": 86_400}
LEAST_EVENTS = 5
"""Of an item in the newest interval, below which its growth is chance."""


def trending_ranking(data: TrainingSet, interval: int) -> np.ndarray:
    """(I,) float32, minus the place of each item: first those that grow, then all others by popularity.

    Growth is from the last interval but one, of so many seconds, to the last, which ends with the newest event:
    (c1 - c0) / sqrt(c1 + c0 + 1), the difference over its own standard deviation if both were Poisson. The difference
    alone, which is all that Amazon tells of its measure, favours what has many events anyway. Ties by popularity.
    """
    ranking = popular_ranking(data)
    age = (data.timestamp.max() - data.timestamp) // interval
    newest, before = (np.bincount(data.item[age == back], minlength=len(data.items)) for back in (0, 1))
    growth = (newest - before) / np.sqrt(newest + before + 1)
    growth[(newest < LEAST_EVENTS) | (growth < 0)] = 0
    order = np.lexsort((-ranking, -growth))
    ranking[order] = -np.arange(len(order), dtype=np.float32)
    return ranking


@dataclass(frozen=True)
class TrendingNow(Recipe):
    name: ClassVar[str] = "aws-trending-now"
    recipe_type: ClassVar[str] = "POPULAR_ITEMS"
    description: ClassVar[str] = (
        "Items whose number of interactions grew fastest over the last intervals; the same list for everyone."
    )
    model: ClassVar[type[Model]] = PopularityModel
    created: ClassVar[str] = "2022-10-01"
    algorithm: ClassVar[str] = "aws-trending-now-custom"
    feature_transformation: ClassVar[str] = "aws-trending-now"
    feature_parameters: ClassVar[type] = Trends
    scores_shown: ClassVar[bool] = False

    def fit(self, data: TrainingSet, progress: Progress) -> PopularityModel:
        require_sufficient(data)
        progress(0.0, "Counting the newest interactions")
        ranking = trending_ranking(data, SECONDS[self.frequency()])
        progress(1.0, "Counted the newest interactions")
        return PopularityModel(ranking)

    def frequency(self) -> str:
        chosen: str = self.features.trend_discovery_frequency
        return chosen


@dataclass(frozen=True)
class TrendingVideos(TrendingNow):
    """A use case has nothing to set."""

    name: ClassVar[str] = "aws-vod-trending-now"
    description: ClassVar[str] = "Trending now: videos whose popularity grows fastest from two hours to the next."
    created: ClassVar[str] = "2019-06-10"
    algorithm: ClassVar[str] = ""
    feature_transformation: ClassVar[str] = "aws-vod-trending-now"
    feature_parameters: ClassVar[type] = NoParameters
    domain: ClassVar[str | None] = "VIDEO_ON_DEMAND"

    def frequency(self) -> str:
        return "2 hours"
