"""The use case of the two domains that is only declared: it needs metadata of items, which no training reads yet."""

from dataclasses import dataclass
from typing import ClassVar

from penchant.recipes.declared.declared import Declared


@dataclass(frozen=True)
class MoreLikeX(Declared):
    name: ClassVar[str] = "aws-vod-more-like-x"
    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    description: ClassVar[str] = "More like X: videos that are like an item, without what the user has watched."
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "aws-vod-more-like-x"
    scores_shown: ClassVar[bool] = False
    domain: ClassVar[str | None] = "VIDEO_ON_DEMAND"
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS")
    leaves_out: ClassVar[str | None] = "Watch"


USE_CASES: list[type[Declared]] = [MoreLikeX]
