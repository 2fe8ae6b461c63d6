"""Data deletion jobs: all that a dataset group knows of some users goes."""

from ..contract.errors import InvalidInputException
from ..house import House
from ..resources.kinds import KINDS
from .generic import require_tags
from .registry import Answer, operation


@operation("CreateDataDeletionJob")
def create_data_deletion_job(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    if request["dataSource"].get("dataLocation") is None:
        raise InvalidInputException("Invalid Data location. dataSource.dataLocation must name a file or a folder.")
    with house.writing() as connection:
        house.require(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
        document = house.create(connection, KINDS["dataDeletionJob"], request, request["jobName"])
    return {"dataDeletionJobArn": document["dataDeletionJobArn"]}
