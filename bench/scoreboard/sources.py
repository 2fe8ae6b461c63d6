"""Reads public data sets from a folder of folders, one for each, into what recipes learn from.

Events are sorted as an import sorts them: by user and time, equal times by their order in the file.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from penchant.lake.attributes import Column, Numbers, Texts, categories
from penchant.lake.selection import WEIGHT, EventSelection
from penchant.lake.training_set import TrainingSet

TEXT_LENGTH = 2_000
"""Characters of reviews that an item's text is cut to."""
PRODUCT = r"^\d{5}"
"""Codes of the retailer that are goods, not postage, fees and corrections."""


FILES: Mapping[str, tuple[str, ...]] = {
    "ml-1m": ("interactions.parquet", "items.parquet"),
    "ml-latest-small": ("aws-poc-interactions.csv", "aws-poc-items.csv"),
    "amazon-video-games": ("interactions.parquet",),
    "online-retail": ("transactions.parquet",),
    "globo-news": ("clicks_slim.parquet",),
    "retailrocket-subset": ("interactions.parquet", "test_purchases_no_ts.parquet"),
    "amazon-musical-instruments-5core": ("reviews.parquet",),
}
"""By folder; docs/commands.md has the columns of each file and where the data comes from."""


def missing(folder: Path, name: str) -> list[Path]:
    """The files of a data set that are not there."""
    return [path for file in FILES[name] if not (path := folder / name / file).exists()]


def table(folder: Path, name: str) -> pl.DataFrame:
    """A file NAME of a data set, such as `ml-1m/items.parquet`."""
    path = folder / name
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)


def training_set(
    events: pl.DataFrame,
    event_columns: Mapping[str, Callable[[pl.Series], Column]] = {},
    catalogue: pl.DataFrame | None = None,
    item_columns: Mapping[str, Callable[[pl.Series], Column]] = {},
    weight: pl.Series | None = None,
) -> TrainingSet:
    """Of events with the columns user, item and time, in order of arrival; and of a catalogue with the column item.

    The columns are made of those of the same name; `weight` is of the events.
    """
    weights = pl.repeat(1.0, len(events), eager=True) if weight is None else weight
    events = events.with_columns(pl.col("user", "item").cast(pl.String), weights.cast(pl.Float32).alias("weight"))
    named = [events["item"]] if catalogue is None else [events["item"], catalogue["item"].cast(pl.String)]
    users, items = events["user"].unique().sort(), pl.concat(named).unique().sort()
    # Ids in the order of their code points, which is what Polars sorts strings by.
    events = events.with_columns(
        pl.col("user").cast(pl.Enum(users)).to_physical().alias("user"),
        pl.col("item").cast(pl.Enum(items)).to_physical().alias("item"),
    ).sort("user", "time", maintain_order=True)
    rows = pl.DataFrame({"item": items})
    if catalogue is not None:
        known = catalogue.with_columns(pl.col("item").cast(pl.String)).unique("item", keep="last")
        rows = rows.join(known, on="item", how="left", maintain_order="left")
    lengths = np.bincount(events["user"].to_numpy(), minlength=len(users))
    return TrainingSet(
        users.to_list(),
        items.to_list(),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        events["item"].to_numpy().astype(np.int32),
        events["time"].cast(pl.Int64).to_numpy(),
        events["weight"].to_numpy(),
        {name: made(events[name]) for name, made in event_columns.items()},
        {name: made(rows[name]) for name, made in item_columns.items()},
    )


def several(values: pl.Series) -> Column:
    return categories(values.cast(pl.String))


def single(values: pl.Series) -> Column:
    return categories(values.cast(pl.String), several=False)


def number(values: pl.Series) -> Column:
    """What is no number (a year of "2006–2007") is a null."""
    return Numbers(values.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy())


def text(values: pl.Series) -> Column:
    return Texts(values.fill_null(""))


@cache
def movielens_1m(folder: Path) -> TrainingSet:
    """All ratings as events, in their true order, with the genres of the films that were rated."""
    events = table(folder, "ml-1m/interactions.parquet").sort("user_id", "seq")
    films = table(folder, "ml-1m/items.parquet").filter(pl.col("item_id").is_in(events["item_id"].unique().implode()))
    return training_set(
        events.select(user="user_id", item="item_id", time="timestamp"),
        catalogue=films.select(item="item_id", GENRE="genres"),
        item_columns={"GENRE": several},
    )


@cache
def movielens_small(folder: Path) -> TrainingSet:
    """ml-latest-small as Amazon's workshop prepared it: every rating above 1 a click, above 3 a watch as well."""
    events = table(folder, "ml-latest-small/aws-poc-interactions.csv")
    return training_set(
        events.select("EVENT_TYPE", user="USER_ID", item="ITEM_ID", time="TIMESTAMP"),
        {"EVENT_TYPE": single},
        table(folder, "ml-latest-small/aws-poc-items.csv").rename({"ITEM_ID": "item"}),
        {"GENRE": several, "YEAR": number},
    )


@cache
def video_games(folder: Path) -> TrainingSet:
    """The order of events is all that is known of their times."""
    events = table(folder, "amazon-video-games/interactions.parquet")
    return training_set(events.select(user="user_id", item="item_id", time="seq"))


@cache
def online_retail(folder: Path) -> TrainingSet:
    """A year of a wholesaler's invoices to known customers: each article of each invoice once, without returns.

    The description of an article is the one that it was sold under most often.
    """
    lines = table(folder, "online-retail/transactions.parquet").filter(
        pl.col("CustomerID").is_not_null(),
        pl.col("Quantity") > 0,
        pl.col("UnitPrice") > 0,
        pl.col("StockCode").str.contains(PRODUCT),
    )
    events = lines.unique(["InvoiceNo", "StockCode"], keep="first", maintain_order=True)
    named = lines.group_by(item="StockCode").agg(
        DESCRIPTION=pl.col("Description").mode().sort().first(), PRICE=pl.col("UnitPrice").median()
    )
    return training_set(
        events.select(user="CustomerID", item="StockCode", time=pl.col("InvoiceDate").dt.epoch("s")),
        catalogue=named,
        item_columns={"DESCRIPTION": text, "PRICE": number},
    )


@cache
def globo(folder: Path) -> TrainingSet:
    """Two weeks of clicks on news, nearly half of those of the last tenth on articles that were not there before."""
    clicks = table(folder, "globo-news/clicks_slim.parquet")
    return training_set(clicks.select(user="user_id", item="item_id", time="timestamp"))


@cache
def instruments(folder: Path) -> TrainingSet:
    """Reviews of musical instruments, without their texts: see `with_reviews`."""
    return training_set(reviews(folder).select(user="user_id", item="item_id", time="timestamp"))


def reviews(folder: Path) -> pl.DataFrame:
    return table(folder, "amazon-musical-instruments-5core/reviews.parquet")


def with_reviews(folder: Path, training: TrainingSet) -> TrainingSet:
    """The training with a text for each item: what the people of its events wrote about it, and nobody else."""
    known = pl.DataFrame(
        {
            "user_id": [training.users[user] for user in training.user],
            "item_id": [training.items[item] for item in training.item],
        }
    )
    written = known.unique().join(reviews(folder), on=["user_id", "item_id"], how="inner").sort("item_id", "user_id")
    texts = written.group_by("item_id", maintain_order=True).agg(
        pl.concat_str("summary", pl.lit(". "), "reviewText", ignore_nulls=True).str.join("\n").str.slice(0, TEXT_LENGTH)
    )
    rows = pl.DataFrame({"item_id": training.items}).join(texts, on="item_id", how="left", maintain_order="left")
    return replace(training, item_columns={"REVIEWS": text(rows[:, 1])})


@cache
def retailrocket(folder: Path, selection: EventSelection) -> tuple[TrainingSet, pl.DataFrame]:
    """The selected events of buyers, and the one later purchase (user_id, item_id) that was kept of each.

    The items are always those of all events and purchases.
    """
    kept = table(folder, "retailrocket-subset/test_purchases_no_ts.parquet").cast(pl.String)
    events = table(folder, "retailrocket-subset/interactions.parquet")
    events = events.select(user="user_id", item="item_id", time="timestamp", EVENT_TYPE="event_type")
    catalogue = pl.concat([events["item"].cast(pl.String), kept["item_id"]]).unique().alias("item").to_frame()
    chosen = selection.apply(events.lazy()).collect()
    return training_set(chosen, {"EVENT_TYPE": single}, catalogue, weight=chosen[WEIGHT]), kept
