"""Schemas, dataset groups and datasets."""

import uuid
from collections.abc import Iterator
from typing import Any

from ..contract.errors import InvalidInputException, ResourceInUseException
from ..house import House
from ..lake.schema import Schema, SchemaError
from ..resources import book
from ..resources.at_work import at_work
from ..resources.kinds import KINDS
from .generic import require_tags
from .registry import Answer, operation

DATASET_TYPES = ("INTERACTIONS", "ITEMS", "USERS", "ACTIONS", "ACTION_INTERACTIONS")
CUSTOM_GROUPS_ONLY = ("ACTIONS", "ACTION_INTERACTIONS")
MAY_CHANGE_SCHEMA = ("ITEMS", "USERS")


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
        # This dataset is its own tracker: the id is what PutActionInteractions is sent to.
        more: dict[str, Any] = {"trackingId": str(uuid.uuid4())} if dataset_type == "ACTION_INTERACTIONS" else {}
        document = house.create(
            connection,
            KINDS["dataset"],
            request,
            f"{group['name']}/{dataset_type}",
            datasetType=dataset_type,
            **more,
        )
    return {"datasetArn": document["datasetArn"]}


@operation("UpdateDataset")
def update_dataset(house: House, request: dict) -> Answer:
    arn, schema_arn = request["datasetArn"], request["schemaArn"]
    kind = KINDS["dataset"]
    with house.writing() as connection:
        dataset = house.find(connection, kind, arn)
        if dataset["datasetType"] not in MAY_CHANGE_SCHEMA:
            raise InvalidInputException(
                f"The schema of a dataset of type {dataset['datasetType']} cannot be replaced; that of an Items or a "
                "Users dataset can. Delete the dataset and create it anew."
            )
        documents = [house.find(connection, KINDS["schema"], each) for each in (dataset["schemaArn"], schema_arn)]
        if faults := list(replacement_faults(*(Schema.parse(d["schema"], d.get("domain")) for d in documents))):
            raise InvalidInputException(f"The schema {schema_arn} cannot replace that of {arn}. {' '.join(faults)}")
        for job_kind in (KINDS[name] for name in kind.busy_with):
            for job in book.naming(connection, arn, job_kind):
                if at_work(job_kind, book.find(connection, job_kind, job)):
                    raise ResourceInUseException(f"The dataset {arn} is at work for {job}; let that end first.")
        house.begin(connection, kind, "update", arn, schemaArn=schema_arn)
        book.amend(connection, kind, arn, nextSchemaArn=schema_arn)  # ours: nobody deletes it in the meantime
    return {"datasetArn": arn}


def replacement_faults(old: Schema, new: Schema) -> Iterator[str]:
    """What forbids a schema to take another's place: it may only add columns, and these must allow null."""
    if new.dataset_type != old.dataset_type:
        yield f"It describes {new.dataset_type}, not {old.dataset_type}."
        return
    if new.domain != old.domain:
        yield f"It was made for {new.domain or 'custom'} dataset groups, not for {old.domain or 'custom'} ones."
        return
    before, after = ({field.name: field for field in schema.fields} for schema in (old, new))
    for name, field in before.items():
        if name not in after:
            yield f"The field {name} is missing; every field of the old schema must stay."
        elif after[name] != field:
            yield f"The field {name} differs; its type, null and attributes must stay as they are."
    for name, field in after.items():
        if name not in before and not field.nullable:
            yield f"The new field {name} must allow null, because the rows that are there have no value for it."
