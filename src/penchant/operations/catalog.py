"""Recipes, algorithms and feature transformations: what there is to train with. Read-only."""

from datetime import UTC, datetime

from ..contract.arns import last_part, service_arn
from ..contract.errors import InvalidInputException, ResourceNotFoundException
from ..house import House
from ..recipes.base import Recipe
from ..recipes.catalog import RECIPES
from ..recipes.parameters import defaults
from ..resources.trials import JOBS_AT_ONCE, MOST_JOBS
from . import tokens
from .registry import Answer, operation

PAGE = 100
CATALOGUE = [RECIPES[name] for name in sorted(RECIPES) if RECIPES[name].listed]
UPDATED = max(recipe.created for recipe in RECIPES.values())
"""Recorded: all recipes were last updated at the same time, which is when the service was."""
RESOURCES = {"maxNumberOfTrainingJobs": str(MOST_JOBS), "maxParallelTrainingJobs": str(JOBS_AT_ONCE)}


def recipe_arn(recipe: type[Recipe]) -> str:
    return service_arn("recipe", recipe.name)


def recipe_by(arn: str) -> type[Recipe]:
    """Raises ResourceNotFoundException."""
    recipe = RECIPES.get(last_part(arn))
    if recipe is None or arn != recipe_arn(recipe):
        raise ResourceNotFoundException(f"The given recipe does not exist: {arn}")
    return recipe


def custom_recipe_by(arn: str) -> type[Recipe]:
    """A recipe that solutions are made of. Raises ResourceNotFoundException or InvalidInputException."""
    recipe = recipe_by(arn)
    if recipe.domain is not None:
        raise InvalidInputException(
            f"The recipe {recipe.name} is a use case of the domain {recipe.domain}: create a recommender with it. "
            "A solution needs a recipe without a domain."
        )
    return recipe


def dates(recipe: type[Recipe]) -> dict[str, float]:
    return {"creationDateTime": midnight(recipe.created), "lastUpdatedDateTime": midnight(UPDATED)}


def midnight(date: str) -> float:
    """Recorded answers have midnight UTC."""
    return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()


def summary(recipe: type[Recipe]) -> dict:
    domain = {} if recipe.domain is None else {"domain": recipe.domain}
    return {"name": recipe.name, "recipeArn": recipe_arn(recipe), "status": "ACTIVE", **dates(recipe), **domain}


@operation("ListRecipes")
def list_recipes(house: House, request: dict) -> Answer:
    """Amazon pages over the whole catalogue and filters each page afterwards, and its first page always has a token:
    its own notebooks read it without a guard. The page behind it may be empty."""
    domain = request.get("domain")
    question = {"operation": "ListRecipes", "domain": domain}
    start = tokens.read(house.token_secret, house.place, question, request.get("nextToken"))
    end = start + request.get("maxResults", PAGE)
    answer: dict = {"recipes": [summary(recipe) for recipe in CATALOGUE[start:end] if domain in (None, recipe.domain)]}
    if end < len(CATALOGUE) or "nextToken" not in request:
        answer["nextToken"] = tokens.write(house.token_secret, house.place, question, min(end, len(CATALOGUE)))
    return answer


@operation("DescribeRecipe")
def describe_recipe(house: House, request: dict) -> Answer:
    recipe = recipe_by(request["recipeArn"])
    return {
        "recipe": {
            "name": recipe.name,
            "recipeArn": recipe_arn(recipe),
            "algorithmArn": recipe.algorithm_arn(),
            "featureTransformationArn": service_arn("feature-transformation", recipe.feature_transformation),
            "status": "ACTIVE",
            "description": recipe.description,
            "recipeType": recipe.recipe_type,
            **dates(recipe),
        }
    }


@operation("DescribeAlgorithm")
def describe_algorithm(house: House, request: dict) -> Answer:
    arn = request["algorithmArn"]
    recipe = next((each for each in RECIPES.values() if each.algorithm_arn() == arn), None)
    if recipe is None:
        raise ResourceNotFoundException(f"The given algorithm does not exist: {arn}")
    return {
        "algorithm": {
            "name": last_part(arn),
            "algorithmArn": arn,
            "defaultHyperParameters": recipe.default_hyperparameters(),
            "defaultHyperParameterRanges": recipe.hyperparameter_ranges(),
            "defaultResourceConfig": RESOURCES if recipe.supports_hpo() else {},
            "trainingInputMode": "File",
            **dates(recipe),
        }
    }


@operation("DescribeFeatureTransformation")
def describe_feature_transformation(house: House, request: dict) -> Answer:
    arn = request["featureTransformationArn"]
    sharing = [recipe for recipe in RECIPES.values() if recipe.feature_transformation == last_part(arn)]
    if not sharing or arn != service_arn("feature-transformation", last_part(arn)):
        raise ResourceNotFoundException(f"The given feature transformation does not exist: {arn}")
    return {
        "featureTransformation": {
            "name": last_part(arn),
            "featureTransformationArn": arn,
            # aws-popularity-count shares that of aws-sims and has nothing to set.
            "defaultParameters": max((defaults(recipe.feature_parameters) for recipe in sharing), key=len),
            "status": "ACTIVE",
            **dates(sharing[0]),
        }
    }
