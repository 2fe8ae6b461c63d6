"""aws-personalized-ranking: a caller's list of items in the order a user will most likely want them."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.recipes.recurrent import Recurrent


@dataclass(frozen=True)
class PersonalizedRanking(Recurrent):
    """The same model as aws-user-personalization; serving restricts it to the items of the request."""

    name: ClassVar[str] = "aws-personalized-ranking"
    recipe_type: ClassVar[str] = "PERSONALIZED_RANKING"
    description: ClassVar[str] = "Model of each user's history that re-ranks a list of items, given by you, for a user."
    feature_transformation: ClassVar[str] = "JSON-percentile-filtering"
