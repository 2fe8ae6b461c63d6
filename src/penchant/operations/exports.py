"""Dataset export jobs: the rows of a dataset as CSV files in an object store."""

from ..contract.errors import InvalidInputException
from ..house import House
from ..resources.book import EVENT_INTERACTIONS
from ..resources.kinds import KINDS
from .generic import require_tags
from .registry import Answer, operation


@operation("CreateDatasetExportJob")
def create_dataset_export_job(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    mode = request.get("ingestionMode", "PUT")
    with house.writing() as connection:
        dataset = house.require(connection, KINDS["dataset"], request["datasetArn"])
        if dataset["datasetType"] == EVENT_INTERACTIONS:
            raise InvalidInputException(
                f"{request['datasetArn']} holds no rows; streamed events lie in the Interactions dataset of its group, "
                "and ingestionMode PUT exports them."
            )
        document = house.create(connection, KINDS["datasetExportJob"], request, request["jobName"], ingestionMode=mode)
    return {"datasetExportJobArn": document["datasetExportJobArn"]}
