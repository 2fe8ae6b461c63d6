"""Schemas, dataset groups and datasets."""

from ..contract.errors import InvalidInputException
from ..house import House
from ..lake.schema import Schema, SchemaError
from ..resources.kinds import KINDS
from .generic import require_tags
from .registry import Answer, operation

DATASET_TYPES = ("INTERACTIONS", "ITEMS", "USERS", "ACTIONS", "ACTION_INTERACTIONS")
CUSTOM_GROUPS_ONLY = ("ACTIONS", "ACTION_INTERACTIONS")


@operation("CreateSchema")
def create_schema(house: House, request: dict) -> Answer:
    try:
        Schema.parse(request["schema"], request.get("domain"))
    except SchemaError as error:
        raise InvalidInputException(str(error)) from None
    with house.writing() as connection:
        document = house.create(connection, KINDS["schema"], request, request["name"])
    return {"schemaArn": document["schemaArn"]}


@operation("CreateDatasetGroup")
def create_dataset_group(house: House, request: dict) -> Answer:
    if ("roleArn" in request) != ("kmsKeyArn" in request):
        raise InvalidInputException("roleArn and kmsKeyArn belong together: give both of them or neither.")
    require_tags(request.get("tags", []))
    with house.writing() as connection:
        document = house.create(connection, KINDS["datasetGroup"], request, request["name"])
    return {key: document[key] for key in ("datasetGroupArn", "domain") if key in document}


@operation("CreateDataset")
def create_dataset(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    dataset_type = request["datasetType"].upper()
    if dataset_type not in DATASET_TYPES:
        raise InvalidInputException(
            f"{request['datasetType']} is not a dataset type; it must be one of {', '.join(DATASET_TYPES)}."
        )
    with house.writing() as connection:
        group = house.require(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
        schema_document = house.find(connection, KINDS["schema"], request["schemaArn"])
        domain = group.get("domain")
        schema = Schema.parse(schema_document["schema"], schema_document.get("domain"))
        if schema.dataset_type != dataset_type:
            raise InvalidInputException(
                f"The schema {request['schemaArn']} describes {schema.dataset_type}; a dataset of type {dataset_type} "
                "needs a schema whose record name says so."
            )
        if schema_document.get("domain") != domain:
            raise InvalidInputException(
                f"The schema {request['schemaArn']} was made for {schema_document.get('domain') or 'custom'} dataset "
                f"groups; {request['datasetGroupArn']} is a {domain or 'custom'} one."
            )
        if domain and dataset_type in CUSTOM_GROUPS_ONLY:
            raise InvalidInputException(f"A dataset of type {dataset_type} exists in custom dataset groups only.")
        path = f"{group['name']}/{dataset_type}"
        document = house.create(
            connection, KINDS["dataset"], {**request, "datasetType": dataset_type}, path, datasetType=dataset_type
        )
    return {"datasetArn": document["datasetArn"]}
