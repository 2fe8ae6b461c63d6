"""Two recipes of the first year that Amazon no longer lists: taken where a solution still names them. (The third,
aws-hrnn, is built.)
"""

from dataclasses import dataclass
from typing import ClassVar

from penchant.recipes.base import param
from penchant.recipes.declared.declared import Declared
from penchant.recipes.features import ColdStart
from penchant.recipes.recurrent import Recurrent


@dataclass(frozen=True)
class HrnnMetadata(Declared, Recurrent):
    name: ClassVar[str] = "aws-hrnn-metadata"
    description: ClassVar[str] = "Retired. Recurrent model with features of users, items and context."
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    feature_transformation: ClassVar[str] = "featurize_metadata"
    listed: ClassVar[bool] = False

    hidden_dimension: int = param(43, 32, 256, tunable=True, help="Width of the model's layers.")


@dataclass(frozen=True)
class HrnnColdstart(Declared, Recurrent):
    name: ClassVar[str] = "aws-hrnn-coldstart"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = "Retired. Recurrent model that recommends items with few interactions only."
    feature_transformation: ClassVar[str] = "featurize_coldstart"
    feature_parameters: ClassVar[type] = ColdStart
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS")
    listed: ClassVar[bool] = False


RETIRED: list[type[Declared]] = [HrnnMetadata, HrnnColdstart]
