"""The figures of metric attributions, worked out from the tables and what the journal holds beyond them.

Nothing is counted as events come in, so that nothing can be counted twice or lost: what the dataset holds is what
counts.
"""

from collections.abc import Mapping

import polars as pl
from sqlalchemy import Connection

from .contract.errors import ResourceNotFoundException
from .events.entry import position_at
from .house import House
from .lake.attributed import WINDOW_SECONDS, Expression, Metric, figures
from .lake.parts import FULL, PROVENANCE, SEQUENCE
from .lake.schema import Schema
from .lake.stream import frame_of
from .lake.table import Table, stem, stem_of
from .resources import book
from .resources.book import Document
from .resources.kinds import KINDS
from .resources.schemas import schemas_of
from .rows import rows_now

KIND = KINDS["metricAttribution"]


def attribution_of(connection: Connection, group_arn: str) -> Document | None:
    """That of a dataset group, which has one at most; None where it has none that is ACTIVE."""
    found = (book.find(connection, KIND, arn) for arn in book.naming(connection, group_arn, KIND))
    return next((each for each in found if each["status"] == "ACTIVE"), None)


def figures_of_import(
    house: House, attribution: Document, dataset: Document, version: int, job_id: str
) -> pl.DataFrame:
    """Of the rows that an import job left in a version of the table."""
    table = Table(house.dataset_folder(dataset["datasetArn"]))
    schemas = schemas_now(house, attribution)
    paths = [file.path for file in table.files(version) if stem_of(file.path) == stem(job_id)]
    parts = [pl.scan_parquet(table.open_file(path), hive_partitioning=False) for path in paths]
    if not parts:
        parts = [frame_of(schemas["INTERACTIONS"], []).lazy()]
    return counted(house, pl.concat(parts), metrics_of(attribution, schemas), attribution)


def figures_between(house: House, attribution: Document, start: int, end: int, window: int) -> pl.DataFrame:
    """Of events from `start` up to and without `end`, seconds since the epoch, that were streamed, or that INCREMENTAL
    imports brought, since a metric was made; by windows of so many seconds."""
    schemas = schemas_now(house, attribution)
    with house.reading() as connection:
        dataset = house.dataset_of(connection, attribution["datasetGroupArn"], "INTERACTIONS")
    if dataset is None:
        raise ResourceNotFoundException("The Interactions dataset of the metric attribution does not exist.")
    newer, stored = rows_now(house, dataset)
    parts = [newer] if stored is None else [newer, stored.filter(pl.col(PROVENANCE) != FULL)]
    metrics = metrics_of(attribution, schemas)
    first = min((metric.since for metric in metrics), default=0)
    within = (pl.col("TIMESTAMP") >= start) & (pl.col("TIMESTAMP") < end) & (pl.col(SEQUENCE) >= first)
    events = pl.concat([part.filter(within) for part in parts], how="diagonal")
    return counted(house, events, metrics, attribution, window)


def counted(
    house: House, events: pl.LazyFrame, metrics: list[Metric], attribution: Document, window: int = WINDOW_SECONDS
) -> pl.DataFrame:
    with house.reading() as connection:
        items = house.dataset_of(connection, attribution["datasetGroupArn"], "ITEMS")
    table = None if items is None else Table(house.dataset_folder(items["datasetArn"]))
    known = table.read() if table is not None and table.exists() else None
    return figures(events, metrics, known, lambda list_id: recommended_by(house, list_id), window)


def recommended_by(house: House, recommendation_id: str) -> str | None:
    """The campaign or recommender of the caller's place that answered with a list, while that is remembered."""
    found = house.shown_here(recommendation_id)
    return None if found is None else found.source


def metrics_of(attribution: Document, schemas: Mapping[str, Schema]) -> list[Metric]:
    """Columns as the schemas have them, which never lose one."""
    found = []
    for metric in attribution["metrics"]:
        expression = Expression.parse(metric["expression"])
        assert expression is not None, metric  # it was checked when it was taken
        if expression.column:
            column = schemas[expression.dataset].field(expression.column).name
            expression = Expression(expression.dataset, column)
        since = position_at(metric.get("since", attribution["creationDateTime"]))
        found.append(Metric(metric["metricName"], metric["eventType"], expression, since))
    return found


def schemas_now(house: House, attribution: Document) -> Mapping[str, Schema]:
    with house.reading() as connection:
        return schemas_of(connection, attribution["datasetGroupArn"])
