"""The rules of a solution's configuration that its recipe alone decides."""

import math
import re

from ..contract.errors import InvalidInputException
from ..recipes.base import Recipe
from ..recipes.parameters import number
from ..resources.book import Document
from .catalog import custom_recipe_by
from .solution_hpo import require_hpo

WEIGHTED = ("aws-user-personalization-v2", "aws-personalized-ranking-v2")
"""The recipes that take eventsConfig."""
WITH_OBJECTIVE = ("aws-user-personalization", "aws-personalized-ranking")
"""The recipes that take optimizationObjective."""
INCREMENTAL = ("aws-semantic-similarity",)
"""The recipes that take performIncrementalUpdate."""
WHOLE_DATA = ("aws-next-best-action",)
"""The recipes that take no trainingDataConfig."""
SCHEDULE = re.compile(r"rate\(0*([1-9]|[12]\d|30) days?\)")


def recipe_of(request: Document) -> type[Recipe] | None:
    """The recipe that a solution is to be trained with, or None where AutoML is to choose one."""
    if bool(request.get("performAutoML")) == ("recipeArn" in request):
        raise InvalidInputException("Provide either recipeArn or performAutoML, but not both.")
    return custom_recipe_by(request["recipeArn"]) if "recipeArn" in request else None


def require_config(recipe: type[Recipe] | None, request: Document) -> None:
    config = request.get("solutionConfig", {})
    require_schedule(config)
    require_threshold(config)
    require_incremental(recipe, request)
    if recipe is None:
        # AWS documents that AutoML looks at nothing else of the configuration.
        for arn in config.get("autoMLConfig", {}).get("recipeList", []):
            custom_recipe_by(arn)
        return
    if "autoMLConfig" in config:
        raise InvalidInputException("solutionConfig.autoMLConfig is for performAutoML only, without a recipeArn.")
    require_parameters(recipe, config)
    require_taken(recipe, config)
    if request.get("performHPO") and not recipe.supports_hpo():
        raise InvalidInputException(f"The recipe {recipe.name} has no hyperparameters to tune; leave performHPO out.")


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


def require_schedule(config: Document) -> None:
    schedule = config.get("autoTrainingConfig", {}).get("schedulingExpression")
    if schedule is not None and not SCHEDULE.fullmatch(schedule):
        raise InvalidInputException("schedulingExpression must be rate(<n> days) with n between 1 and 30.")


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
