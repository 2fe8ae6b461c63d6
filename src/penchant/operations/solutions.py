"""Solutions and their versions."""

import re
import uuid

from sqlalchemy import Connection

from ..contract.errors import (
    InvalidInputException,
    NotBuiltException,
    ResourceInUseException,
)
from ..house import House
from ..lake.schema import Schema
from ..recipes.base import Recipe
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from .catalog import recipe_by
from .generic import COMPLETIONS, require_tags
from .registry import Answer, operation

SOLUTION, VERSION = KINDS["solution"], KINDS["solutionVersion"]
NOT_BUILT = ("optimizationObjective", "trainingDataConfig", "autoMLConfig")
WEIGHTED = ("aws-user-personalization-v2", "aws-personalized-ranking-v2")
"""The recipes that take eventsConfig."""
SCHEDULE = re.compile(r"rate\(([1-9]|[12]\d|30) days?\)")


@operation("CreateSolution")
def create_solution(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    if request.get("performAutoML"):
        raise NotBuiltException("performAutoML is not built yet in this release of Penchant; name a recipeArn.")
    if "recipeArn" not in request:
        raise InvalidInputException("Provide either recipeArn or performAutoML, but not both.")
    if request.get("performIncrementalUpdate"):
        raise InvalidInputException("performIncrementalUpdate is for the recipe aws-semantic-similarity only.")
    recipe = recipe_by(request["recipeArn"])
    if request.get("performHPO"):
        raise InvalidInputException(f"The recipe {recipe.name} has no hyperparameters to tune; leave performHPO out.")
    config = request.get("solutionConfig", {})
    require_config(recipe, config)
    with house.writing() as connection:
        group = house.require(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
        require_events(interactions_schema(house, connection, group["datasetGroupArn"]), request, config)
        document = house.create(
            connection,
            SOLUTION,
            request,
            request["name"],
            job=False,  # a solution has nothing to make; recorded answers show it ACTIVE at once
            performHPO=False,
            performAutoML=False,
            performAutoTraining=request.get("performAutoTraining", True),
        )
    return {"solutionArn": document["solutionArn"]}


def require_config(recipe: type[Recipe], config: Document) -> None:
    """What can be said of solutionConfig from the recipe alone."""
    for name in NOT_BUILT:
        if name in config:
            raise NotBuiltException(f"solutionConfig.{name} is not built yet in this release of Penchant.")
    try:
        recipe.from_wire(config.get("algorithmHyperParameters", {}))
    except ValueError as error:
        raise InvalidInputException(str(error)) from None
    if unknown := sorted(config.get("featureTransformationParameters", {})):
        raise InvalidInputException(f"The recipe {recipe.name} has no feature transformation parameter {unknown[0]}.")
    if "eventsConfig" in config and recipe.name not in WEIGHTED:
        raise InvalidInputException(f"eventsConfig is for the recipes {' and '.join(WEIGHTED)} only.")
    schedule = config.get("autoTrainingConfig", {}).get("schedulingExpression")
    if schedule is not None and not SCHEDULE.fullmatch(schedule):
        raise InvalidInputException("schedulingExpression must be rate(<n> days) with n between 1 and 30.")
    threshold = config.get("eventValueThreshold")
    if threshold is not None:
        try:
            float(threshold)
        except ValueError:
            raise InvalidInputException(f"eventValueThreshold must be a number, not '{threshold}'.") from None


def interactions_schema(house: House, connection: Connection, group_arn: str) -> Schema:
    """Raises InvalidInputException where the group has no Interactions dataset."""
    for arn in book.naming(connection, group_arn, KINDS["dataset"]):
        dataset = book.find(connection, KINDS["dataset"], arn)
        if dataset["datasetType"] == "INTERACTIONS":
            schema = book.find(connection, KINDS["schema"], dataset["schemaArn"])
            return Schema.parse(schema["schema"], schema.get("domain"))
    raise InvalidInputException(f"The dataset group {group_arn} has no Interactions dataset, which training needs.")


def require_events(schema: Schema, request: Document, config: Document) -> None:
    """What the choice of events asks of the Interactions schema."""
    listed = config.get("eventsConfig", {}).get("eventParametersList", [])
    threshold = "eventValueThreshold" in config
    if "eventsConfig" in config:
        if "eventType" in request or threshold:
            raise InvalidInputException("eventsConfig cannot be combined with eventType or eventValueThreshold.")
        types = [event.get("eventType") for event in listed]
        if not types or None in types or len(set(types)) < len(types):
            raise InvalidInputException("eventsConfig.eventParametersList must name each of its event types once.")
        if not any(event.get("weight", 1.0) > 0 for event in listed):
            raise InvalidInputException("At least one event type of eventsConfig must have a weight above 0.")
    if ("eventType" in request or listed) and "EVENT_TYPE" not in schema.column_names:
        raise InvalidInputException("Choosing events by type needs a column EVENT_TYPE in the Interactions schema.")
    if (threshold or any("eventValueThreshold" in event for event in listed)) and (
        "EVENT_VALUE" not in schema.column_names
    ):
        raise InvalidInputException("eventValueThreshold needs a column EVENT_VALUE in the Interactions schema.")


def latest_version(house: House, connection: Connection, solution: Document) -> Document:
    versions = book.naming(connection, solution["solutionArn"], VERSION)
    return {"latestSolutionVersion": book.find(connection, VERSION, versions[-1])} if versions else {}


COMPLETIONS["solution"] = latest_version


@operation("CreateSolutionVersion")
def create_solution_version(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    mode = request.get("trainingMode", "FULL")
    with house.writing() as connection:
        solution = house.require(connection, SOLUTION, request["solutionArn"])
        if mode != "FULL":
            raise InvalidInputException(f"trainingMode {mode} is not supported for recipe {solution['recipeArn']}.")
        taken = {
            name: solution[name]
            for name in ("performHPO", "performAutoML", "recipeArn", "datasetGroupArn", "eventType")
            if name in solution
        }
        path = f"{solution['name']}/{uuid.uuid4().hex[:8]}"
        document = house.create(
            connection,
            VERSION,
            request,
            path,
            **taken,
            name=request.get("name", path),  # recorded: a version without a name is called SOLUTION/8hex
            solutionConfig=solution.get("solutionConfig", {}),
            trainingMode=mode,
            trainingType="MANUAL",
        )
    return {"solutionVersionArn": document["solutionVersionArn"]}


@operation("StopSolutionVersionCreation")
def stop_solution_version_creation(house: House, request: dict) -> Answer:
    arn = request["solutionVersionArn"]
    with house.writing() as connection:
        status = house.find(connection, VERSION, arn)["status"]
        if not house.stop(connection, VERSION, "create", arn):
            raise ResourceInUseException(f"Solution version {arn} is in {status} state and can not be stopped.")
    return None


@operation("GetSolutionMetrics")
def get_solution_metrics(house: House, request: dict) -> Answer:
    arn = request["solutionVersionArn"]
    with house.reading() as connection:
        version = house.find(connection, VERSION, arn)
    if version["status"] != "ACTIVE":
        raise ResourceInUseException(f"Metrics for {arn} are not available while its status is {version['status']}.")
    return {"solutionVersionArn": arn, "metrics": dict(sorted(version["metrics"].items()))}
