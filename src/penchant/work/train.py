"""Training: a solution version from the data of its dataset group, measured by Amazon's split, and sealed.

One fit per version. The newest tenth of the events of a tenth of the users is kept from it, which gives the metrics;
the deployed model still reads those events as history (see `trials/`).
"""

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..contract.arns import last_part
from ..house import House
from ..jobs.job import Failed, Job
from ..lake.exposure import exposure
from ..lake.selection import EventSelection, EventWeight, SelectionError
from ..recipes.base import InsufficientData, Progress, Recipe, require_sufficient
from ..recipes.catalog import RECIPES
from ..recipes.parts.text.encoder import EncoderUnavailable
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import seal_answering
from .fold import fold
from .item_values import item_values
from .kept import POSITION
from .objective import Objective, Pursuit
from .registry import task
from .training_data import counted, datasets_of, learnt_columns, read, tables_of
from .trials.trials import trial_of
from .tuning.choice import Choice, ChoiceOfHyperparameters, ChoiceOfRecipe, best_before, seen_by
from .watch import Watch

CHOSEN = 0.7
"""How far a version is when hyperparameters or a recipe are chosen, where they are."""
FITTED = 0.9
"""And when its model is fitted."""
WEIGHED = 0.94
"""And when its objective, where it has one, is weighed against relevance."""
MEASURED = 0.98
"""And when it has its metrics."""


@task("solutionVersion.create")
def train(job: Job, house: House) -> dict[str, Any]:
    with house.reading() as connection:
        version = book.find(connection, KINDS["solutionVersion"], job.subject)
    require_built(version)
    group_arn, folder = version["datasetGroupArn"], house.artifact_folder(job.subject)
    if version.get("performAutoML"):  # nothing else of the configuration counts then
        race, events = ChoiceOfRecipe(house, version), selection({**version, "solutionConfig": {}})
        return fit_and_seal(job, house, group_arn, race.widest, events, {}, folder, choice=race)
    config = version.get("solutionConfig", {})
    recipe = RECIPES[last_part(version["recipeArn"])].from_wire(
        config.get("algorithmHyperParameters", {}), config.get("featureTransformationParameters", {})
    )
    columns, objective = config.get("trainingDataConfig", {}), Objective.of(config)
    choice = None
    if version.get("performHPO"):
        choice = ChoiceOfHyperparameters(house, version, recipe, best_before(house, version))
    return fit_and_seal(job, house, group_arn, recipe, selection(version), columns, folder, objective, choice)


def require_built(version: Document) -> None:
    """Raises Failed for what may be asked for and this release cannot do yet."""
    if version["trainingMode"] == "UPDATE":
        raise Failed("trainingMode UPDATE is not built yet in this release of Penchant.")


def fit_and_seal(
    job: Job,
    house: House,
    group_arn: str,
    recipe: Recipe,
    chosen: EventSelection,
    columns: Mapping[str, Any],
    folder: Path,
    objective: Objective | None = None,
    choice: Choice | None = None,
) -> dict[str, Any]:
    """Train a recipe on the newest data of a dataset group and seal the model into a folder.

    `columns` is the trainingDataConfig. A `choice` has the last word on which recipe is fitted, and how.

    Answers with the metrics, the processor hours, the table versions that were read, and what a choice tells; the
    manifest has beside them how sure the metrics are, the trade of an objective, and seconds. Raises Failed.
    """
    began, watch = time.process_time(), Watch()
    job.progress(0.0, "Reading the interactions.")
    try:
        for arn in datasets_of(house, group_arn):
            fold(house, arn, job.progress)
        tables = tables_of(house, group_arn)
        interactions = tables.get("INTERACTIONS")
        for kind in recipe.required_datasets[:1]:
            if kind not in tables:
                raise Failed(f"Create failed. The {kind.capitalize()} dataset is empty; import data into it first.")
        data, versions = read(counted(tables, recipe), chosen, learnt_columns(house, group_arn, recipe, columns))
        if "INTERACTIONS" in recipe.required_datasets:
            require_sufficient(data)
        values = None
        if objective is not None:
            values = item_values(house, group_arn, objective.attribute, tables.get("ITEMS"), versions.items, data)
        trial = trial_of(recipe, data, group_arn, weighted=bool(chosen.weights), values=values)
        pursuit = None if objective is None or values is None else Pursuit(objective, trial.training, values)
        watch.mark("reading")
        training = trial.training if pursuit is None else pursuit.training
        training = replace(training, judged=True)  # a thousand events are enough, though some are kept to measure with
        begin = 0.0
        if choice is not None:
            begin = CHOSEN
            recipe = choice.recipe(training, between(job, 0.0, CHOSEN))
            training = seen_by(recipe, training)
            watch.mark("choosing")
        model = recipe.fit(training, between(job, begin, FITTED))
    except (InsufficientData, SelectionError, EncoderUnavailable) as reason:
        raise Failed(str(reason)) from None
    if pursuit is not None:
        model = pursuit.pursued(model, between(job, FITTED, WEIGHED))
    watch.mark("fitting")
    metrics = trial.metrics(model, between(job, WEIGHED, MEASURED))
    model = trial.finished(model)
    watch.mark("measuring")
    job.progress(0.99, "Sealing the model.")
    position = 0 if interactions is None else interactions.position(versions.interactions)
    elsewhere = 0.0 if choice is None else choice.elsewhere
    facts = {
        "metrics": metrics,
        "trainingHours": round((time.process_time() - began + elsewhere) / 3600, 3),
        "tableVersions": asdict(versions),
        POSITION: position,
    }
    counts = {}
    if recipe.explores and interactions is not None:
        counts = exposure(interactions, versions.interactions, data.items).state()
    beside = {"evaluation": trial.details(), "seconds": watch.seconds}
    if pursuit is not None:
        beside["objective"] = pursuit.trade
    seal_answering(folder, recipe, model, data, facts | beside, chosen, position, counts)
    return facts if choice is None else facts | choice.told


def between(job: Job, begin: float, end: float) -> Progress:
    """Progress from 0 to 1 as the part of a job from `begin` to `end`."""
    return lambda done, sentence: job.progress(begin + (end - begin) * done, sentence)


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
