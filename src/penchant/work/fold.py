"""Folding: what the journal holds of a dataset is written into its table, once, whatever dies in between.

The table's own commit says up to which entry it holds the journal, so that there is nothing to keep in step. Reading a
dataset means folding first: every job that reads a table does.
"""

from collections.abc import Callable
from contextlib import suppress

from ..house import House
from ..lake.schema import Schema
from ..lake.stream import frame_of, put_records
from ..lake.table import Table
from ..resources import book
from ..resources.kinds import KINDS
from .alone import Taken, alone

ENTRIES = 5_000
"""Entries in one commit: 50,000 records at most, some tens of megabytes while they are read."""
Progress = Callable[[float, str], None]


def fold(house: House, dataset_arn: str, progress: Progress = lambda fraction, sentence: None) -> int:
    """Write what was streamed into a dataset before this call into its table; gives the position it then holds.

    Raises TableBusy, and what `progress` raises.
    """
    with house.reading() as connection:
        dataset = book.find(connection, KINDS["dataset"], dataset_arn)
        document = book.find(connection, KINDS["schema"], dataset["schemaArn"])
        number = book.number_of(connection, dataset_arn)
    newest = house.journal.newest(number)
    table = Table(house.dataset_folder(dataset_arn))
    position = table.position()
    if position >= newest:
        return position
    schema = Schema.parse(document["schema"], document.get("domain"))
    with alone(house.dataset_folder(dataset_arn), "fold"):
        position = table.position()
        while position < newest:
            entries = house.journal.since(number, position, ENTRIES)
            if not entries:
                break
            progress(0.0, "Writing streamed records into the dataset's table.")
            until = entries[-1].seq
            # Where another machine was faster, what it left is next.
            written = put_records(table, schema, frame_of(schema, entries), after=position, until=until)
            position = until if written else table.position()
    return position


def fold_unless_busy(house: House, dataset_arn: str) -> None:
    """As `fold`, but not where another process of this machine is at it."""
    with suppress(Taken), alone(house.dataset_folder(dataset_arn), "upkeep", wait=False):
        fold(house, dataset_arn)
