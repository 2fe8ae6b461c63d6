"""Campaigns: a solution version made to answer."""

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException, NotBuiltException, ResourceNotFoundException
from ..house import House
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from .catalog import recipe_by
from .generic import require_tags
from .registry import Answer, operation

LATEST = "/$LATEST"


@operation("CreateCampaign")
def create_campaign(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    config = request.get("campaignConfig", {})
    with house.writing() as connection:
        version = deployable(house, connection, request["solutionVersionArn"])
        require_config(version, config, request["solutionVersionArn"].endswith(LATEST))
        document = house.create(
            connection,
            KINDS["campaign"],
            request,
            request["name"],
            solutionVersionArn=version["solutionVersionArn"],
            minProvisionedTPS=request.get("minProvisionedTPS", 1),
            solutionArn=version["solutionArn"],  # not in AWS's shape: what ListCampaigns filters by
            datasetGroupArn=version["datasetGroupArn"],  # nor this: what quotas and deletions count by
            recipeArn=version["recipeArn"],  # nor this: what a request to the campaign asks first
        )
    return {"campaignArn": document["campaignArn"]}


def deployable(house: House, connection: Connection, arn: str) -> Document:
    """The ACTIVE version that an ARN means; SOLUTION/$LATEST means the newest ACTIVE one."""
    kind = KINDS["solutionVersion"]
    if not arn.endswith(LATEST):
        return house.require(connection, kind, arn)
    solution = house.find(connection, KINDS["solution"], arn.removesuffix(LATEST))
    versions = (book.find(connection, kind, each) for each in book.naming(connection, solution["solutionArn"], kind))
    active = [version for version in versions if version["status"] == "ACTIVE"]
    if not active:
        raise ResourceNotFoundException(f"The solution {solution['solutionArn']} has no ACTIVE version to deploy.")
    return active[-1]


def require_config(version: Document, config: Document, latest: bool) -> None:
    recipe = recipe_by(version["recipeArn"])
    for name in ("itemExplorationConfig", "rankingInfluence"):
        if config.get(name):
            raise InvalidInputException(f"campaignConfig.{name} has no meaning for the recipe {recipe.name}.")
    if config.get("syncWithLatestSolutionVersion"):
        if not latest:
            raise InvalidInputException(
                "syncWithLatestSolutionVersion needs a solutionVersionArn of the form SOLUTION_ARN/$LATEST."
            )
        raise NotBuiltException("syncWithLatestSolutionVersion is not built yet in this release of Penchant.")
