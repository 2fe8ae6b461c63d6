"""The use cases of the two domains that are only declared: recipes of recommenders, without hyperparameters."""

from typing import cast

from penchant.recipes.declared.declared import Declared

RELATED, PERSONAL, POPULAR = "RELATED_ITEMS", "USER_PERSONALIZATION", "POPULAR_ITEMS"
INTERACTIONS, WITH_ITEMS = ("INTERACTIONS",), ("INTERACTIONS", "ITEMS")

TABLE = [
    ("aws-ecomm-customers-who-viewed-x-also-viewed", RELATED, INTERACTIONS,
     "Customers who viewed X also viewed: what was viewed together with an item, without what the user has bought."),
    ("aws-ecomm-frequently-bought-together", RELATED, INTERACTIONS,
     "Frequently bought together: what is bought along with an item."),
    ("aws-ecomm-recommended-for-you", PERSONAL, INTERACTIONS,
     "Recommended for you: items for a user, without what the user has bought."),
    ("aws-vod-because-you-watched-x", RELATED, INTERACTIONS,
     "Because you watched X: what was watched by those who watched an item, without what the user has watched."),
    ("aws-vod-more-like-x", RELATED, WITH_ITEMS,
     "More like X: videos that are like an item, without what the user has watched."),
    ("aws-vod-top-picks", PERSONAL, INTERACTIONS,
     "Top picks for you: videos for a user, without what the user has watched."),
    ("aws-vod-trending-now", POPULAR, INTERACTIONS,
     "Trending now: videos whose popularity grows fastest, looked at every two hours."),
]  # fmt: skip
"""(name, type, datasets that training needs, description)"""
DOMAINS = {"aws-ecomm-": "ECOMMERCE", "aws-vod-": "VIDEO_ON_DEMAND"}


def use_case(name: str, recipe_type: str, required: tuple[str, ...], description: str) -> type[Declared]:
    facts = {
        "name": name,
        "recipe_type": recipe_type,
        "description": description,
        "created": "2019-06-10",
        "feature_transformation": name,
        "scores_shown": False,
        "real_time": recipe_type == PERSONAL,
        "domain": next(domain for prefix, domain in DOMAINS.items() if name.startswith(prefix)),
        "required_datasets": required,
        "__module__": __name__,
    }
    return cast(type[Declared], type(name.replace("-", "_"), (Declared,), facts))


USE_CASES: list[type[Declared]] = [use_case(*row) for row in TABLE]
