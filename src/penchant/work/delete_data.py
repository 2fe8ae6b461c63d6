"""A data deletion job: the rows of the users that a file names go from the tables of a dataset group.

Each table's commit carries the job's id and its number of rows, so that a job that runs twice tells the same.
"""

from typing import Any

import polars as pl
from sqlalchemy import Connection

from ..contract.arns import datasets_of
from ..events import rejections
from ..house import House
from ..jobs.job import Failed, Job
from ..lake.erase import Progress, erase_users, read_users
from ..lake.imports import ImportFault
from ..lake.table import Table, TableBusy
from ..resources import book
from ..resources.kinds import KINDS
from ..store.objects import LocationError, Source
from .alone import alone
from .fold import fold
from .kept import kept_versions
from .registry import task

OF_USERS = ("USERS", "INTERACTIONS", "ACTION_INTERACTIONS")


@task("dataDeletionJob.create")
def delete_data(job: Job, house: House) -> dict[str, Any]:
    with house.reading() as connection:
        request = book.find(connection, KINDS["dataDeletionJob"], job.subject)
        datasets = of_group(connection, request["datasetGroupArn"])
    job.progress(0.0, "Reading the users to delete.")
    try:
        users = read_users(csv_files(house, request["dataSource"]["dataLocation"]))
        deleted = 0
        for number, (dataset_type, arn) in enumerate(datasets.items()):

            def progress(fraction: float, sentence: str, number: int = number, name: str = dataset_type) -> None:
                job.progress((number + fraction) / len(datasets), f"{name}: {sentence}")

            deleted += erase(house, request["datasetGroupArn"], arn, dataset_type, users, job.id, progress)
    except (ImportFault, LocationError, TableBusy) as fault:
        raise Failed(str(fault)) from None
    with house.journal.database.write() as connection:
        rejections.forget_examples(connection, house.place, datasets_of(request["datasetGroupArn"]))
    return {"numDeleted": deleted}


def of_group(connection: Connection, group_arn: str) -> dict[str, str]:
    """The datasets of a group that hold rows of users, by type."""
    arns = book.naming(connection, group_arn, KINDS["dataset"])
    datasets = {book.find(connection, KINDS["dataset"], arn)["datasetType"]: arn for arn in arns}
    return {name: datasets[name] for name in OF_USERS if name in datasets}


def csv_files(house: House, location: str) -> list[Source]:
    """Of a folder the .csv files at any depth; a file is taken under any name."""
    sources = house.objects.sources(location, recursive=True)
    if not location.endswith("/"):
        return sources
    found = [source for source in sources if source.name.lower().endswith(".csv")]
    if not found:
        raise LocationError(f"Invalid Data location. There is no .csv file in {location} or a folder in it.")
    return found


def erase(
    house: House, group_arn: str, dataset_arn: str, dataset_type: str, users: pl.Series, job_id: str, progress: Progress
) -> int:
    folder = house.dataset_folder(dataset_arn)
    table = Table(folder)
    position = fold(house, dataset_arn, progress)
    with alone(folder):
        deleted = erase_users(table, users, job_id, progress)
        # The commit comes first and the look at the readers second: whoever begins after the look reads the new
        # version. Only what once was in a version is removed, because streamed records may be on their way into one.
        if table.exists() and (versions := kept_versions(house, group_arn, dataset_type)) is not None:
            table.vacuum(versions, full=False)
    # Recommendations read the journal, and must forget them too.
    with house.reading() as connection:
        number = book.number_of(connection, dataset_arn)
    house.journal.forget(number, users, position)
    return deleted
