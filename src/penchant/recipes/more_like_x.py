"""aws-vod-more-like-x: videos that are like one that the user looks at, without what the user has watched."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe
from penchant.recipes.parts.two_tower.model import SimilarModel
from penchant.recipes.similar_items import SimilarItems


@dataclass(frozen=True)
class MoreLikeX(Recipe):
    """aws-similar-items with its defaults. What the user has watched is left out when a request is answered."""

    name: ClassVar[str] = "aws-vod-more-like-x"
    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    description: ClassVar[str] = "More like X: videos that are like an item, without what the user has watched."
    model: ClassVar[type[Model]] = SimilarModel
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "aws-vod-more-like-x"
    scores_shown: ClassVar[bool] = False
    domain: ClassVar[str | None] = "VIDEO_ON_DEMAND"
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS")
    reads: ClassVar[tuple[str, ...]] = ("ITEMS",)
    leaves_out: ClassVar[str | None] = "Watch"

    def fit(self, data: TrainingSet, progress: Progress) -> SimilarModel:
        return SimilarItems().fit(data, progress)
