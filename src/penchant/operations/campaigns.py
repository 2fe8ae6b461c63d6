"""Campaigns: a solution version made to answer."""

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException, ResourceNotFoundException
from ..house import House
from ..recipes.base import Recipe
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from .catalog import recipe_by
from .generic import require_tags
from .influence import require_influence
from .registry import Answer, operation

CAMPAIGN = KINDS["campaign"]
UPDATABLE = ("solutionVersionArn", "minProvisionedTPS", "campaignConfig")
LATEST = "/$LATEST"
EXPLORATION = {"explorationWeight": (0.0, 1.0), "explorationItemAgeCutOff": (1.0, 36_500.0)}
"""The keys of itemExplorationConfig and their ranges; the age is in days."""


@operation("CreateCampaign")
def create_campaign(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    config = request.get("campaignConfig", {})
    with house.writing() as connection:
        version = deployable(house, connection, request["solutionVersionArn"])
        require_config(connection, version, config, request["solutionVersionArn"])
        document = house.create(
            connection,
            CAMPAIGN,
            request,
            request["name"],
            minProvisionedTPS=request.get("minProvisionedTPS", 1),
            campaignConfig=config,
            **pointer(version),
        )
    return {"campaignArn": document["campaignArn"]}


@operation("UpdateCampaign")
def update_campaign(house: House, request: dict) -> Answer:
    """What is left out stays as it is; a campaignConfig replaces the whole one. The old version answers until then."""
    arn = request["campaignArn"]
    if not set(UPDATABLE) & set(request):
        raise InvalidInputException("Give at least one of solutionVersionArn, minProvisionedTPS and campaignConfig.")
    with house.writing() as connection:
        campaign = house.find(connection, CAMPAIGN, arn)
        kept = {name: campaign[name] for name in UPDATABLE}
        given = kept | {name: request[name] for name in UPDATABLE if name in request}
        version = deployable(house, connection, given["solutionVersionArn"])
        if "campaignConfig" in request or "solutionVersionArn" in request:
            require_config(connection, version, given["campaignConfig"], given["solutionVersionArn"])
        house.begin(connection, CAMPAIGN, "update", arn, **given | pointer(version))
    return {"campaignArn": arn}


def pointer(version: Document) -> Document:
    """What a campaign says of the version it serves. Only the first of these is in AWS's shape: lists, quotas,
    deletions and requests ask for the others."""
    return {name: version[name] for name in ("solutionVersionArn", "solutionArn", "datasetGroupArn", "recipeArn")}


def deployable(house: House, connection: Connection, arn: str) -> Document:
    """The ACTIVE version that an ARN means; SOLUTION/$LATEST means the newest ACTIVE one."""
    kind = KINDS["solutionVersion"]
    if not arn.endswith(LATEST):
        version = house.require(connection, kind, arn)
    else:
        solution = house.find(connection, KINDS["solution"], arn.removesuffix(LATEST))
        arns = book.naming(connection, solution["solutionArn"], kind)
        versions = (book.find(connection, kind, each) for each in arns)
        active = [version for version in versions if version["status"] == "ACTIVE"]
        if not active:
            raise ResourceNotFoundException(f"The solution {solution['solutionArn']} has no ACTIVE version to deploy.")
        version = active[-1]
    recipe = recipe_by(version["recipeArn"])
    if recipe.recipe_type == "USER_SEGMENTATION":
        raise InvalidInputException(
            f"The recipe {recipe.name} makes user segments; use its versions in a batch segment job, not a campaign."
        )
    return version


def require_config(connection: Connection, version: Document, config: Document, asked: str) -> None:
    recipe = recipe_by(version["recipeArn"])
    if config.get("itemExplorationConfig"):
        require_exploration(recipe, config["itemExplorationConfig"], "campaignConfig")
    require_influence(connection, version, config, "campaignConfig")
    if config.get("syncWithLatestSolutionVersion") and not asked.endswith(LATEST):
        raise InvalidInputException(
            "syncWithLatestSolutionVersion needs a solutionVersionArn of the form SOLUTION_ARN/$LATEST."
        )


def require_exploration(recipe: type[Recipe], exploration: dict[str, str], where: str) -> None:
    """Raises InvalidInputException for a recipe that does not explore, and for keys and values that Amazon has not."""
    if recipe.explores != "configured":
        raise InvalidInputException(f"{where}.itemExplorationConfig has no meaning for the recipe {recipe.name}.")
    for key, text in exploration.items():
        if key not in EXPLORATION:
            raise InvalidInputException(
                f"{key} is no key of itemExplorationConfig; it has {' and '.join(EXPLORATION)}."
            )
        low, high = EXPLORATION[key]
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise InvalidInputException(f"{key} must be a number from {low:g} to {high:g}, not '{text}'.")
