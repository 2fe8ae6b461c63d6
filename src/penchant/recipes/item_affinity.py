"""aws-item-affinity: of each item, the users most likely to interact with it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe, param
from penchant.recipes.parts.affinity import AffinityModel


@dataclass(frozen=True)
class ItemAffinity(Recipe):
    """Asked by batch segment jobs only, about items known at training."""

    name: ClassVar[str] = "aws-item-affinity"
    recipe_type: ClassVar[str] = "USER_SEGMENTATION"
    description: ClassVar[str] = "For each item asked about, the users most likely to interact with it."
    model: ClassVar[type[Model]] = AffinityModel
    created: ClassVar[str] = "2021-07-15"
    feature_transformation: ClassVar[str] = "item-affinity"
    scores_shown: ClassVar[bool] = False
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS", "USERS")

    hidden_dimension: int = param(149, 32, 256, help="Width of the model's layers.")

    def fit(self, data: TrainingSet, progress: Progress) -> AffinityModel:
        from penchant.recipes.parts.affinity_fit import fit_affinity

        return fit_affinity(data, progress, self.hidden_dimension, list(np.arange(len(data.items))[:, None]))
