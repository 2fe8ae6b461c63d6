"""The popularity use cases of the two domains: most viewed, best sellers, most popular. One list for everyone."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.recipes.popularity_count import PopularityCount


@dataclass(frozen=True)
class PopularUseCase(PopularityCount):
    """Counts the events of one type; whose, or how many, the use case says."""

    recipe_type: ClassVar[str] = "POPULAR_ITEMS"
    created: ClassVar[str] = "2019-06-10"


@dataclass(frozen=True)
class MostViewed(PopularUseCase):
    name: ClassVar[str] = "aws-ecomm-popular-items-by-views"
    description: ClassVar[str] = "Most viewed: the items with the most views."
    feature_transformation: ClassVar[str] = "aws-ecomm-popular-items-by-views"
    domain: ClassVar[str | None] = "ECOMMERCE"
    event_type: ClassVar[str | None] = "View"
    by_events: ClassVar[bool] = True


@dataclass(frozen=True)
class BestSellers(PopularUseCase):
    name: ClassVar[str] = "aws-ecomm-popular-items-by-purchases"
    description: ClassVar[str] = "Best sellers: the items with the most purchases."
    feature_transformation: ClassVar[str] = "aws-ecomm-popular-items-by-purchases"
    domain: ClassVar[str | None] = "ECOMMERCE"
    event_type: ClassVar[str | None] = "Purchase"
    by_events: ClassVar[bool] = True


@dataclass(frozen=True)
class MostPopular(PopularUseCase):
    name: ClassVar[str] = "aws-vod-most-popular"
    description: ClassVar[str] = "Most popular: the videos watched by the most users."
    feature_transformation: ClassVar[str] = "aws-vod-most-popular"
    domain: ClassVar[str | None] = "VIDEO_ON_DEMAND"
    event_type: ClassVar[str | None] = "Watch"
