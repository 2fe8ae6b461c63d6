"""Event trackers: the address that a dataset group's events are sent to, one for each group."""

import uuid

from sqlalchemy import Connection

from ..contract.errors import ResourceInUseException
from ..house import House
from ..resources import book
from ..resources.book import EVENT_INTERACTIONS, Document
from ..resources.kinds import KINDS
from .generic import require_tags
from .registry import Answer, operation

DATASET = KINDS["dataset"]


@operation("CreateEventTracker")
def create_event_tracker(house: House, request: dict) -> Answer:
    require_tags(request.get("tags", []))
    with house.writing() as connection:
        group = house.require(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
        tracker = house.create(
            connection,
            KINDS["eventTracker"],
            request,
            uuid.uuid4().hex[:8],  # recorded: the last part is no name
            accountId=house.place.account,
            trackingId=str(uuid.uuid4()),
        )
        require_dataset(house, connection, group, request["name"])
    return {key: tracker[key] for key in ("eventTrackerArn", "trackingId")}


def require_dataset(house: House, connection: Connection, group: Document, name: str) -> None:
    """A tracker brings a dataset along that no list shows, and leaves it behind when it goes.

    It is a name and no more: events lie in the Interactions dataset. Clean-up scripts delete it by its ARN.
    """
    path = f"{group['name']}/{EVENT_INTERACTIONS}"
    arn = house.place.arn("dataset", path)
    if book.kind_of(connection, arn) is None:
        request = {"name": name, "datasetGroupArn": group["datasetGroupArn"], "datasetType": EVENT_INTERACTIONS}
        house.create(connection, DATASET, request, path, job=False)
    elif (status := book.find(connection, DATASET, arn)["status"]) != "ACTIVE":
        raise ResourceInUseException(
            f"The dataset {arn} of an earlier event tracker is in status {status}; create the tracker when it is gone."
        )
