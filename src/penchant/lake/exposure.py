"""How much is known of each item: since when it exists, how often it was shown and how often taken. Exploration goes by
these counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from penchant.lake.parts import EXTRA
from penchant.lake.table import Table

PREFIX = "exposure."
IMPRESSION, RECOMMENDATION_ID = "IMPRESSION", "RECOMMENDATION_ID"


@dataclass(frozen=True)
class Exposure:
    """By item, in the order of the ids that were asked for."""

    created: np.ndarray
    """(I,) int64 seconds since the epoch of each item's oldest interaction; without one, `latest`."""
    impressions: np.ndarray
    """(I,) int64: lists that had the item."""
    clicks: np.ndarray
    """(I,) int64: interactions with the item, of whatever type."""
    latest: int
    """Seconds since the epoch of the newest interaction with any item; 0 where there is none."""

    def state(self) -> dict[str, np.ndarray]:
        """Arrays to seal with a model."""
        arrays = {"created": self.created, "impressions": self.impressions, "clicks": self.clicks}
        return {f"{PREFIX}{name}": array for name, array in (arrays | {"latest": np.array([self.latest])}).items()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray]) -> "Exposure":
        created, impressions, clicks, latest = (
            arrays[f"{PREFIX}{name}"] for name in ("created", "impressions", "clicks", "latest")
        )
        return cls(created, impressions, clicks, int(latest[0]))


def exposure(table: Table, version: int, items: Sequence[str]) -> Exposure:
    """Counts of an Interactions table at a version, of these items (distinct ids).

    Events of anonymous visitors count, and so does each of two that are the same: an item was met either way. A list
    that several events tell of, by one recommendationId, was shown once.
    """
    rows = table.rows(version).filter(pl.col("ITEM_ID").is_not_null())
    counted = (
        rows.group_by("ITEM_ID")
        .agg(pl.len().alias("clicks"), pl.col("TIMESTAMP").min().alias("created"), pl.col("TIMESTAMP").max())
        .collect(engine="streaming")
    )
    latest = int(counted["TIMESTAMP"].max() or 0)  # type: ignore[arg-type]
    ids = pl.DataFrame({"ITEM_ID": pl.Series(items, dtype=pl.String)})
    found = ids.join(counted, on="ITEM_ID", how="left", maintain_order="left").join(
        shown(table, version), on="ITEM_ID", how="left", maintain_order="left"
    )

    def array(name: str, missing: int = 0) -> np.ndarray:
        return found[name].fill_null(missing).cast(pl.Int64).to_numpy()

    return Exposure(array("created", latest), array("impressions"), array("clicks"), latest)


def shown(table: Table, version: int) -> pl.DataFrame:
    """ITEM_ID and `impressions` of the items that were shown.

    Impressions are in their column, divided by "|". Streamed ones that the schema has no column for, or that do not fit
    into it, are a list in the JSON of `_extra`; that counts where an event has both.
    """
    rows = table.rows(version)
    columns = rows.collect_schema().names()
    parts, column = [], pl.col(IMPRESSION) if IMPRESSION in columns else pl.lit(None, pl.String)
    aside = pl.lit(False)
    if table.streamed(version):
        aside = pl.col(EXTRA).str.contains(f'"{IMPRESSION}":[', literal=True).fill_null(False)
        extra = pl.col(EXTRA).str.json_decode(pl.Struct({IMPRESSION: pl.List(pl.String), RECOMMENDATION_ID: pl.String}))
        of_list = extra.struct.field(RECOMMENDATION_ID)
        if RECOMMENDATION_ID in columns:
            of_list = pl.coalesce(RECOMMENDATION_ID, of_list)
        parts.append(rows.filter(aside).select(extra.struct.field(IMPRESSION).alias("items"), of_list.alias("list")))
    if IMPRESSION in columns:
        of_list = pl.col(RECOMMENDATION_ID) if RECOMMENDATION_ID in columns else pl.lit(None, pl.String)
        told = rows.filter(column.is_not_null() & ~aside)
        parts.append(told.select(column.str.split("|").alias("items"), of_list.alias("list")))
    if not parts:
        return pl.DataFrame(schema={"ITEM_ID": pl.String, "impressions": pl.Int64})
    lists = pl.concat(parts)
    once = lists.filter(pl.col("list").is_not_null()).unique(["list", "items"])
    return (
        pl.concat([once, lists.filter(pl.col("list").is_null())])
        .select(pl.col("items").list.unique().alias("ITEM_ID"))
        .explode("ITEM_ID")
        .group_by("ITEM_ID")
        .agg(pl.len().cast(pl.Int64).alias("impressions"))
        .collect(engine="streaming")
    )
