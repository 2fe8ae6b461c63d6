"""The three recipes of the first year that Amazon no longer lists: taken where a solution still names them."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.recipes.base import param
from penchant.recipes.declared.custom import Recurrent
from penchant.recipes.declared.declared import Declared
from penchant.recipes.declared.features import ColdStart, HistoryLengths


@dataclass(frozen=True)
class Hrnn(Recurrent):
    name: ClassVar[str] = "aws-hrnn"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = "Retired. Recurrent model of each user's history."
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "JSON-percentile-filtering"
    feature_parameters: ClassVar[type] = HistoryLengths
    scores_shown: ClassVar[bool] = True
    listed: ClassVar[bool] = False

    hidden_dimension: int = param(43, 32, 256, tunable=True, help="Width of the model's layers.")


@dataclass(frozen=True)
class HrnnMetadata(Hrnn):
    name: ClassVar[str] = "aws-hrnn-metadata"
    description: ClassVar[str] = "Retired. Recurrent model with features of users, items and context."
    feature_transformation: ClassVar[str] = "featurize_metadata"


@dataclass(frozen=True)
class HrnnColdstart(Recurrent):
    name: ClassVar[str] = "aws-hrnn-coldstart"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = "Retired. Recurrent model that recommends items with few interactions only."
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "featurize_coldstart"
    feature_parameters: ClassVar[type] = ColdStart
    scores_shown: ClassVar[bool] = True
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS")
    listed: ClassVar[bool] = False


RETIRED: list[type[Declared]] = [Hrnn, HrnnMetadata, HrnnColdstart]
