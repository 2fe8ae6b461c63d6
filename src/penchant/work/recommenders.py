"""What becomes of a recommender: it is trained when it is made, again when an update changes what it learns from, and
every week.

Each training has a folder of its own under the recommender's, named after its job; the document's hidden member
`model` says which one answers.
"""

import shutil
from typing import Any

from ..contract.arns import last_part
from ..house import House
from ..jobs.job import Failed, Job
from ..lake.selection import EventSelection
from ..recipes.catalog import RECIPES
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..resources.updating import TRAINED_SINCE
from ..store import clock
from .kept import POSITION
from .registry import task
from .train import fit_and_seal

RECOMMENDER = KINDS["recommender"]


@task("recommender.create")
def create(job: Job, house: House) -> Document:
    return trained(job, house, document_of(job, house))


@task("recommender.update")
def update(job: Job, house: House) -> Document:
    recommender = document_of(job, house)
    remove_others(house, job, recommender)
    config = newest_config(recommender)
    unchanged = config.get("trainingDataConfig") == recommender["recommenderConfig"].get("trainingDataConfig")
    scheduled = recommender["latestRecommenderUpdate"].get("retraining")
    if unchanged and not scheduled and "model" in recommender:  # one whose creation failed has none, and is mended here
        return {"recommenderConfig": config}
    return {"recommenderConfig": config, **trained(job, house, recommender)}


@task("recommender.stop")
@task("recommender.start")
def nothing(job: Job, house: House) -> None:
    """Its status says whether it answers; the model stays where it is."""


@task("recommender.delete")
def delete(job: Job, house: House) -> None:
    folder = house.recommender_folder(job.subject)
    if folder.exists():
        shutil.rmtree(folder)


def document_of(job: Job, house: House) -> Document:
    with house.reading() as connection:
        return book.find(connection, RECOMMENDER, job.subject)


def trained(job: Job, house: House, recommender: Document) -> dict[str, Any]:
    recipe = RECIPES[last_part(recommender["recipeArn"])]()
    event_type, moment = recipe.event_type, clock.now()
    try:
        result = fit_and_seal(
            job,
            house,
            recommender["datasetGroupArn"],
            recipe,
            EventSelection(event_type=event_type, in_any_case=True),
            newest_config(recommender).get("trainingDataConfig", {}),
            house.recommender_folder(job.subject) / job.id,
        )
    except Failed as failed:
        sentence = str(failed)
        if event_type and "fewer than 1000 interactions" in sentence:
            sentence = f"Dataset has fewer than 1000 interactions after filtering by event type: {event_type}"
        raise Failed(sentence) from None
    kept = {name: result[name] for name in ("tableVersions", POSITION)}
    return {"modelMetrics": result["metrics"], "model": job.id, TRAINED_SINCE: moment, **kept}


def newest_config(recommender: Document) -> Document:
    """What an update under way asks for; without one, what it was made with."""
    told = recommender.get("latestRecommenderUpdate", recommender)
    return told.get("recommenderConfig", {})


def remove_others(house: House, job: Job, recommender: Document) -> None:
    """Trainings that no longer answer, and what earlier attempts left."""
    folder = house.recommender_folder(job.subject)
    for each in folder.iterdir() if folder.exists() else ():
        if each.name not in (recommender.get("model"), job.id):
            shutil.rmtree(each)
