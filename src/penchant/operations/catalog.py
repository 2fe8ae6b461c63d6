"""Recipes, algorithms and feature transformations: what there is to train with. Read-only."""

from datetime import UTC, datetime

from ..contract.arns import last_part, service_arn
from ..contract.errors import ResourceNotFoundException
from ..house import House
from ..recipes.base import Recipe
from ..recipes.catalog import RECIPES
from . import tokens
from .registry import Answer, operation

PAGE = 100
CATALOGUE = [RECIPES[name] for name in sorted(RECIPES)]


def recipe_arn(recipe: type[Recipe]) -> str:
    return service_arn("recipe", recipe.name)


def recipe_by(arn: str) -> type[Recipe]:
    """Raises ResourceNotFoundException."""
    recipe = RECIPES.get(last_part(arn))
    if recipe is None or arn != recipe_arn(recipe):
        raise ResourceNotFoundException(f"The given recipe does not exist: {arn}")
    return recipe


def dates(recipe: type[Recipe]) -> dict[str, float]:
    # Recorded answers have midnight UTC, and one date of last update for all recipes.
    created = datetime.fromisoformat(recipe.created).replace(tzinfo=UTC).timestamp()
    return {"creationDateTime": created, "lastUpdatedDateTime": created}


@operation("ListRecipes")
def list_recipes(house: House, request: dict) -> Answer:
    """Amazon pages over the whole catalogue and filters each page afterwards, and its first page always has a token:
    its own notebooks read it without a guard. The page behind it may be empty."""
    domain = request.get("domain")
    question = {"operation": "ListRecipes", "domain": domain}
    start = tokens.read(house.token_secret, house.place, question, request.get("nextToken"))
    end = start + request.get("maxResults", PAGE)
    answer: dict = {
        "recipes": [
            {"name": recipe.name, "recipeArn": recipe_arn(recipe), "status": "ACTIVE", **dates(recipe)}
            for recipe in CATALOGUE[start:end]
            if domain is None
        ]
    }
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
            "algorithmArn": service_arn("algorithm", recipe.name),
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
    recipe = RECIPES.get(last_part(arn))
    if recipe is None or arn != service_arn("algorithm", recipe.name):
        raise ResourceNotFoundException(f"The given algorithm does not exist: {arn}")
    return {
        "algorithm": {
            "name": recipe.name,
            "algorithmArn": arn,
            "defaultHyperParameters": recipe.default_hyperparameters(),
            "defaultHyperParameterRanges": recipe.hyperparameter_ranges(),
            "trainingInputMode": "File",
            **dates(recipe),
        }
    }


@operation("DescribeFeatureTransformation")
def describe_feature_transformation(house: House, request: dict) -> Answer:
    arn = request["featureTransformationArn"]
    sharing = [recipe for recipe in CATALOGUE if recipe.feature_transformation == last_part(arn)]
    if not sharing or arn != service_arn("feature-transformation", last_part(arn)):
        raise ResourceNotFoundException(f"The given feature transformation does not exist: {arn}")
    return {
        "featureTransformation": {
            "name": last_part(arn),
            "featureTransformationArn": arn,
            "defaultParameters": {},
            "status": "ACTIVE",
            **dates(sharing[0]),
        }
    }
