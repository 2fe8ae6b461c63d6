"""The use cases that know the user: recommended for you, top picks for you."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import AUTOMATIC, Model, Progress, Recipe
from penchant.recipes.parts.sequence_model import SequenceModel


@dataclass(frozen=True)
class PersonalUseCase(Recipe):
    """The model of aws-user-personalization-v2, on events of all types."""

    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    model: ClassVar[type[Model]] = SequenceModel
    created: ClassVar[str] = "2019-06-10"
    scores_shown: ClassVar[bool] = False
    real_time: ClassVar[bool] = True
    explores: ClassVar[str] = "configured"
    updated: ClassVar[str] = AUTOMATIC
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS", "USERS")

    def fit(self, data: TrainingSet, progress: Progress) -> SequenceModel:
        from penchant.recipes.parts.sequence_fit import fit_sequence_model

        return fit_sequence_model(data, progress, recency=True)


@dataclass(frozen=True)
class RecommendedForYou(PersonalUseCase):
    name: ClassVar[str] = "aws-ecomm-recommended-for-you"
    description: ClassVar[str] = "Recommended for you: items for a user, without what the user has bought."
    feature_transformation: ClassVar[str] = "aws-ecomm-recommended-for-you"
    domain: ClassVar[str | None] = "ECOMMERCE"
    leaves_out: ClassVar[str | None] = "Purchase"


@dataclass(frozen=True)
class TopPicks(PersonalUseCase):
    name: ClassVar[str] = "aws-vod-top-picks"
    description: ClassVar[str] = "Top picks for you: videos for a user, without what the user has watched."
    feature_transformation: ClassVar[str] = "aws-vod-top-picks"
    domain: ClassVar[str | None] = "VIDEO_ON_DEMAND"
    leaves_out: ClassVar[str | None] = "Watch"
