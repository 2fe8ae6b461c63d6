"""What events come to that recommendations led to: the figures of a metric attribution, by metric, source and window of
time.

An event counts for the source that it names, else for the campaign or recommender that showed the list it names. Two
events that are the same are two: AWS counts them so.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from penchant.lake.exposure import RECOMMENDATION_ID
from penchant.lake.parts import EXTRA, SEQUENCE

WINDOW_SECONDS = 900
UNDEFINED = "SOURCE_NAME_UNDEFINED"
"""Source of events that name none."""
SOURCE = "EVENT_ATTRIBUTION_SOURCE"
RECOMMENDED_BY = "RECOMMENDED_BY"
"""In `_extra`: the ARN of the campaign or recommender whose list a streamed event names."""
FIGURES = pl.Schema(
    {
        "METRIC_NAME": pl.String(),
        "EVENT_TYPE": pl.String(),
        "VALUE": pl.Float64(),
        "MATH_FUNCTION": pl.String(),
        SOURCE: pl.String(),
        "TIMESTAMP": pl.Int64(),
    }
)
"""The columns of AWS's report. Names of metrics, types and sources are in capitals, ARNs as they are; the time of a
figure is the beginning of its window."""
SUM = re.compile(r"\s*SUM\s*\(\s*(Items|Interactions)\s*\.\s*([A-Za-z0-9_]+)\s*\)\s*", re.IGNORECASE)
COUNT = re.compile(r"\s*SAMPLECOUNT\s*\(\s*\)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Expression:
    """`SAMPLECOUNT()`, which has no column, or `SUM(dataset.column)`."""

    dataset: str = ""
    """INTERACTIONS or ITEMS."""
    column: str = ""
    """As the caller wrote it; schemas match names without regard to case."""

    @classmethod
    def parse(cls, text: str) -> "Expression | None":
        """None for what is neither."""
        if COUNT.fullmatch(text):
            return cls()
        found = SUM.fullmatch(text)
        return cls(found[1].upper(), found[2]) if found else None

    @property
    def function(self) -> str:
        return "sum" if self.column else "samplecount"


@dataclass(frozen=True)
class Metric:
    name: str
    event_type: str
    expression: Expression
    """Its column as it is in the table."""
    since: int = 0
    """The `_sequence` from which on events count: what was there before the metric does not."""


def figures(
    events: pl.LazyFrame,
    metrics: Sequence[Metric],
    items: pl.LazyFrame | None = None,
    recommended_by: Callable[[str], str | None] = lambda recommendation_id: None,
    window: int = WINDOW_SECONDS,
) -> pl.DataFrame:
    """The figures of these rows, as `FIGURES`, in the order of their time, by windows of so many seconds.

    `events` has the columns of the Interactions schema, `_sequence`, and `_extra` where they were streamed. `items` has
    one row for each item; without it, sums of its columns are 0. `recommended_by` knows what showed a list.
    """
    summed = {each.expression.column for each in metrics if each.expression.dataset == "INTERACTIONS"}
    kinds = {each.event_type.upper() for each in metrics}
    rows = (
        events.with_columns(pl.col("EVENT_TYPE").str.to_uppercase())
        .filter(pl.col("EVENT_TYPE").is_in(sorted(kinds)))
        .select(
            "EVENT_TYPE",
            "ITEM_ID",
            SEQUENCE,
            pl.col("TIMESTAMP") // window * window,
            *(pl.col(name).alias(f"INTERACTIONS.{name}") for name in sorted(summed)),
            *_sources(events.collect_schema().names()),
        )
        .collect()
    )
    rows = rows.with_columns(_source(rows, recommended_by))
    wanted = sorted({each.expression.column for each in metrics if each.expression.dataset == "ITEMS"})
    if wanted and items is not None:
        said = items.select("ITEM_ID", *(pl.col(name).alias(f"ITEMS.{name}") for name in wanted))
        rows = rows.join(said.filter(pl.col("ITEM_ID").is_in(rows["ITEM_ID"].unique())).collect(), "ITEM_ID", "left")
    parts = [_of_metric(rows, metric) for metric in metrics]
    found = pl.concat(parts) if parts else pl.DataFrame(schema=FIGURES)
    return found.sort("TIMESTAMP", "METRIC_NAME", SOURCE)


def _sources(names: Sequence[str]) -> list[pl.Expr]:
    """What an event says of where it comes from: its column, or what was kept of it aside."""
    aside = (SOURCE, RECOMMENDATION_ID, RECOMMENDED_BY)
    extra = pl.col(EXTRA).str.json_decode(pl.Struct(dict.fromkeys(aside, pl.String))).struct
    told = []
    for name in aside:
        places = [pl.col(name).replace("", None)] if name in names else []
        places += [extra.field(name)] if EXTRA in names else []
        told.append((pl.coalesce(places) if places else pl.lit(None, pl.String)).alias(name))
    return told


def _source(rows: pl.DataFrame, recommended_by: Callable[[str], str | None]) -> pl.Expr:
    unknown = rows.filter(pl.col(SOURCE).is_null() & pl.col(RECOMMENDED_BY).is_null())
    lists = unknown[RECOMMENDATION_ID].drop_nulls().unique().to_list()
    of_list = {name: by for name in lists if (by := recommended_by(name)) is not None}
    named = pl.col(SOURCE).str.to_uppercase()
    if of_list:
        shown = pl.col(RECOMMENDATION_ID).replace_strict(of_list, default=None, return_dtype=pl.String)
        return pl.coalesce(named, RECOMMENDED_BY, shown, pl.lit(UNDEFINED)).alias(SOURCE)
    return pl.coalesce(named, RECOMMENDED_BY, pl.lit(UNDEFINED)).alias(SOURCE)


def _of_metric(rows: pl.DataFrame, metric: Metric) -> pl.DataFrame:
    expression = metric.expression
    name = f"{expression.dataset}.{expression.column}"
    value = pl.len() if not expression.column else pl.col(name).sum() if name in rows.columns else pl.lit(0.0)
    counted = (pl.col("EVENT_TYPE") == metric.event_type.upper()) & (pl.col(SEQUENCE) >= metric.since)
    return (
        rows.filter(counted)
        .group_by(SOURCE, "TIMESTAMP")
        .agg(value.cast(pl.Float64).alias("VALUE"))
        .with_columns(
            pl.lit(metric.name.upper()).alias("METRIC_NAME"),
            pl.lit(metric.event_type.upper()).alias("EVENT_TYPE"),
            pl.lit(expression.function).alias("MATH_FUNCTION"),
        )
        .select(pl.col(name).cast(kind) for name, kind in FIGURES.items())
    )
