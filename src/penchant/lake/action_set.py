"""What a recipe of actions learns from: the actions of a dataset group, and what users did with them.

Amazon writes the types of these events in three ways ("Not Taken" where they are sent, NOT_TAKEN where they are stored,
"Not taken" in a sample file); all of them are read as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from penchant.lake import attribution
from penchant.lake.attributes import Columns, Numbers, column_of, taken
from penchant.lake.order import by_user_and_time
from penchant.lake.parts import SEQUENCE
from penchant.lake.schema import Field
from penchant.lake.table import Table

VIEWED, NOT_TAKEN, TAKEN = 0, 1, 2
"""Kinds of an event with an action."""
NAMES = ("VIEWED", "NOT_TAKEN", "TAKEN")
KINDS = {"viewed": VIEWED, "nottaken": NOT_TAKEN, "taken": TAKEN}
VALUE, CREATED, REPEAT = "VALUE", "CREATION_TIMESTAMP", "REPEAT_FREQUENCY"
EXPIRES = ("ACTION_EXPIRATION_TIMESTAMP", "EXPIRATION_TIMESTAMP")
"""The guide has both names for one column."""
RESERVED = frozenset([VALUE, CREATED, REPEAT, *EXPIRES])
"""Columns that the service acts upon, which are not metadata."""


def kind_of(event_type: str | None) -> int | None:
    """VIEWED, NOT_TAKEN or TAKEN, however it is written; None for any other text."""
    if event_type is None:
        return None
    return KINDS.get("".join(event_type.lower().replace("_", " ").split()))


@dataclass(frozen=True)
class ActionSet:
    """Events sorted by (user, timestamp, order of arrival); `offsets` cuts them into the histories of users.

    Ids are sorted by code point, as those of a TrainingSet are.
    """

    actions: Sequence[str]
    """(A,) ids of the Actions dataset. An action that is in no record of it cannot be recommended, so events with
    others are left out."""
    users: Sequence[str]
    """(V,) ids of the users with at least one event; they need not have touched any item."""
    offsets: np.ndarray
    """(V + 1,) int64."""
    action: np.ndarray
    """(N,) int32 action codes."""
    kind: np.ndarray
    """(N,) int8: VIEWED, NOT_TAKEN or TAKEN."""
    timestamp: np.ndarray
    """(N,) int64 seconds since the epoch, ascending within a user."""
    columns: Columns = field(default_factory=dict)
    """Of A rows: metadata of actions, VALUE and the rest of what is known of each."""
    user_columns: Columns = field(default_factory=dict)
    """Of V rows: metadata of users."""

    @property
    def user(self) -> np.ndarray:
        """(N,) int32 user code of each event."""
        return np.repeat(np.arange(len(self.users), dtype=np.int32), np.diff(self.offsets))

    def number(self, name: str) -> np.ndarray:
        """(A,) float64 of a numeric column, whatever the case of its name; NaN where there is none."""
        column = next((column for key, column in self.columns.items() if key.upper() == name), None)
        return column.values if isinstance(column, Numbers) else np.full(len(self.actions), np.nan)

    def limited(self, most: int) -> "ActionSet":
        """With so many actions at most: those that were made, or that something was done with, last. One of which
        neither is known is new."""
        if len(self.actions) <= most:
            return self
        lately = np.nan_to_num(self.number(CREATED), nan=-np.inf)
        np.maximum.at(lately, self.action, self.timestamp.astype(np.float64))
        lately[np.isinf(lately)] = np.inf
        return self.among(np.sort(np.argsort(-lately, kind="stable")[:most]).tolist())

    def among(self, chosen: Sequence[int]) -> "ActionSet":
        """With some of the actions (codes, ascending) and the events with them. Users stay as they are."""
        if len(chosen) == len(self.actions):
            return self
        code = np.full(len(self.actions), -1, np.int32)
        code[chosen] = np.arange(len(chosen))
        kept = self._events(code[self.action] >= 0)
        return replace(
            kept,
            actions=[self.actions[place] for place in chosen],
            action=code[kept.action],
            columns=taken(self.columns, np.array(chosen, np.int64)),
        )

    def until(self, moment: int) -> "ActionSet":
        """The events up to a moment, that one included. Actions and users stay as they are."""
        return self._events(self.timestamp <= moment)

    def _events(self, kept: np.ndarray) -> "ActionSet":
        counts = np.bincount(self.user[kept], minlength=len(self.users))
        return replace(
            self,
            offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            action=self.action[kept],
            kind=self.kind[kept],
            timestamp=self.timestamp[kept],
        )


def action_set(
    actions: Table,
    version: int,
    events: Table | None,
    events_version: int | None,
    users: Table | None,
    users_version: int | None,
    learnt: Mapping[str, Sequence[Field]],
) -> ActionSet:
    """The actions and the events with them, at fixed versions. Events of unknown types are left out, identical ones
    count once, and those of anonymous visitors belong to the user that their session was linked to.

    `learnt` are the columns to read by dataset type (ACTIONS, USERS).
    """
    fields = learnt.get("ACTIONS", ())
    records = actions.read(version).select("ACTION_ID", *(each.name for each in fields)).collect(engine="streaming")
    records = records.sort("ACTION_ID")
    ids = records["ACTION_ID"]
    if events is None or events_version is None:
        rows = pl.DataFrame(schema={"USER_ID": pl.String(), "action": pl.UInt32(), "kind": pl.Int8()})
        rows = rows.with_columns(pl.lit(0, pl.Int64).alias("TIMESTAMP"), pl.lit(0, pl.Int64).alias(SEQUENCE))
    else:
        rows = _events(events, events_version, ids)
    named = rows["USER_ID"].unique().sort()
    user = rows["USER_ID"].cast(pl.Enum(named)).to_physical().to_numpy()
    order, _ = by_user_and_time(user, rows["TIMESTAMP"].to_numpy(), rows[SEQUENCE].to_numpy())
    lengths = np.bincount(user, minlength=len(named))
    return ActionSet(
        ids.to_list(),
        named.to_list(),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        rows["action"].to_numpy()[order].astype(np.int32),
        rows["kind"].to_numpy()[order].astype(np.int8),
        rows["TIMESTAMP"].to_numpy()[order].astype(np.int64),
        {each.name: column_of(each, records[each.name]) for each in fields},
        _metadata(named, users, users_version, learnt.get("USERS", ())),
    )


def _events(table: Table, version: int, ids: pl.Series) -> pl.DataFrame:
    """USER_ID, TIMESTAMP, `_sequence`, `action` (code) and `kind` of the events that count."""
    rows = attribution.events(table, version, "ACTION_ID").filter(pl.col("TIMESTAMP").is_not_null())
    codes = pl.DataFrame({"ACTION_ID": ids, "action": pl.int_range(len(ids), dtype=pl.UInt32, eager=True)})
    spelled = pl.col("EVENT_TYPE").str.to_lowercase().str.replace_all(r"[\s_]+", "")
    return (
        rows.join(codes.lazy(), on="ACTION_ID", how="inner")
        .with_columns(spelled.replace_strict(KINDS, default=None, return_dtype=pl.Int8).alias("kind"))
        .filter(pl.col("kind").is_not_null() & pl.col("USER_ID").is_not_null())
        .group_by("USER_ID", "TIMESTAMP", "action", "kind")
        .agg(pl.col(SEQUENCE).min())
        .collect(engine="streaming")
    )


def _metadata(users: pl.Series, table: Table | None, version: int | None, fields: Sequence[Field]) -> Columns:
    if table is None or version is None or not fields:
        return {}
    wanted = table.read(version).select("USER_ID", *(each.name for each in fields))
    found = users.alias("USER_ID").to_frame().lazy().join(wanted, on="USER_ID", how="left", maintain_order="left")
    rows = found.collect(engine="streaming")
    return {each.name: column_of(each, rows[each.name]) for each in fields}
