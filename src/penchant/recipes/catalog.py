"""The recipes there are, by name: ours, and those that installed packages add under the entry point `penchant.recipes`.

Importing a recipe is cheap: what trains it (torch) is imported by `fit` alone.
"""

from importlib.metadata import EntryPoint, entry_points

from penchant.recipes.base import Recipe

GROUP = "penchant.recipes"

BUILT_IN = [
    "penchant.recipes.user_personalization_v2:UserPersonalizationV2",
    "penchant.recipes.personalized_ranking_v2:PersonalizedRankingV2",
    "penchant.recipes.user_personalization:UserPersonalization",
    "penchant.recipes.user_personalization:Hrnn",
    "penchant.recipes.user_personalization:HrnnMetadata",
    "penchant.recipes.cold_start:HrnnColdstart",
    "penchant.recipes.personalized_ranking:PersonalizedRanking",
    "penchant.recipes.sims:Sims",
    "penchant.recipes.similar_items:SimilarItems",
    "penchant.recipes.semantic_similarity:SemanticSimilarity",
    "penchant.recipes.item_affinity:ItemAffinity",
    "penchant.recipes.item_attribute_affinity:ItemAttributeAffinity",
    "penchant.recipes.popularity_count:PopularityCount",
    "penchant.recipes.trending_now:TrendingNow",
    "penchant.recipes.trending_now:TrendingVideos",
    "penchant.recipes.next_best_action:NextBestAction",
    "penchant.recipes.popular_use_cases:MostViewed",
    "penchant.recipes.popular_use_cases:BestSellers",
    "penchant.recipes.popular_use_cases:MostPopular",
    "penchant.recipes.personal_use_cases:RecommendedForYou",
    "penchant.recipes.personal_use_cases:TopPicks",
    "penchant.recipes.related_use_cases:AlsoViewed",
    "penchant.recipes.related_use_cases:BoughtTogether",
    "penchant.recipes.related_use_cases:BecauseYouWatched",
    "penchant.recipes.more_like_x:MoreLikeX",
]


def load() -> dict[str, type[Recipe]]:
    """All recipes by wire name. ValueError for two of one name, TypeError for what is no Recipe.

    A package whose recipe cannot be imported stops the start with its own error, and a note that names the package: a
    recipe that is silently missing would be found only when a customer asks for it.
    """
    recipes: dict[str, type[Recipe]] = {}
    ours = [EntryPoint(name=place, value=place, group=GROUP) for place in BUILT_IN]
    for entry in [*ours, *entry_points(group=GROUP)]:
        try:
            recipe = entry.load()
        except Exception as error:
            error.add_note(f"while loading the recipe {entry.value} of entry point group {GROUP}")
            raise
        if not (isinstance(recipe, type) and issubclass(recipe, Recipe)):
            raise TypeError(f"{entry.value} in entry point group {GROUP} is not a subclass of Recipe.")
        if recipe.name in recipes:
            raise ValueError(
                f"Two recipes are named {recipe.name}: {recipes[recipe.name].__module__} and {entry.value}."
            )
        recipes[recipe.name] = recipe
    return recipes


RECIPES: dict[str, type[Recipe]] = load()
