"""aws-user-personalization: the items a user will most likely want next, with exploration that a campaign sets."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.recipes.base import AUTOMATIC, param
from penchant.recipes.recurrent import Recurrent


@dataclass(frozen=True)
class UserPersonalization(Recurrent):
    name: ClassVar[str] = "aws-user-personalization"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = (
        "Model of each user's history, with exploration of new and rarely shown items as the campaign sets it."
    )
    feature_transformation: ClassVar[str] = "aws-user-personalization"
    explores: ClassVar[str] = "configured"
    updated: ClassVar[str] = AUTOMATIC


@dataclass(frozen=True)
class Hrnn(Recurrent):
    """The same without exploration and without metadata, and narrower."""

    name: ClassVar[str] = "aws-hrnn"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = "Retired. Model of each user's history."
    feature_transformation: ClassVar[str] = "JSON-percentile-filtering"
    listed: ClassVar[bool] = False
    reads: ClassVar[tuple[str, ...]] = ()

    hidden_dimension: int = param(43, 32, 256, tunable=True, help="Width of the model's layers.")


@dataclass(frozen=True)
class HrnnMetadata(Hrnn):
    """With metadata."""

    name: ClassVar[str] = "aws-hrnn-metadata"
    description: ClassVar[str] = "Retired. Model of each user's history, with metadata of items, users and context."
    feature_transformation: ClassVar[str] = "featurize_metadata"
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS", "USERS")
