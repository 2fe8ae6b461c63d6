"""The rules of a solution's configuration that its recipe alone decides."""

import math

from ..contract.errors import InvalidInputException
from ..recipes.base import Recipe
from ..recipes.parameters import number
from ..resources.book import Document
from ..resources.schedules import seconds_of
from .catalog import custom_recipe_by
from .solution_hpo import require_hpo, require_metric

WEIGHTED = ("aws-user-personalization-v2", "aws-personalized-ranking-v2")
"""The recipes that take eventsConfig."""
WITH_OBJECTIVE = ("aws-user-personalization", "aws-personalized-ranking")
"""The recipes that take optimizationObjective."""
INCREMENTAL = ("aws-semantic-similarity",)
"""The recipes that take performIncrementalUpdate."""
RACED = ("USER_PERSONALIZATION", "PERSONALIZED_RANKING", "RELATED_ITEMS")
"""Types of recipes that AutoML can choose from: what they answer is a list of items for somebody's history."""
WHOLE_DATA = ("aws-next-best-action",)
"""The recipes that take no trainingDataConfig."""


def recipe_of(request: Document) -> type[Recipe] | None:
    """The recipe that a solution is to be trained with, or None where AutoML is to choose one."""
    if bool(request.get("performAutoML")) == ("recipeArn" in request):
        raise InvalidInputException("Provide either recipeArn or performAutoML, but not both.")
    return custom_recipe_by(request["recipeArn"]) if "recipeArn" in request else None


def require_config(recipe: type[Recipe] | None, request: Document, short: bool) -> None:
    """`short`: schedules may be of minutes and hours."""
    config = request.get("solutionConfig", {})
    require_schedule(config, short)
    require_threshold(config)
    require_incremental(recipe, request)
    if recipe is None:
        # AWS documents that AutoML looks at nothing else of the configuration.
        require_automl(config.get("autoMLConfig", {}))
        return
    if "autoMLConfig" in config:
        raise InvalidInputException("solutionConfig.autoMLConfig is for performAutoML only, without a recipeArn.")
    require_parameters(recipe, config)
    require_taken(recipe, config)
    if request.get("performHPO") and not recipe.supports_hpo():
        raise InvalidInputException(f"The recipe {recipe.name} has no hyperparameters to tune; leave performHPO out.")


def require_automl(config: Document) -> None:
    require_metric(config, "autoMLConfig.metricName")
    recipes = [custom_recipe_by(arn) for arn in config.get("recipeList", [])]
    types = sorted({recipe.recipe_type for recipe in recipes})
    if len(types) > 1:
        raise InvalidInputException(
            f"autoMLConfig.recipeList must name recipes of one type, which answer the same requests, not of "
            f"{' and '.join(types)}."
        )
    for recipe in recipes:
        if recipe.recipe_type not in RACED or "INTERACTIONS" not in recipe.required_datasets:
            raise InvalidInputException(
                f"The recipe {recipe.name} cannot be compared with others by how it ranks items; leave it out of "
                "autoMLConfig.recipeList."
            )


def require_parameters(recipe: type[Recipe], config: Document) -> None:
    try:
        recipe.from_wire(config.get("algorithmHyperParameters", {}))
        recipe.features_from_wire(config.get("featureTransformationParameters", {}))
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    if "hpoConfig" in config:
        if not recipe.supports_hpo():
            raise InvalidInputException(
                f"The recipe {recipe.name} has no hyperparameters to tune; leave hpoConfig out."
            )
        require_hpo(recipe, config["hpoConfig"])


def require_taken(recipe: type[Recipe] | None, config: Document) -> None:
    """Parts of the configuration that only some recipes take."""
    name_of_recipe = recipe.name if recipe else None
    for name, takers in (("eventsConfig", WEIGHTED), ("optimizationObjective", WITH_OBJECTIVE)):
        if name in config and name_of_recipe not in takers:
            raise InvalidInputException(f"{name} is for the recipes {' and '.join(takers)} only.")
    if "trainingDataConfig" in config and name_of_recipe in WHOLE_DATA:
        raise InvalidInputException(f"The recipe {name_of_recipe} takes no trainingDataConfig.")


def require_incremental(recipe: type[Recipe] | None, request: Document) -> None:
    if request.get("performIncrementalUpdate") and (recipe is None or recipe.name not in INCREMENTAL):
        raise InvalidInputException(f"performIncrementalUpdate is for the recipe {INCREMENTAL[0]} only.")


def require_schedule(config: Document, short: bool) -> None:
    schedule = config.get("autoTrainingConfig", {}).get("schedulingExpression")
    if schedule is None:
        return
    try:
        seconds_of(schedule, short)
    except ValueError:
        taken = "rate(<n> days) with n between 1 and 30"
        if short:
            taken = "rate(<n> days), rate(<n> hours) or rate(<n> minutes), of 30 days at most"
        raise InvalidInputException(f"schedulingExpression must be {taken}.") from None


def require_threshold(config: Document) -> None:
    threshold = config.get("eventValueThreshold")
    if threshold is None:
        return
    try:
        sound = math.isfinite(number(threshold, float))
    except ValueError:
        sound = False
    if not sound:
        raise InvalidInputException(f"eventValueThreshold must be a number, not '{threshold}'.")
