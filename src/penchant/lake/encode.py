"""Makes the arrays a recipe learns from out of the tables of a dataset group, at fixed versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from penchant.lake import attribution
from penchant.lake.action_set import action_set
from penchant.lake.attributes import Column, column_of
from penchant.lake.order import by_user_and_time
from penchant.lake.parts import PROVENANCE, SEQUENCE
from penchant.lake.schema import Field
from penchant.lake.selection import EVERYTHING, WEIGHT, EventSelection
from penchant.lake.table import Table
from penchant.lake.training_set import TrainingSet

__all__ = ["EventSelection", "Versions", "training_set"]


NOWHERE = -1
"""The version of an Interactions table that there is not."""


@dataclass(frozen=True)
class Versions:
    """The table versions a training set is made of; None where there is no such dataset, or it is not read."""

    interactions: int
    items: int | None
    users: int | None = None
    actions: int | None = None
    action_interactions: int | None = None

    @staticmethod
    def newest(
        interactions: Table,
        items: Table | None = None,
        users: Table | None = None,
        actions: Table | None = None,
        action_interactions: Table | None = None,
    ) -> "Versions":
        others = (items, users, actions, action_interactions)
        return Versions(
            interactions.version(), *(table.version() if table and table.exists() else None for table in others)
        )


def training_set(
    interactions: Table,
    items: Table | None,
    versions: Versions,
    selection: EventSelection = EVERYTHING,
    users_table: Table | None = None,
    learnt: Mapping[str, Sequence[Field]] = {},
    actions: Table | None = None,
    action_interactions: Table | None = None,
) -> TrainingSet:
    """The selected events, sorted by (user, timestamp, order of arrival), identical ones once.

    Of streamed events those count that name an item and, if only by their session, a user (see `attribution.py`). A
    selection that leaves nothing gives empty arrays. Raises `SelectionError` when the dataset lacks the columns the
    selection asks for.

    `learnt` are the columns that are read beside them, by dataset type (INTERACTIONS, ITEMS, USERS, ACTIONS). Actions
    are read where `versions` has one of them.
    """
    rows = selection.apply(attribution.events(interactions, versions.interactions))
    users, used_items = _distinct(rows, "USER_ID", "ITEM_ID")
    catalogue = _catalogue(used_items, items, versions)
    weighted = bool(selection.weights)
    beside = learnt.get("INTERACTIONS", ())
    events = rows.select(
        _code("USER_ID", users).alias("user"),
        _code("ITEM_ID", catalogue).alias("item"),
        pl.col("TIMESTAMP").alias("timestamp"),
        SEQUENCE,
        *([WEIGHT] if weighted else []),
        *(field.name for field in beside),
    ).collect(engine="streaming")
    order, tied = by_user_and_time(*(events[name].to_numpy() for name in ("user", "timestamp", SEQUENCE)))
    order = np.delete(order, tied[_repeats(events[order[tied]], rows)]) if len(tied) else order
    lengths = np.bincount(events["user"].to_numpy()[order], minlength=len(users))
    return TrainingSet(
        users.to_list(),
        catalogue.to_list(),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        events["item"].to_numpy()[order].astype(np.int32),
        events["timestamp"].to_numpy()[order],
        events[WEIGHT].to_numpy()[order] if weighted else np.ones(len(order), np.float32),
        {field.name: column_of(field, events[field.name].gather(order)) for field in beside},
        metadata(catalogue, "ITEM_ID", items, versions.items, learnt.get("ITEMS", ())),
        metadata(users, "USER_ID", users_table, versions.users, learnt.get("USERS", ())),
        None
        if actions is None or versions.actions is None
        else action_set(
            actions,
            versions.actions,
            action_interactions,
            versions.action_interactions,
            users_table,
            versions.users,
            learnt,
        ),
    )


def items_alone(items: Table, versions: Versions, fields: Sequence[Field] = ()) -> TrainingSet:
    """The items of a group without interactions, and those of their columns that are learnt from."""
    catalogue = _catalogue(pl.Series([], dtype=pl.String), items, versions)
    return TrainingSet(
        [],
        catalogue.to_list(),
        np.zeros(1, np.int64),
        np.empty(0, np.int32),
        np.empty(0, np.int64),
        np.empty(0, np.float32),
        item_columns=metadata(catalogue, "ITEM_ID", items, versions.items, fields),
    )


def metadata(
    ids: pl.Series, key: str, table: Table | None, version: int | None, fields: Sequence[Field]
) -> dict[str, Column]:
    """Metadata in rows of `ids`."""
    if table is None or version is None or not fields:
        return {}
    wanted = table.read(version).select(key, *(field.name for field in fields))
    found = ids.alias(key).to_frame().lazy().join(wanted, on=key, how="left", maintain_order="left")
    rows = found.collect(engine="streaming")
    return {field.name: column_of(field, rows[field.name]) for field in fields}


def _distinct(rows: pl.LazyFrame, *columns: str) -> list[pl.Series]:
    """The ids of each column in the order of their UTF-8 bytes, which is that of their code points."""
    found = rows.select(pl.col(columns).unique().implode()).collect(engine="streaming")
    return [found[column][0].sort() for column in columns]


def _catalogue(used: pl.Series, items: Table | None, versions: Versions) -> pl.Series:
    if items is None or versions.items is None:
        return used
    named = items.rows(versions.items).select("ITEM_ID").collect(engine="streaming")["ITEM_ID"]
    return pl.concat([used, named]).unique().sort()


def _code(column: str, ids: pl.Series) -> pl.Expr:
    # Strict: an id without a place in `ids` would be a fault of ours and raises.
    return pl.col(column).cast(pl.Enum(ids)).to_physical().cast(pl.UInt32)


def _repeats(tied: pl.DataFrame, rows: pl.LazyFrame) -> np.ndarray:
    """Which of these events equal an earlier one in every column. All share user and time with another.

    An import leaves no repeats among its own rows, but a streamed event may repeat one. Only events that agree in
    user, time and item can be identical, and they are few: those alone are read again with all their columns.
    """
    same = ["user", "timestamp", "item"]
    alike = tied.select(pl.struct(same).is_duplicated()).to_series()
    if not alike.any():
        return np.zeros(len(tied), bool)
    # A streamed event may chance upon the number of an imported one, hardly upon that of one of the same time.
    wanted = tied.filter(alike).select(SEQUENCE, pl.col("timestamp").alias("TIMESTAMP")).unique()
    columns = [name for name in rows.collect_schema().names() if name not in (SEQUENCE, PROVENANCE, WEIGHT)]
    full = rows.join(wanted.lazy(), on=wanted.columns, how="semi").collect(engine="streaming").sort(SEQUENCE)
    kept = full.unique(columns, keep="first", maintain_order=True)
    return (alike & ~tied[SEQUENCE].is_in(kept[SEQUENCE].implode())).to_numpy()
