"""Training: a solution version from the data of its dataset group, measured by Amazon's split, and sealed.

One fit per version. The newest tenth of the events of a tenth of the users is kept from it, which gives the metrics;
the deployed model still reads those events as history (see `trials/`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..contract.arns import last_part
from ..house import House
from ..jobs.job import Failed, Job
from ..lake.encode import NOWHERE
from ..lake.exposure import exposure
from ..lake.selection import EventSelection, EventWeight, SelectionError
from ..recipes.base import InsufficientData, Progress, Recipe, require_sufficient
from ..recipes.catalog import RECIPES
from ..recipes.parts.course import followed
from ..recipes.parts.text.encoder import EncoderUnavailable
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import seal_answering
from .fold import fold
from .item_values import item_values
from .kept import POSITION
from .objective import Objective, Pursuit
from .refresh import train_as_update
from .registry import task
from .run import Run
from .training_data import counted, datasets_of, learnt_columns, read, tables_of
from .trials.trials import trial_of
from .tuning.choice import Choice, ChoiceOfHyperparameters, ChoiceOfRecipe, best_before, seen_by

CHOSEN = 0.7
"""How far a version is when hyperparameters or a recipe are chosen, where they are."""
FITTED = 0.9
"""And when its model is fitted."""
WEIGHED = 0.94
"""And when its objective, where it has one, is weighed against relevance."""
MEASURED = 0.98
"""And when it has its metrics."""
SEALED = 0.99
"""And when nothing is left but to seal it."""


@task("solutionVersion.create")
def train(job: Job, house: House) -> dict[str, Any]:
    with house.reading() as connection:
        version = book.find(connection, KINDS["solutionVersion"], job.subject)
    if version["trainingMode"] == "UPDATE":
        return train_as_update(job, house, version)
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
    run: Run | None = None,
) -> dict[str, Any]:
    """Train a recipe on the newest data of a dataset group and seal the model into a folder.

    `columns` is the trainingDataConfig. A `choice` has the last word on which recipe is fitted, and how. A later
    attempt at the same job goes on from the checkpoints of those before it, on the data that they read; a `run` may
    name other data, from the versions of its tables.

    Answers with the metrics, the processor hours, the table versions that were read, and what a choice tells; the
    manifest has beside them how sure the metrics are, the trade of an objective, time, memory and seed. Raises Failed.
    """
    run = run or Run.of(job, house)
    job = replace(job, report=run.progress)
    job.progress(0.0, "Reading the interactions.")
    with followed(run), told_at_the_end(run):
        try:
            if run.versions is None:
                for arn in datasets_of(house, group_arn):
                    fold(house, arn, job.progress)
            tables = tables_of(house, group_arn)
            for kind in recipe.required_datasets[:1]:
                if kind not in tables:
                    raise Failed(f"Create failed. The {kind.capitalize()} dataset is empty; import data into it first.")
            learnt = run.columns(learnt_columns(house, group_arn, recipe, columns))
            data, versions = read(counted(tables, recipe), chosen, learnt, run.versions)
            interactions = tables.get("INTERACTIONS") if versions.interactions != NOWHERE else None
            run.reads(versions, learnt, chosen, columns, objective)
            if "INTERACTIONS" in recipe.required_datasets:
                require_sufficient(data)
            values = None
            if objective is not None:
                catalogue = tables.get("ITEMS")
                values = item_values(house, group_arn, objective.attribute, catalogue, versions.items, data.items)
            job.progress(0.0, "Keeping events to measure with.")
            trial = trial_of(recipe, data, group_arn, weighted=bool(chosen.weights), values=values)
            pursuit = None if objective is None or values is None else Pursuit(objective, trial.training, values)
            training = trial.training if pursuit is None else pursuit.training
            job.progress(0.0, "Beginning to fit.")
            training = replace(training, judged=True)  # a thousand events are enough, though some are kept to measure
            begin = 0.0
            if choice is not None:
                begin = CHOSEN
                recipe = choice.recipe(training, between(job, 0.0, CHOSEN))
                training = seen_by(recipe, training)
                run.mark("choosing")
            run.fits(recipe)
            model = run.fitted(recipe, partial(recipe.fit, training, between(job, begin, FITTED)))
        except (InsufficientData, SelectionError, EncoderUnavailable) as reason:
            raise Failed(str(reason)) from None
        if pursuit is not None:
            model = pursuit.pursued(model, between(job, FITTED, WEIGHED))
        run.mark("fitting")
        metrics = trial.metrics(model, between(job, WEIGHED, MEASURED))
        model = trial.finished(model, between(job, MEASURED, SEALED))
        run.mark("measuring")
        job.progress(SEALED, "Sealing the model.")
        position = 0 if interactions is None else interactions.position(versions.interactions)
        facts = {
            "metrics": metrics,
            "trainingHours": round((run.watch.core_seconds + elsewhere(run, choice)) / 3600, 3),
            "tableVersions": asdict(versions),
            POSITION: position,
        }
        counts = {}
        if recipe.explores and interactions is not None:
            counts = exposure(interactions, versions.interactions, data.items).state()
        beside = {"evaluation": trial.details(), **run.facts}
        if pursuit is not None:
            beside["objective"] = pursuit.trade
        seal_answering(folder, recipe, model, data, facts | beside, chosen, position, counts)
        run.mark("sealing")
    return facts if choice is None else facts | choice.told


@contextmanager
def told_at_the_end(run: Run) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(Exception):  # how it ended is told all the same
            run.ended()
        raise
    run.ended()


def elsewhere(run: Run, choice: Choice | None) -> float:
    """Processor seconds that this process did not spend: those of earlier attempts, and of trials in other processes.
    A trial of an earlier attempt may be in both, and is counted once."""
    return run.earlier if choice is None else max(run.earlier, choice.elsewhere)


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
