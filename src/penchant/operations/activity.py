"""Which items people meet now, counted from the tables and from what the journal holds beyond them. Amazon has no such
operation."""

import time
from typing import Any

import polars as pl

from ..contract.errors import InvalidInputException
from ..house import House
from ..lake.activity import activity
from ..resources.kinds import KINDS
from ..rows import rows_now

COLUMNS = ("USER_ID", "ITEM_ID", "TIMESTAMP")
MOST_HOURS = 24 * 366
MOST_ITEMS = 500


def busiest(house: House, group_arn: str, hours: float) -> list[dict[str, Any]]:
    """The items with the most events in the last hours, the busiest first.

    Raises ResourceNotFoundException, or InvalidInputException for a time that is no time.
    """
    if not 0 < hours <= MOST_HOURS:
        raise InvalidInputException(f"hours is {hours:g}; it must be more than 0, and {MOST_HOURS} at most.")
    with house.reading() as connection:
        house.find(connection, KINDS["datasetGroup"], group_arn)
        dataset = house.dataset_of(connection, group_arn, "INTERACTIONS")
        if dataset is None:
            raise InvalidInputException(f"The dataset group {group_arn} has no Interactions dataset.")
    parts = [rows.select(COLUMNS) for rows in rows_now(house, dataset) if rows is not None]
    now = int(time.time())
    seconds = max(1, int(hours * 3600))
    found = activity(pl.concat(parts), now - seconds, now, seconds)
    columns = {"ITEM_ID": "itemId", "events": "events", "users": "users", "newest": "newest"}
    return found.head(MOST_ITEMS).select(pl.col(name).alias(told) for name, told in columns.items()).to_dicts()
