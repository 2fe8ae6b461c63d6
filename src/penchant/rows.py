"""The rows of a dataset as they are now: its table, and what the journal holds beyond it."""

import polars as pl

from .events.entry import Entry
from .house import House
from .lake.schema import Schema
from .lake.stream import frame_of
from .lake.table import Table
from .resources import book
from .resources.book import Document
from .resources.kinds import KINDS

ENTRIES = 100_000
"""Of the journal that are not in the table yet. The worker folds every few seconds, so there are rarely so many."""


def rows_now(house: House, dataset: Document) -> tuple[pl.LazyFrame, pl.LazyFrame | None]:
    """What was accepted and is not in the table yet, and every stored row with its hidden columns; None without a
    table. No row is in both."""
    with house.reading() as connection:
        document = book.find(connection, KINDS["schema"], dataset["schemaArn"])
        number = book.number_of(connection, dataset["datasetArn"])
    table = Table(house.dataset_folder(dataset["datasetArn"]))
    version = table.version() if table.exists() else None
    after = 0 if version is None else table.position(version)
    entries: list[Entry] = house.journal.since(number, after, ENTRIES)
    newer = frame_of(Schema.parse(document["schema"], document.get("domain")), entries).lazy()
    return newer, None if version is None else table.rows(version)
