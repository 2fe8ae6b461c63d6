"""Recommenders: a use case of a domain, trained and served without a solution or a campaign."""

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException
from ..house import House
from ..recipes.base import Recipe
from ..resources import schedules
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..resources.schemas import schemas_of
from ..store import clock
from .campaigns import require_exploration
from .catalog import recipe_by
from .generic import require_tags
from .registry import Answer, operation
from .solution_data import require_columns

RECOMMENDER = KINDS["recommender"]
LEAST_REQUESTS = {"minRecommendationRequestsPerSecond": 1}
"""Recorded: Describe always has it, whatever was given; programs of Amazon's read it without a guard."""


@operation("CreateRecommender")
def create_recommender(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    recipe = recipe_by(request["recipeArn"])
    config = request.get("recommenderConfig", {})
    with house.writing() as connection:
        group = house.require(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
        require_domain(recipe, group)
        require_config(house, connection, recipe, group["datasetGroupArn"], config)
        document = house.create(
            connection, RECOMMENDER, request, request["name"], recommenderConfig=LEAST_REQUESTS | config
        )
        schedules.keep_retraining(connection, document["recommenderArn"], clock.now())
    return {"recommenderArn": document["recommenderArn"]}


@operation("UpdateRecommender")
def update_recommender(house: House, request: dict) -> Answer:
    """The old configuration serves until the new one does."""
    arn, config = request["recommenderArn"], request["recommenderConfig"]
    with house.writing() as connection:
        recommender = house.find(connection, RECOMMENDER, arn)
        recipe = recipe_by(recommender["recipeArn"])
        require_config(house, connection, recipe, recommender["datasetGroupArn"], config)
        house.begin(connection, RECOMMENDER, "update", arn, recommenderConfig=LEAST_REQUESTS | config)
    return {"recommenderArn": arn}


@operation("StopRecommender")
def stop_recommender(house: House, request: dict) -> Answer:
    return begin(house, "stop", request["recommenderArn"])


@operation("StartRecommender")
def start_recommender(house: House, request: dict) -> Answer:
    return begin(house, "start", request["recommenderArn"])


def begin(house: House, verb: str, arn: str) -> Answer:
    with house.writing() as connection:
        house.find(connection, RECOMMENDER, arn)
        house.begin(connection, RECOMMENDER, verb, arn)
    return {"recommenderArn": arn}


def require_domain(recipe: type[Recipe], group: Document) -> None:
    if "domain" not in group:
        raise InvalidInputException("Please use a domains-specific Dataset Group to create the Recommender")
    if recipe.domain is None:
        raise InvalidInputException(f"The recipe {recipe.name} is for solutions; a recommender needs a use case.")
    if recipe.domain != group["domain"]:
        raise InvalidInputException(
            f"The recipe {recipe.name} is for {recipe.domain} dataset groups; {group['datasetGroupArn']} is a "
            f"{group['domain']} one."
        )


def require_config(
    house: House, connection: Connection, recipe: type[Recipe], group_arn: str, config: Document
) -> None:
    schemas = schemas_of(connection, group_arn)
    for dataset_type in recipe.required_datasets:
        if dataset_type not in schemas:
            raise InvalidInputException(
                f"The recipe {recipe.name} needs a dataset of type {dataset_type} in {group_arn}."
            )
    if config.get("itemExplorationConfig"):
        require_exploration(recipe, config["itemExplorationConfig"], "recommenderConfig")
    if config.get("enableMetadataWithRecommendations") and "ITEMS" not in schemas:
        raise InvalidInputException(f"enableMetadataWithRecommendations needs a dataset of type ITEMS in {group_arn}.")
    require_columns(schemas, config.get("trainingDataConfig", {}))
