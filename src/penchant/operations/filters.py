"""Filters: an expression that chooses among items, users or actions, checked when it is made."""

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException, LimitExceededException
from ..filters import Filter, FilterError, check, parse
from ..house import House
from ..resources import book
from ..resources.kinds import KINDS
from ..resources.schemas import schemas_of
from .generic import require_tags
from .registry import Answer, operation

KIND = KINDS["filter"]
MOST_FIELDS = 20
"""Different columns that all filters of a dataset group may use together."""


@operation("CreateFilter")
def create_filter(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    try:
        found = parse(request["filterExpression"], house.extended_filters)
        with house.writing() as connection:
            group = house.find(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
            if group["status"] != "ACTIVE":  # AWS declares no ResourceInUseException for this operation
                raise InvalidInputException(
                    f"The dataset group {group['datasetGroupArn']} is in status {group['status']}; "
                    "it must be ACTIVE for this."
                )
            check(found, schemas_of(connection, group["datasetGroupArn"]), house.extended_filters)
            require_few_fields(connection, group["datasetGroupArn"], found)
            document = house.create(connection, KIND, request, request["name"])
    except FilterError as error:
        raise InvalidInputException(str(error)) from None
    return {"filterArn": document["filterArn"]}


def require_few_fields(connection: Connection, group_arn: str, new: Filter) -> None:
    """Raises LimitExceededException. A filter that is on its way out still counts, one that failed does not."""
    # A filter that was taken stays a filter, whatever the settings say now.
    keys = set(new.field_keys)
    for arn in book.naming(connection, group_arn, KIND):
        other = book.find(connection, KIND, arn)
        if other["status"] != "CREATE FAILED":
            keys |= parse(other["filterExpression"], extended=True).field_keys
    if len(keys) > MOST_FIELDS:
        raise LimitExceededException(
            f"With this filter, the filters of {group_arn} would use {len(keys)} different fields; "
            f"at most {MOST_FIELDS} are allowed. Delete a filter, or use fields that others use already."
        )
