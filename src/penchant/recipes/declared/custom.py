"""Amazon's other recipes for solutions: what each is called, needs and lets a customer set."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.recipes.base import param
from penchant.recipes.declared.declared import Declared
from penchant.recipes.features import ActionPeriod


@dataclass(frozen=True)
class SemanticSimilarity(Declared):
    name: ClassVar[str] = "aws-semantic-similarity"
    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    description: ClassVar[str] = (
        "Items whose names and descriptions mean most nearly the same, blended with popularity and freshness if wanted."
    )
    created: ClassVar[str] = "2025-11-30"
    feature_transformation: ClassVar[str] = "aws-semantic-similarity"
    scores_shown: ClassVar[bool] = False
    required_datasets: ClassVar[tuple[str, ...]] = ("ITEMS",)


@dataclass(frozen=True)
class SimilarItems(Declared):
    name: ClassVar[str] = "aws-similar-items"
    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    description: ClassVar[str] = (
        "Items that are alike, learnt from who interacted with both and from the metadata of the items."
    )
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "aws-similar-items"
    scores_shown: ClassVar[bool] = False

    popularity_discount_factor: float = param(0.0, 0.0, 1.0, help="Towards 1, popular items are less favoured.")
    item_id_hidden_dim: int = param(
        100, 30, 200, tunable=True, search_only=True, help="Width of what is learnt of an item's id."
    )
    item_metadata_hidden_dim: int = param(
        100, 30, 200, tunable=True, search_only=True, help="Width of what is learnt of an item's metadata."
    )


@dataclass(frozen=True)
class NextBestAction(Declared):
    name: ClassVar[str] = "aws-next-best-action"
    recipe_type: ClassVar[str] = "PERSONALIZED_ACTIONS"
    description: ClassVar[str] = (
        "How likely a user is to take each action within the next days, adjusted by what the action is worth."
    )
    created: ClassVar[str] = "2023-08-11"
    feature_transformation: ClassVar[str] = "aws-next-best-action"
    feature_parameters: ClassVar[type] = ActionPeriod
    scores_shown: ClassVar[bool] = True
    real_time: ClassVar[bool] = True
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ACTIONS")


@dataclass(frozen=True)
class ItemAffinity(Declared):
    name: ClassVar[str] = "aws-item-affinity"
    recipe_type: ClassVar[str] = "USER_SEGMENTATION"
    description: ClassVar[str] = "For each item asked about, the users most likely to interact with it."
    created: ClassVar[str] = "2021-07-15"
    feature_transformation: ClassVar[str] = "item-affinity"
    scores_shown: ClassVar[bool] = False

    hidden_dimension: int = param(149, 32, 256, help="Width of the model's layers.")


@dataclass(frozen=True)
class ItemAttributeAffinity(Declared):
    name: ClassVar[str] = "aws-item-attribute-affinity"
    recipe_type: ClassVar[str] = "USER_SEGMENTATION"
    description: ClassVar[str] = (
        "For each expression over attributes of items, the users most likely to interact with items that fulfil it."
    )
    created: ClassVar[str] = "2021-08-25"
    feature_transformation: ClassVar[str] = "item-attribute-affinity"
    scores_shown: ClassVar[bool] = False
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS")

    hidden_dimension: int = param(149, 32, 256, help="Width of the model's layers.")


CUSTOM: list[type[Declared]] = [
    SemanticSimilarity,
    SimilarItems,
    NextBestAction,
    ItemAffinity,
    ItemAttributeAffinity,
]
