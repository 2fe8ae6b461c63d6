"""aws-personalized-ranking-v2: a caller's list of items in the order a user will most likely want them."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe, param
from penchant.recipes.parts.sequence_model import SequenceModel


@dataclass(frozen=True)
class PersonalizedRankingV2(Recipe):
    """The same model as aws-user-personalization-v2; serving restricts it to the items of the request."""

    name: ClassVar[str] = "aws-personalized-ranking-v2"
    recipe_type: ClassVar[str] = "PERSONALIZED_RANKING"
    description: ClassVar[str] = "Transformer sequence model that re-ranks a list of items, given by you, for a user."
    model: ClassVar[type[Model]] = SequenceModel
    created: ClassVar[str] = "2024-01-01"
    feature_transformation: ClassVar[str] = "aws-personalized-ranking-v2"
    scores_shown: ClassVar[bool] = True
    real_time: ClassVar[bool] = True
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS", "USERS")
    learns: ClassVar[bool] = True

    apply_recency_bias: bool = param(True, help="Whether items that are popular these days are ranked higher.")

    def fit(self, data: TrainingSet, progress: Progress) -> SequenceModel:
        from penchant.recipes.parts.sequence_fit import fit_sequence_model

        return fit_sequence_model(data, progress, recency=self.apply_recency_bias)
