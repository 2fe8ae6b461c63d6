"""Dataset import jobs: bulk data from an object store into a dataset."""

from sqlalchemy import Connection

from ..attributions import attribution_of
from ..contract.errors import InvalidInputException
from ..house import House
from ..resources import book
from ..resources.book import EVENT_INTERACTIONS, Document
from ..resources.kinds import KINDS
from .generic import require_tags
from .registry import Answer, operation

KIND = KINDS["datasetImportJob"]


@operation("CreateDatasetImportJob")
def create_dataset_import_job(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    location = request["dataSource"].get("dataLocation")
    if location is None:
        raise InvalidInputException("Invalid Data location. dataSource.dataLocation must name a file or a folder.")
    mode = request.get("importMode", "FULL")
    with house.writing() as connection:
        dataset = house.require(connection, KINDS["dataset"], request["datasetArn"])
        if dataset["datasetType"] == EVENT_INTERACTIONS:
            raise InvalidInputException(
                f"{dataset['datasetArn']} takes no imports; import into the Interactions dataset."
            )
        if mode == "INCREMENTAL" and not imported_before(connection, dataset["datasetArn"]):
            raise InvalidInputException(
                f"The first import into {dataset['datasetArn']} must have importMode FULL; nothing was imported yet."
            )
        if request.get("publishAttributionMetricsToS3"):
            require_destination(connection, dataset)
        document = house.create(connection, KIND, request, request["jobName"], importMode=mode)
    return {"datasetImportJobArn": document["datasetImportJobArn"]}


def require_destination(connection: Connection, dataset: Document) -> None:
    """Raises InvalidInputException where figures of an import have nowhere to go."""
    if dataset["datasetType"] != "INTERACTIONS":
        raise InvalidInputException(
            "publishAttributionMetricsToS3 is for imports into an Interactions dataset; metrics are of events."
        )
    attribution = attribution_of(connection, dataset["datasetGroupArn"])
    if attribution is None:
        raise InvalidInputException(
            "publishAttributionMetricsToS3 needs a metric attribution that is ACTIVE, and the dataset group "
            f"{dataset['datasetGroupArn']} has none."
        )
    if "s3DataDestination" not in attribution["metricsOutputConfig"]:
        raise InvalidInputException(
            f"publishAttributionMetricsToS3 needs a destination, and {attribution['metricAttributionArn']} has none: "
            "give it one by UpdateMetricAttribution with metricsOutputConfig.s3DataDestination."
        )


def imported_before(connection, dataset_arn: str) -> bool:
    jobs = (book.find(connection, KIND, arn) for arn in book.naming(connection, dataset_arn, KIND))
    return any(job["status"] == "ACTIVE" for job in jobs)
