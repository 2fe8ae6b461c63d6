"""What a solution version has from its solution, whoever makes it: a caller or the schedule."""

from ..recipes.base import Recipe
from .book import Document

TAKEN = (
    "performHPO",
    "performAutoML",
    "performIncrementalUpdate",
    "recipeArn",
    "datasetGroupArn",
    "eventType",
    "solutionConfig",
)


def taken_over(solution: Document, recipe: type[Recipe] | None) -> Document:
    """What a version has from its solution, as it is at that moment. AutoML has no recipe yet."""
    taken = {name: solution[name] for name in TAKEN if name in solution}
    # Recorded: without a configuration it is {} for recommendations, and absent for segments of users.
    if recipe is None or recipe.recipe_type != "USER_SEGMENTATION":
        taken.setdefault("solutionConfig", {})
    return taken
