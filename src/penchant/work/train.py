"""Training: a solution version from the data of its dataset group, measured by Amazon's split, and sealed.

One fit per version. The newest tenth of the events of a tenth of the users is kept from it, which gives the metrics;
the deployed model still reads those events as history (see `trials/`).
"""

import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..contract.arns import last_part
from ..house import House
from ..jobs.job import Failed, Job
from ..lake.exposure import exposure
from ..lake.selection import EventSelection, EventWeight, SelectionError
from ..recipes.base import InsufficientData, NotBuilt, Recipe, require_sufficient
from ..recipes.declared.all import KNOWN
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import seal_answering
from .fold import fold
from .kept import POSITION
from .registry import task
from .training_data import datasets_of, learnt_columns, read, tables_of
from .trials.trials import trial_of

FITTED = 0.9
"""How far a version is when its model is fitted."""
MEASURED = 0.98
"""And when it has its metrics."""


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
    columns = config.get("trainingDataConfig", {})
    return fit_and_seal(job, house, version["datasetGroupArn"], recipe, selection(version), columns, folder)


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
    job: Job,
    house: House,
    group_arn: str,
    recipe: Recipe,
    chosen: EventSelection,
    columns: Mapping[str, Any],
    folder: Path,
) -> dict[str, Any]:
    """Train a recipe on the newest data of a dataset group and seal the model into a folder.

    `columns` is the trainingDataConfig. Answers with the metrics, the processor hours and the table versions that were
    read. Raises Failed.
    """
    began = time.process_time()
    job.progress(0.0, "Reading the interactions.")
    try:
        recipe.require_built()
        for arn in datasets_of(house, group_arn):
            fold(house, arn, job.progress)
        tables = tables_of(house, group_arn)
        interactions = tables.get("INTERACTIONS")
        if interactions is None:
            raise Failed("Create failed. The Interactions dataset is empty; import data into it first.")
        data, versions = read(tables, chosen, learnt_columns(house, group_arn, recipe, columns))
        require_sufficient(data)
        trial = trial_of(recipe, data, seed=group_arn)
        model = recipe.fit(trial.training, lambda fraction, sentence: job.progress(FITTED * fraction, sentence))
    except (InsufficientData, NotBuilt, SelectionError) as reason:
        raise Failed(str(reason)) from None
    metrics = trial.metrics(model, lambda done, sentence: job.progress(FITTED + (MEASURED - FITTED) * done, sentence))
    model = trial.finished(model)
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
