"""Reports of metric attributions: a file for each import that publishes them."""

import logging
import uuid

from ..attributions import KIND, attribution_of, figures_of_import
from ..house import House
from ..jobs.job import Failed, Job
from ..resources import book
from ..resources.book import Document
from ..store.objects import LocationError
from .registry import task

log = logging.getLogger(__name__)


@task("metricAttribution.create")
def create_metric_attribution(job: Job, house: House) -> None:
    """As AWS does, it tries whether it may write where the reports are to go."""
    with house.reading() as connection:
        attribution = book.find(connection, KIND, job.subject)
    try_destination(house, attribution)


def try_destination(house: House, attribution: Document) -> None:
    """Raises Failed where no file can be written there."""
    if folder := destination(attribution):
        location = f"{folder}/.penchant-{uuid.uuid4().hex}"
        try:
            house.objects.put(location, b"")
            house.objects.remove(location)
        except LocationError as error:
            raise Failed(f"Reports of the metric attribution cannot be written: {error}") from None


def require_room(house: House, request: Document, dataset: Document) -> None:
    """Before an import that is to publish: raises Failed where it could not."""
    if request.get("publishAttributionMetricsToS3"):
        with house.reading() as connection:
            attribution = attribution_of(connection, dataset["datasetGroupArn"])
        if attribution is not None:
            try_destination(house, attribution)


def publish(house: House, request: Document, dataset: Document, version: int, job_id: str) -> None:
    """Write what the rows of an import come to. An attribution that was deleted meanwhile wants no report.

    Raises Failed; the rows are imported all the same.
    """
    if not request.get("publishAttributionMetricsToS3"):
        return
    with house.reading() as connection:
        attribution = attribution_of(connection, dataset["datasetGroupArn"])
    if attribution is None or not (folder := destination(attribution)):
        log.warning("%s: no report, for the metric attribution or its destination is gone", request["jobName"])
        return
    report = figures_of_import(house, attribution, dataset, version, job_id)
    try:
        house.objects.put(f"{folder}/{named(request)}", report.write_csv().encode())
    except LocationError as error:
        raise Failed(
            f"The rows were imported, but the report of the metric attribution was not written: {error}"
        ) from None


def destination(attribution: Document) -> str | None:
    told = attribution["metricsOutputConfig"].get("s3DataDestination")
    return told["path"].rstrip("/") if told else None


def named(request: Document) -> str:
    """AWS's pattern. Another attempt at the same job writes the same file."""
    return f"AggregatedAttributionMetrics - {request['importMode']} - {int(request['creationDateTime'] * 1000)}.csv"
