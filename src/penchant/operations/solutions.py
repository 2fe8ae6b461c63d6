"""Solutions and their versions."""

import uuid

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException, ResourceInUseException
from ..events.entry import position_at
from ..house import House
from ..lake.table import Table
from ..resources import book, schedules
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..resources.schemas import schemas_of
from ..resources.versions import taken_over
from .catalog import recipe_by
from .generic import COMPLETIONS, require_tags
from .registry import Answer, operation
from .solution_config import recipe_of, require_config, require_incremental, require_schedule, require_taken
from .solution_data import require_data, require_events

SOLUTION, VERSION = KINDS["solution"], KINDS["solutionVersion"]
UPDATABLE = ("aws-user-personalization", "aws-hrnn-coldstart")
"""The recipes that take trainingMode UPDATE."""
SETTINGS = ("performAutoTraining", "performIncrementalUpdate", "solutionUpdateConfig")
"""All that an update can bring."""


@operation("CreateSolution")
def create_solution(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    recipe = recipe_of(request)
    require_config(recipe, request, house.schedules.short)
    with house.writing() as connection:
        group = house.require(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
        require_data(schemas_of(connection, group["datasetGroupArn"]), recipe, request, group)
        document = house.create(
            connection,
            SOLUTION,
            request,
            request["name"],
            job=False,  # a solution has nothing to make; recorded answers show it ACTIVE at once
            # AWS: with AutoML, hyperparameters are always tuned
            performHPO=request.get("performHPO", False) or recipe is None,
            performAutoML=recipe is None,
            performAutoTraining=request.get("performAutoTraining", True),
        )
        house.schedules.keep(connection, document)
    return {"solutionArn": document["solutionArn"]}


@operation("UpdateSolution")
def update_solution(house: House, request: dict) -> Answer:
    given = {name: request[name] for name in SETTINGS if request.get(name) not in (None, {})}
    if not given:
        raise InvalidInputException(f"Nothing to update: give at least one of {', '.join(SETTINGS)}.")
    config = given.get("solutionUpdateConfig", {})
    if empty := [name for name, part in config.items() if not part]:
        raise InvalidInputException(f"solutionUpdateConfig.{empty[0]} is empty; say what it is to be, or leave it out.")
    require_schedule(config, house.schedules.short)
    arn = request["solutionArn"]
    with house.writing() as connection:
        solution = active_solution(house, connection, arn)
        recipe = recipe_by(solution["recipeArn"]) if "recipeArn" in solution else None
        require_incremental(recipe, request)
        if "eventsConfig" in config:
            require_taken(recipe, config)
            becomes = {**solution.get("solutionConfig", {}), "eventsConfig": config["eventsConfig"]}
            schemas = schemas_of(connection, solution["datasetGroupArn"])
            require_events(schemas, solution.get("eventType"), becomes)
        house.begin(connection, SOLUTION, "update", arn, **given)
    return {"solutionArn": arn}


def active_solution(house: House, connection: Connection, arn: str) -> Document:
    """Held until the transaction ends, so that a deletion cannot come between."""
    house.require_place(SOLUTION, arn)
    solution = book.find(connection, SOLUTION, arn, lock=True)
    if solution["status"] != "ACTIVE":
        raise ResourceInUseException(f"Solution {arn} is not in ACTIVE state.")
    return solution


def latest_version(house: House, connection: Connection, solution: Document) -> Document:
    """And of AutoML, the recipe that its newest version has chosen."""
    versions = [
        book.find(connection, VERSION, arn) for arn in book.naming(connection, solution["solutionArn"], VERSION)
    ]
    told: Document = {"latestSolutionVersion": versions[-1]} if versions else {}
    if solution.get("performAutoML"):
        chosen = [version["recipeArn"] for version in versions if version["status"] == "ACTIVE"]
        told |= {"autoMLResult": {"bestRecipeArn": chosen[-1]}} if chosen else {}
    return told


COMPLETIONS["solution"] = latest_version


@operation("CreateSolutionVersion")
def create_solution_version(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    mode = request.get("trainingMode", "FULL")
    with house.writing() as connection:
        solution = active_solution(house, connection, request["solutionArn"])
        require_mode(house, connection, solution, mode)
        path = f"{solution['name']}/{uuid.uuid4().hex[:8]}"
        document = house.create(
            connection,
            VERSION,
            request,
            path,
            **taken_over(solution, recipe_by(solution["recipeArn"]) if "recipeArn" in solution else None),
            name=request.get("name", path),  # recorded: a version without a name is called SOLUTION/8hex
            trainingMode=mode,
            trainingType="MANUAL",
        )
        if mode == "FULL":
            schedules.trained(connection, solution["solutionArn"])
    return {"solutionVersionArn": document["solutionVersionArn"]}


def require_mode(house: House, connection: Connection, solution: Document, mode: str) -> None:
    """An UPDATE brings what is new into a version that was trained in FULL."""
    if mode == "FULL":
        return
    arn, recipe_arn = solution["solutionArn"], solution.get("recipeArn")
    if mode != "UPDATE" or recipe_arn is None or recipe_by(recipe_arn).name not in UPDATABLE:
        raise InvalidInputException(f"trainingMode {mode} is not supported for recipe {recipe_arn}.")
    versions = [book.find(connection, VERSION, each) for each in book.naming(connection, arn, VERSION)]
    full = [each for each in versions if (each["status"], each["trainingMode"]) == ("ACTIVE", "FULL")]
    if not full:
        raise InvalidInputException(
            f"There is no active solution version with training mode set to FULL for solution {arn}."
        )
    group_arn, moment = solution["datasetGroupArn"], full[-1]["creationDateTime"]
    if not changed_since(connection, group_arn, moment) and not streamed_since(house, connection, group_arn, moment):
        raise InvalidInputException(
            "There should be updates to at least one dataset after last active solution version with training mode "
            "set to FULL"
        )


def changed_since(connection: Connection, group_arn: str, moment: float) -> bool:
    """Whether an import or a deletion of data has ended in a dataset group since then."""
    imports, deletions = KINDS["datasetImportJob"], KINDS["dataDeletionJob"]
    jobs = [(deletions, arn) for arn in book.naming(connection, group_arn, deletions)]
    for dataset in book.naming(connection, group_arn, KINDS["dataset"]):
        jobs += [(imports, arn) for arn in book.naming(connection, dataset, imports)]
    ended = (book.find(connection, kind, arn) for kind, arn in jobs)
    return any(job["status"] in ("ACTIVE", "COMPLETED") and job["lastUpdatedDateTime"] > moment for job in ended)


def streamed_since(house: House, connection: Connection, group_arn: str, moment: float) -> bool:
    """Whether records were streamed: those that the journal has let go of are in their tables."""
    return any(
        max(house.journal.newest(book.number_of(connection, arn)), Table(house.dataset_folder(arn)).position())
        > position_at(moment)
        for arn in book.naming(connection, group_arn, KINDS["dataset"])
    )


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
    return {"solutionVersionArn": arn, "metrics": dict(sorted(measured_version(house, arn)["metrics"].items()))}


def measured_version(house: House, arn: str) -> Document:
    """A version that has its metrics. Raises ResourceNotFoundException or ResourceInUseException."""
    with house.reading() as connection:
        version = house.find(connection, VERSION, arn)
    if version["status"] != "ACTIVE":
        raise ResourceInUseException(f"Metrics for {arn} are not available while its status is {version['status']}.")
    return version
