"""aws-semantic-similarity: items whose names and descriptions mean most nearly the same."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import INCREMENTAL, InsufficientData, Model, Progress, Recipe
from penchant.recipes.parts.popular import popular_ranking
from penchant.recipes.parts.semantic.model import SemanticModel
from penchant.recipes.parts.semantic.normalised import by_age, by_interactions

TIES = 1e-5
"""Times popularity: less than any difference between two cosines that means something."""


@dataclass(frozen=True)
class SemanticSimilarity(Recipe):
    """It needs items alone. Interactions, where there are any, tell which items are popular."""

    name: ClassVar[str] = "aws-semantic-similarity"
    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    description: ClassVar[str] = (
        "Items whose names and descriptions mean most nearly the same, blended with popularity and freshness if wanted."
    )
    model: ClassVar[type[Model]] = SemanticModel
    created: ClassVar[str] = "2025-11-30"
    feature_transformation: ClassVar[str] = "aws-semantic-similarity"
    scores_shown: ClassVar[bool] = False
    updated: ClassVar[str] = INCREMENTAL
    required_datasets: ClassVar[tuple[str, ...]] = ("ITEMS",)
    reads: ClassVar[tuple[str, ...]] = ("ITEMS",)

    def fit(self, data: TrainingSet, progress: Progress) -> SemanticModel:
        """Raises InsufficientData where no item has a text, and EncoderUnavailable."""
        from penchant.recipes.parts.metadata.encoding import joined
        from penchant.recipes.parts.semantic.vectors import text_vectors
        from penchant.recipes.parts.text.encoder import chosen

        progress(0.0, "Reading the texts of the items")
        texts = joined(data.item_columns, len(data.items))
        if not any(texts):
            raise InsufficientData("Create failed. No item has a name or a textual description to compare.")
        vectors = text_vectors(texts, chosen(), lambda done: progress(0.95 * done, "Encoding the texts of the items"))
        popularity = by_interactions(data)
        model = SemanticModel(
            item_vectors=vectors,
            item_bias=(TIES * popularity).astype(np.float32),
            popularity=popularity,
            freshness=by_age(data),
            start=popular_ranking(data) if len(data.item) else np.full(len(data.items), -np.inf, np.float32),
        )
        progress(1.0, "Encoded the texts of the items")
        return model
