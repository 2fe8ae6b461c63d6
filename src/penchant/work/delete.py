"""Deletion: what a resource owned on disk goes first, the resource itself last, so that a crash leaves nothing behind
that nobody knows of."""

import shutil

from ..house import House
from ..jobs.job import Job
from ..resources import book
from .registry import task


@task("campaign.delete")
@task("eventTracker.delete")
@task("filter.delete")
@task("metricAttribution.delete")
def strike_only(job: Job, house: House) -> None:
    """Owns nothing on disk."""


@task("datasetGroup.delete")
@task("dataset.delete")
def delete_dataset(job: Job, house: House) -> None:
    """The folder of a group holds those of its datasets, which are gone, and their locks."""
    with house.reading() as connection:
        number = book.number_of(connection, job.subject)
    house.journal.prune(number, house.journal.newest(number))
    remove(house.dataset_folder(job.subject))


@task("solution.delete")
def delete_solution(job: Job, house: House) -> None:
    """All versions vanish with their solution, so its whole folder does."""
    remove(house.training_folder(job.subject))
    remove(house.artifact_folder(job.subject))


def remove(folder) -> None:
    if folder.exists():
        shutil.rmtree(folder)
