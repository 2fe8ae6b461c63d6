"""The schemas of a dataset group."""

from collections.abc import Mapping

from sqlalchemy import Connection

from ..lake.schema import Schema
from . import book
from .kinds import KINDS

Schemas = Mapping[str, Schema]


def schemas_of(connection: Connection, group_arn: str) -> Schemas:
    """The schemas of a dataset group by dataset type."""
    schemas = {}
    for arn in book.naming(connection, group_arn, KINDS["dataset"]):
        dataset = book.find(connection, KINDS["dataset"], arn)
        if "schemaArn" not in dataset:  # the dataset that an event tracker makes has none
            continue
        schema = book.find(connection, KINDS["schema"], dataset["schemaArn"])
        schemas[dataset["datasetType"]] = Schema.parse(schema["schema"], schema.get("domain"))
    return schemas
