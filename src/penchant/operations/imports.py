"""Dataset import jobs: bulk data from an object store into a dataset."""

from ..contract.errors import InvalidInputException, NotBuiltException
from ..house import House
from ..resources import book
from ..resources.book import EVENT_INTERACTIONS
from ..resources.kinds import KINDS
from .generic import require_tags
from .registry import Answer, operation

KIND = KINDS["datasetImportJob"]


@operation("CreateDatasetImportJob")
def create_dataset_import_job(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    if request.get("publishAttributionMetricsToS3"):
        raise NotBuiltException("publishAttributionMetricsToS3 is not built yet in this release of Penchant.")
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
        document = house.create(connection, KIND, request, request["jobName"], importMode=mode)
    return {"datasetImportJobArn": document["datasetImportJobArn"]}


def imported_before(connection, dataset_arn: str) -> bool:
    jobs = (book.find(connection, KIND, arn) for arn in book.naming(connection, dataset_arn, KIND))
    return any(job["status"] == "ACTIVE" for job in jobs)
