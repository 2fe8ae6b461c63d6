"""Training: a solution version from the data of its dataset group, measured by Amazon's split, and sealed.

One fit per version. The newest tenth of the events of a tenth of the users is kept from it, which gives the metrics;
the deployed model still reads those events as history (see `measure/split.py`).
"""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ..contract.arns import last_part
from ..house import House
from ..jobs.job import Failed, Job
from ..lake.encode import Versions, training_set
from ..lake.exposure import exposure
from ..lake.selection import EventSelection, EventWeight, SelectionError
from ..lake.table import Table
from ..measure.ranking import best, ranking_metrics
from ..measure.split import Split, split_users
from ..recipes.base import InsufficientData, Model, NotBuilt, Recipe, require_sufficient
from ..recipes.declared.all import KNOWN
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import seal_answering
from .fold import fold
from .kept import POSITION
from .registry import task

FITTED = 0.9
"""How far a version is when its model is fitted."""
QUERIES = 256
"""Test users scored at a time."""


@task("solutionVersion.create")
def train(job: Job, house: House) -> dict[str, Any]:
    with house.reading() as connection:
        version = book.find(connection, KINDS["solutionVersion"], job.subject)
    require_built(version)
    config = version.get("solutionConfig", {})
    recipe = KNOWN[last_part(version["recipeArn"])].from_wire(
        config.get("algorithmHyperParameters", {}), config.get("featureTransformationParameters", {})
    )
    folder = house.artifact_folder(job.subject)
    return fit_and_seal(job, house, version["datasetGroupArn"], recipe, selection(version), folder)


def require_built(version: Document) -> None:
    """Raises Failed for what a solution may ask for and this release cannot do yet."""
    not_yet = "is not built yet in this release of Penchant."
    if version.get("performAutoML"):
        raise Failed(f"AutoML {not_yet} Make a solution with a recipeArn.")
    try:
        KNOWN[last_part(version["recipeArn"])].require_built()
    except NotBuilt as reason:
        raise Failed(str(reason)) from None
    for asked, what in (
        (version["trainingMode"] == "UPDATE", "trainingMode UPDATE"),
        (version.get("performHPO"), "performHPO"),
        ("optimizationObjective" in version.get("solutionConfig", {}), "optimizationObjective"),
    ):
        if asked:
            raise Failed(f"{what} {not_yet}")


def fit_and_seal(
    job: Job, house: House, group_arn: str, recipe: Recipe, chosen: EventSelection, folder: Path
) -> dict[str, Any]:
    """Train a recipe on the newest data of a dataset group and seal the model into a folder.

    Answers with the metrics, the processor hours and the table versions that were read. Raises Failed.
    """
    began = time.process_time()
    job.progress(0.0, "Reading the interactions.")
    try:
        recipe.require_built()
        for arn in datasets_of(house, group_arn):
            fold(house, arn, job.progress)
        tables = tables_of(house, group_arn)
        interactions, items = tables.get("INTERACTIONS"), tables.get("ITEMS")
        if interactions is None:
            raise Failed("Create failed. The Interactions dataset is empty; import data into it first.")
        versions = Versions.newest(interactions, items)
        data = training_set(interactions, items, versions, chosen)
        require_sufficient(data)
        split = split_users(data, seed=group_arn)
        model = recipe.fit(split.training, lambda fraction, sentence: job.progress(FITTED * fraction, sentence))
    except (InsufficientData, NotBuilt, SelectionError) as reason:
        raise Failed(str(reason)) from None
    metrics = measured(model, split, len(data.items), job)
    model = model.brought_up(split.users, [data.history(user) for user in split.users])
    job.progress(0.99, "Sealing the model.")
    position = interactions.position(versions.interactions)
    facts = {
        "metrics": metrics,
        "trainingHours": round((time.process_time() - began) / 3600, 3),
        "tableVersions": asdict(versions),
        POSITION: position,
    }
    counts = exposure(interactions, versions.interactions, data.items).state() if recipe.explores else {}
    seal_answering(folder, recipe, model, data, facts, chosen, position, counts)
    return facts


def datasets_of(house: House, group_arn: str) -> list[str]:
    with house.reading() as connection:
        return book.naming(connection, group_arn, KINDS["dataset"])


def tables_of(house: House, group_arn: str) -> dict[str, Table]:
    """The tables of a dataset group by dataset type, where something was imported or streamed."""
    tables = {}
    with house.reading() as connection:
        for arn in book.naming(connection, group_arn, KINDS["dataset"]):
            table = Table(house.dataset_folder(arn))
            if table.exists():
                tables[book.find(connection, KINDS["dataset"], arn)["datasetType"]] = table
    return tables


def selection(version: Document) -> EventSelection:
    """Which events a solution asked to be trained on, and with what weight."""
    config = version.get("solutionConfig", {})
    listed = config.get("eventsConfig", {}).get("eventParametersList", [])
    threshold = config.get("eventValueThreshold")
    return EventSelection(
        event_type=version.get("eventType"),
        value_threshold=None if threshold is None else float(threshold),
        weights=tuple(
            EventWeight(event["eventType"], event.get("weight", 1.0), event.get("eventValueThreshold"))
            for event in listed
        ),
    )


def measured(model: Model, split: Split, item_count: int, job: Job) -> dict[str, float]:
    """The eight metrics of GetSolutionMetrics. A test user's known state is that after their input."""
    lists = []
    for start in range(0, len(split.users), QUERIES):
        job.progress(FITTED + 0.08 * start / len(split.users), "Measuring with the held-out events.")
        users = split.users[start : start + QUERIES]
        lists.append(best(model.scores_many(split.histories[start : start + QUERIES], users)))
    return ranking_metrics(np.concatenate(lists), split.truths, item_count)
