"""A dataset import job: files of an object store into the dataset's table, all of them or none."""

import logging

from ..house import House
from ..jobs.job import Failed, Job
from ..lake.imports import ImportFault, import_files
from ..lake.schema import Schema
from ..lake.table import ColumnsMissing, Table, TableBusy
from ..resources import book
from ..resources.kinds import KINDS
from ..store.objects import LocationError
from .alone import alone
from .attribution_reports import publish, require_room
from .registry import task

log = logging.getLogger(__name__)


@task("datasetImportJob.create")
def import_data(job: Job, house: House) -> None:
    with house.reading() as connection:
        request = book.find(connection, KINDS["datasetImportJob"], job.subject)
        dataset = book.find(connection, KINDS["dataset"], request["datasetArn"])
        schema_document = book.find(connection, KINDS["schema"], dataset["schemaArn"])
    schema = Schema.parse(schema_document["schema"], schema_document.get("domain"))
    folder = house.dataset_folder(dataset["datasetArn"])
    interactions = dataset["datasetType"] in ("INTERACTIONS", "ACTION_INTERACTIONS")
    require_room(house, request, dataset)
    job.progress(0.0, "Looking for the files.")
    with alone(folder):
        try:
            report = import_files(
                Table(folder),
                schema,
                house.objects.sources(request["dataSource"]["dataLocation"]),
                request["importMode"],
                job.id,
                house.minimum_interactions if interactions else 0,
                job.progress,
                house.lenient_metadata,
            )
        except (ImportFault, LocationError, ColumnsMissing, TableBusy) as fault:
            raise Failed(str(fault)) from None
    publish(house, request, dataset, report.version, job.id)
    if report.forgiven:
        log.warning("%s: %d empty or faulty values were read as null", job.subject, report.forgiven)
