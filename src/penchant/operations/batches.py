"""Batch inference and batch segment jobs: recommendations, or user segments, for a file of questions."""

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException, ResourceInUseException
from ..filters import parse
from ..house import House
from ..lake.schema import Schema
from ..recipes.base import Recipe
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..resources.schemas import schemas_of
from .campaigns import require_exploration
from .catalog import recipe_by
from .generic import require_tags
from .influence import require_influence
from .registry import Answer, operation

INFERENCE, SEGMENT = KINDS["batchInferenceJob"], KINDS["batchSegmentJob"]
RESULTS, MOST_RESULTS, MOST_USERS = 25, 500, 5_000_000
ONLINE_ONLY = ("aws-trending-now", "aws-next-best-action")
OF_ATTRIBUTES = "aws-item-attribute-affinity"
THEMES, THEMED = "THEME_GENERATION", "aws-similar-items"


@operation("CreateBatchInferenceJob")
def create_batch_inference_job(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    require_paths(request)
    number = request.get("numResults", RESULTS)
    if number > MOST_RESULTS:
        raise InvalidInputException(f"numResults is {number}; at most {MOST_RESULTS} can be asked for.")
    with house.writing() as connection:
        version = house.require(connection, KINDS["solutionVersion"], request["solutionVersionArn"])
        require_inference(recipe_by(version["recipeArn"]), request)
        if request.get("batchInferenceJobMode") == THEMES:
            require_themes(schemas_of(connection, version["datasetGroupArn"]).get("ITEMS"), request)
        require_influence(connection, version, request.get("batchInferenceJobConfig", {}), "batchInferenceJobConfig")
        require_filter(house, connection, request, version, "ItemID")
        document = house.create(
            connection,
            INFERENCE,
            request,
            request["jobName"],
            numResults=number,
            batchInferenceJobMode=request.get("batchInferenceJobMode", "BATCH_INFERENCE"),
            datasetGroupArn=version["datasetGroupArn"],  # not in AWS's shape
        )
    return {"batchInferenceJobArn": document["batchInferenceJobArn"]}


@operation("CreateBatchSegmentJob")
def create_batch_segment_job(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    require_paths(request)
    number = request.get("numResults", RESULTS)
    if number > MOST_USERS:
        raise InvalidInputException(f"numResults is {number}; a segment has at most {MOST_USERS} users.")
    with house.writing() as connection:
        version = house.require(connection, KINDS["solutionVersion"], request["solutionVersionArn"])
        recipe = recipe_by(version["recipeArn"])
        if recipe.recipe_type != "USER_SEGMENTATION":
            raise InvalidInputException(
                f"The recipe {recipe.name} does not make user segments; use aws-item-affinity or "
                "aws-item-attribute-affinity."
            )
        require_filter(house, connection, request, version, "UserID")
        if recipe.name == OF_ATTRIBUTES and "filterArn" in request:
            require_no_events(house, connection, request["filterArn"])
        group = version["datasetGroupArn"]
        document = house.create(
            connection, SEGMENT, request, request["jobName"], numResults=number, datasetGroupArn=group
        )
    return {"batchSegmentJobArn": document["batchSegmentJobArn"]}


def require_paths(request: Document) -> None:
    source, target = request["jobInput"]["s3DataSource"]["path"], request["jobOutput"]["s3DataDestination"]["path"]
    if source.rstrip("/") == target.rstrip("/"):
        raise InvalidInputException("Invalid S3 output path. It must be another one than the input path.")


def require_inference(recipe: type[Recipe], request: Document) -> None:
    """What a batch inference job may ask of a recipe."""
    if recipe.name in ONLINE_ONLY or recipe.recipe_type == "USER_SEGMENTATION":
        raise InvalidInputException(f"The recipe {recipe.name} has no batch inference.")
    config = request.get("batchInferenceJobConfig", {})
    if config.get("itemExplorationConfig"):
        require_exploration(recipe, config["itemExplorationConfig"], "batchInferenceJobConfig")
    themed = request.get("batchInferenceJobMode") == THEMES
    if themed and recipe.name != THEMED:
        raise InvalidInputException(f"batchInferenceJobMode {THEMES} is for the recipe {THEMED} only.")
    if themed != ("themeGenerationConfig" in request):
        raise InvalidInputException(f"themeGenerationConfig belongs to batchInferenceJobMode {THEMES}.")


def require_themes(items: Schema | None, request: Document) -> None:
    """Raises InvalidInputException where the Items schema does not say what items are called, and what they are."""
    column = request["themeGenerationConfig"]["fieldsForThemeGeneration"]["itemName"]
    if items is None:
        raise InvalidInputException("Themes are made of what is said of items; the dataset group has no Items dataset.")
    try:
        field = items.field(column)
    except KeyError:
        raise InvalidInputException(
            f"itemName names the column {column}, which is not in the Items schema; it has "
            f"{', '.join(items.column_names)}."
        ) from None
    if field.type != "string" or field.is_id:
        raise InvalidInputException(f"itemName names the column {column}; it must be a string that is no id.")
    if not any(each.textual for each in items.fields):
        raise InvalidInputException(
            "Themes need a column with textual true in the Items schema, which describes the items."
        )


def require_filter(house: House, connection: Connection, request: Document, version: Document, target: str) -> None:
    """The filter must be ACTIVE, of the same dataset group, and about what the job answers with."""
    if "filterArn" not in request:
        return
    filter_ = house.find(connection, KINDS["filter"], request["filterArn"])
    if filter_["datasetGroupArn"] != version["datasetGroupArn"]:
        raise InvalidInputException(f"The filter {request['filterArn']} belongs to another dataset group.")
    if filter_["status"] != "ACTIVE":
        raise ResourceInUseException(f"The filter {request['filterArn']} is in status {filter_['status']}.")
    if parse(filter_["filterExpression"], extended=True).target.lower() != target.lower():
        raise InvalidInputException(f"The filter {request['filterArn']} is not about {target}, which this job needs.")


def require_no_events(house: House, connection: Connection, arn: str) -> None:
    filter_ = house.find(connection, KINDS["filter"], arn)
    expressions = parse(filter_["filterExpression"], extended=True).expressions
    if any(field.dataset.is_events for expression in expressions for field in expression.fields()):
        raise InvalidInputException(
            f"The filter {arn} asks about Interactions, which filters of jobs of the recipe {OF_ATTRIBUTES} can not."
        )
