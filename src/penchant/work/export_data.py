"""A dataset export job: CSV files `PATH/JOB/TYPE-part-00000.csv` and on, all of them or none.

The table's version is written down before the first file, so that an attempt after a crash writes the same files over
those that are there.
"""

from contextlib import suppress

from ..house import House
from ..jobs.job import Failed, Job, Lost
from ..lake.export import export_csv
from ..lake.schema import Schema
from ..lake.table import Table
from ..resources import book
from ..resources.kinds import KINDS
from ..store.objects import LocationError
from .fold import fold
from .registry import task

KIND = KINDS["datasetExportJob"]
NO_TABLE = -1
"""Nothing was ever imported or streamed."""


@task("datasetExportJob.create")
def export_data(job: Job, house: House) -> None:
    with house.reading() as connection:
        request = book.find(connection, KIND, job.subject)
        dataset = book.find(connection, KINDS["dataset"], request["datasetArn"])
        schema = book.find(connection, KINDS["schema"], dataset["schemaArn"])
    table = Table(house.dataset_folder(dataset["datasetArn"]))
    version = pinned(house, job, request, table)
    path = request["jobOutput"]["s3DataDestination"]["path"].rstrip("/")
    begin = f"{path}/{request['jobName']}/{dataset['datasetType']}-part-"
    contents = export_csv(
        table,
        None if version == NO_TABLE else version,
        Schema.parse(schema["schema"], schema.get("domain")),
        request["ingestionMode"],
        job.progress,
    )
    begun: list[str] = []
    try:
        for number, content in enumerate(contents):
            begun.append(f"{begin}{number:05}.csv")
            house.objects.put(begun[-1], content)
        job.progress(1.0, f"Wrote {len(begun):,} files.")
    except Lost:
        raise  # the files are those of the attempt that took over
    except BaseException as error:
        remove(house, begun)
        if isinstance(error, LocationError):
            raise Failed(str(error)) from None
        raise


def pinned(house: House, job: Job, request: book.Document, table: Table) -> int:
    """The version of the table that this job writes out, in whatever attempt."""
    if "tableVersion" in request:
        return request["tableVersion"]
    fold(house, request["datasetArn"], job.progress)
    version = table.version() if table.exists() else NO_TABLE
    with house.writing() as connection:
        book.amend(connection, KIND, job.subject, tableVersion=version)
    return version


def remove(house: House, locations: list[str]) -> None:
    for location in locations:
        with suppress(LocationError):  # what cannot be written can seldom be removed; the first reason is told
            house.objects.remove(location)
