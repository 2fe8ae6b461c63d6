"""The use cases that count items taken together: also viewed, bought together, because you watched."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe, require_sufficient
from penchant.recipes.parts.baskets import baskets
from penchant.recipes.parts.percentiles import usual_users
from penchant.recipes.parts.popular import popular_ranking
from penchant.recipes.parts.related import RelatedModel

DISCOUNT = 0.5
LEAST_PEOPLE = 2
LONGEST = 0.995
"""Percentile of the lengths of histories above which they are not counted: nobody watches so much."""


@dataclass(frozen=True)
class RelatedUseCase(Recipe):
    """As aws-sims, on the events of one type, and with the popular items among those that are related."""

    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    model: ClassVar[type[Model]] = RelatedModel
    created: ClassVar[str] = "2019-06-10"
    scores_shown: ClassVar[bool] = False
    discount: ClassVar[float] = DISCOUNT
    """The exponent of an item's popularity that its weight is divided by."""
    by_basket: ClassVar[bool] = False
    """Whether items must be taken together, rather than by the same users."""

    def fit(self, data: TrainingSet, progress: Progress) -> RelatedModel:
        from penchant.recipes.parts.co_occurrence import co_occurrence

        require_sufficient(data)
        progress(0.0, "Counting the users of each item")
        usual = data.keep(usual_users(data, 0.0, LONGEST))
        model = co_occurrence(
            baskets(usual) if self.by_basket else usual,
            popular_ranking(data),
            self.discount,
            LEAST_PEOPLE,
            lambda done: progress(0.1 + 0.9 * done, "Counting items that occur together"),
            in_order=not self.by_basket,
        )
        progress(1.0, "Counted items that occur together")
        return model


@dataclass(frozen=True)
class AlsoViewed(RelatedUseCase):
    name: ClassVar[str] = "aws-ecomm-customers-who-viewed-x-also-viewed"
    description: ClassVar[str] = (
        "Customers who viewed X also viewed: what was viewed together with an item, without what the user has bought."
    )
    feature_transformation: ClassVar[str] = "aws-ecomm-customers-who-viewed-x-also-viewed"
    domain: ClassVar[str | None] = "ECOMMERCE"
    event_type: ClassVar[str | None] = "View"
    leaves_out: ClassVar[str | None] = "Purchase"


@dataclass(frozen=True)
class BoughtTogether(RelatedUseCase):
    name: ClassVar[str] = "aws-ecomm-frequently-bought-together"
    description: ClassVar[str] = "Frequently bought together: what is bought along with an item."
    feature_transformation: ClassVar[str] = "aws-ecomm-frequently-bought-together"
    domain: ClassVar[str | None] = "ECOMMERCE"
    event_type: ClassVar[str | None] = "Purchase"
    discount: ClassVar[float] = 0.25
    by_basket: ClassVar[bool] = True


@dataclass(frozen=True)
class BecauseYouWatched(RelatedUseCase):
    name: ClassVar[str] = "aws-vod-because-you-watched-x"
    description: ClassVar[str] = (
        "Because you watched X: what was watched by those who watched an item, without what the user has watched."
    )
    feature_transformation: ClassVar[str] = "aws-vod-because-you-watched-x"
    domain: ClassVar[str | None] = "VIDEO_ON_DEMAND"
    event_type: ClassVar[str | None] = "Watch"
    leaves_out: ClassVar[str | None] = "Watch"
