"""aws-similar-items: items that are alike, by who took both and by what is said of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe, param
from penchant.recipes.parts.two_tower.model import SimilarModel


@dataclass(frozen=True)
class SimilarItems(Recipe):
    """Asked about an item it does not know, it answers with the popular items; an item of few events is known by its
    metadata alone."""

    name: ClassVar[str] = "aws-similar-items"
    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    description: ClassVar[str] = (
        "Items that are alike, learnt from who interacted with both and from the metadata of the items."
    )
    model: ClassVar[type[Model]] = SimilarModel
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "aws-similar-items"
    scores_shown: ClassVar[bool] = False
    reads: ClassVar[tuple[str, ...]] = ("ITEMS",)
    learns: ClassVar[bool] = True

    portfolio: ClassVar[tuple[Mapping[str, bool | int | float | str], ...]] = (
        {"item_id_hidden_dim": 50, "item_metadata_hidden_dim": 50},
        {"item_id_hidden_dim": 200, "item_metadata_hidden_dim": 100},
        {"item_id_hidden_dim": 150, "item_metadata_hidden_dim": 30},
        {"item_id_hidden_dim": 30, "item_metadata_hidden_dim": 200},
    )

    effort: float = field(default=1.0, kw_only=True)
    """Share of the steps that a whole training has."""

    popularity_discount_factor: float = param(0.0, 0.0, 1.0, help="Towards 1, popular items are less favoured.")
    item_id_hidden_dim: int = param(
        100, 30, 200, tunable=True, search_only=True, help="Width of what is learnt of an item's id."
    )
    item_metadata_hidden_dim: int = param(
        100, 30, 200, tunable=True, search_only=True, help="Width of what is learnt of an item's metadata."
    )

    def briefly(self, data: TrainingSet, share: float) -> tuple[Recipe, TrainingSet] | None:
        """Fewer steps: of fewer users, the right widths would be others."""
        return replace(self, effort=share), data

    def fit(self, data: TrainingSet, progress: Progress) -> SimilarModel:
        from penchant.recipes.parts.two_tower.fit import fit_similar

        return fit_similar(
            data,
            progress,
            discount=self.popularity_discount_factor,
            id_size=self.item_id_hidden_dim,
            metadata_size=self.item_metadata_hidden_dim,
            effort=self.effort,
        )
