"""Where streamed records go: the dataset behind a tracking id or an ARN, looked up again after a moment only, because
it is asked at every call."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException, ResourceInUseException, ResourceNotFoundException
from ..house import House
from ..intake.columns import Columns
from ..lake.schema import Schema
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS

TRACKER, DATASET = KINDS["eventTracker"], KINDS["dataset"]


@dataclass(frozen=True)
class Target:
    """A dataset that takes streamed records."""

    arn: str
    number: int
    """Its number in the book."""
    columns: Columns


def of_tracker(house: House, tracking_id: str) -> Target:
    """The Interactions dataset that events are sent to. PutEvents knows no error but InvalidInputException."""

    def look_up(connection: Connection) -> Target:
        trackers = book.naming(connection, tracking_id, TRACKER)
        document = book.find(connection, TRACKER, trackers[0]) if trackers else {}
        if not trackers or not house.is_here(trackers[0]):
            raise InvalidInputException("Invalid trackingId. No event tracker has it; DescribeEventTracker tells it.")
        if document["status"] != "ACTIVE":
            raise InvalidInputException(
                f"Invalid trackingId. Its event tracker is in status {document['status']}; it must be ACTIVE."
            )
        dataset = house.dataset_of(connection, document["datasetGroupArn"], "INTERACTIONS")
        if dataset is None:
            raise InvalidInputException(
                f"The dataset group {document['datasetGroupArn']} has no Interactions dataset; create it before you "
                "send events."
            )
        if dataset["status"] != "ACTIVE":
            raise InvalidInputException(
                f"The dataset {dataset['datasetArn']} is in status {dataset['status']}; it must be ACTIVE."
            )
        return target(connection, dataset)

    return at_hand(house, tracking_id, look_up)


def of_action_interactions(house: House, tracking_id: str) -> Target:
    """Raises ResourceNotFoundException, or ResourceInUseException for a dataset that is not ACTIVE."""

    def look_up(connection: Connection) -> Target:
        datasets = book.naming(connection, tracking_id, DATASET)
        if not datasets or not house.is_here(datasets[0]):
            raise ResourceNotFoundException(
                "Invalid trackingId. No Action_Interactions dataset has it; DescribeDataset tells one's trackingId."
            )
        return target(connection, house.require(connection, DATASET, datasets[0]))

    return at_hand(house, tracking_id, look_up)


def of_dataset(house: House, arn: str, dataset_type: str) -> Target:
    """Raises ResourceNotFoundException, ResourceInUseException, or InvalidInputException for one of another type."""

    def look_up(connection: Connection) -> Target:
        dataset = house.find(connection, DATASET, arn)
        if dataset["datasetType"] != dataset_type:
            raise InvalidInputException(
                f"The dataset {arn} is of type {dataset['datasetType']}; these records are for type {dataset_type}."
            )
        if dataset["status"] not in OPEN:
            raise ResourceInUseException(
                f"The dataset {arn} is in status {dataset['status']}; it must be ACTIVE for this."
            )
        return target(connection, dataset)

    return at_hand(house, f"{dataset_type} {arn}", look_up)


OPEN = ("ACTIVE", "UPDATE PENDING", "UPDATE IN_PROGRESS")
"""A dataset that gets a wider schema goes on taking records of the one it has."""


def at_hand(house: House, key: str, look_up: Callable[[Connection], Target]) -> Target:
    def read() -> Target:
        with house.reading() as connection:
            return look_up(connection)

    return house.pointers((house.place, "target", key), read)


def target(connection: Connection, dataset: Document) -> Target:
    schema = book.find(connection, KINDS["schema"], dataset["schemaArn"])
    number = book.number_of(connection, dataset["datasetArn"])
    return Target(dataset["datasetArn"], number, columns_of(schema["schema"], schema.get("domain")))


@lru_cache(maxsize=256)
def columns_of(text: str, domain: str | None) -> Columns:
    return Columns.of(Schema.parse(text, domain))
