"""Which models are updated between two trainings, and when: the rules, and nothing that is done."""

from sqlalchemy import Connection

from ..contract.arns import last_part
from ..recipes.base import AUTOMATIC, INCREMENTAL, Recipe
from ..recipes.catalog import RECIPES
from . import book
from .book import Document
from .kinds import KINDS, Kind, unfinished
from .updates import Line

VERSION = KINDS["solutionVersion"]
WORKING = unfinished(VERSION.life["create"])
TRAINED_SINCE = "trainedSince"
"""Member of a recommender: when the training of its model began."""
DATA = {AUTOMATIC: frozenset(["INTERACTIONS", "ITEMS"]), INCREMENTAL: frozenset(["ITEMS"])}
"""The dataset types whose new records call for an update."""


def trained_since(document: Document) -> float:
    """When the training of a model began, of a solution version or a recommender: it knows no later data."""
    moment: float = document[TRAINED_SINCE if TRAINED_SINCE in document else "creationDateTime"]
    return moment


def known_since(document: Document, line: Line | None) -> float:
    """The moment past which a model knows of no data."""
    return trained_since(document) if line is None or line.updated is None else line.updated


def due(document: Document, line: Line | None, period: float) -> float:
    """The earliest moment of the next update."""
    return (trained_since(document) if line is None else line.begun) + period


def obstacle(connection: Connection, kind: Kind, document: Document) -> str | None:
    """Why the model of a solution version or a recommender is not updated by itself, in a sentence; None where it is.

    The rules are AWS's (Developer Guide, "Automatic updates").
    """
    recipe = RECIPES[last_part(document["recipeArn"])] if "recipeArn" in document else None
    if recipe is None or recipe.updated not in DATA:
        return f"Models of {recipe.name if recipe else 'no recipe'} are not updated between trainings."
    if not has_data(connection, document, recipe):
        return f"The {recipe.required_datasets[0].capitalize()} dataset was deleted."
    if kind is KINDS["recommender"]:
        answers = document["status"] == "ACTIVE" and "model" in document
        return None if answers else f"The recommender is in status {document['status']}."
    return obstacle_of_version(connection, document, recipe)


def obstacle_of_version(connection: Connection, version: Document, recipe: type[Recipe]) -> str | None:
    if newest_full(connection, version["solutionArn"]) != version["solutionVersionArn"]:
        return "It is not the newest version of its solution, or that is not one of trainingMode FULL."
    if recipe.updated == INCREMENTAL:
        solution = book.find(connection, KINDS["solution"], version["solutionArn"])
        if not solution.get("performIncrementalUpdate"):
            return "The solution does not have performIncrementalUpdate."
    campaigns = (
        book.find(connection, KINDS["campaign"], arn)
        for arn in book.naming(connection, version["solutionVersionArn"], KINDS["campaign"])
    )
    if not any(each["status"] == "ACTIVE" for each in campaigns):
        return "It is not deployed in a campaign."
    return None


def has_data(connection: Connection, document: Document, recipe: type[Recipe]) -> bool:
    datasets = book.naming(connection, document["datasetGroupArn"], KINDS["dataset"])
    types = {book.find(connection, KINDS["dataset"], arn)["datasetType"] for arn in datasets}
    return recipe.required_datasets[0] in types


def newest_full(connection: Connection, solution_arn: str) -> str | None:
    """The newest version of a solution, if it was trained in FULL. One that is being trained in FULL does not count
    yet; one of trainingMode UPDATE counts from its creation on."""
    for arn in reversed(book.naming(connection, solution_arn, VERSION)):
        version = book.find(connection, VERSION, arn)
        if version["status"] == "ACTIVE" or (version["trainingMode"] != "FULL" and version["status"] in WORKING):
            return arn if version["trainingMode"] == "FULL" else None
    return None
