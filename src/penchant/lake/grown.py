"""The newest data in the codes of an older training set: what was known then keeps its code, what is new comes behind.

A model that is updated, and not trained anew, reads data so.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from penchant.lake.attributes import Columns, taken
from penchant.lake.training_set import TrainingSet


@dataclass(frozen=True)
class Grown:
    data: TrainingSet
    """Ids are sorted up to `users` and `items`, and again from there on. Some of the old may have no events any more,
    or no record. It has no columns."""
    users: int
    """So many were known before."""
    items: int
    columns: Columns
    """Metadata of the new items, in rows of their codes from `items` on."""
    redescribed: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    """Codes, ascending, of known items of which metadata says something else than it did."""

    @property
    def new_items(self) -> list[str]:
        return list(self.data.items[self.items :])

    def later(self) -> TrainingSet:
        """The new items alone, in codes from 0, and the events with them."""
        events = self.data.item >= self.items
        kept = self.data.keep(events)
        return replace(kept, items=self.new_items, item=kept.item - np.int32(self.items), item_columns=self.columns)

    def changed(self, offsets: np.ndarray, item: np.ndarray, most: int) -> np.ndarray:
        """Codes of the users with events whose newest `most` are others than they were: known ones who had the
        histories `item` cut by `offsets` (U + 1,), and all new ones."""
        stops, lengths = self.data.offsets[1:], np.minimum(np.diff(self.data.offsets), most)
        before = np.diff(offsets)
        differ = lengths > 0
        same = np.flatnonzero(lengths[: self.users] == before)
        differ[same] = False
        same = same[before[same] > 0]
        counts = lengths[same]
        if len(same):
            row = np.repeat(np.arange(len(same)), counts)
            place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
            now = self.data.item[(stops[same] - counts)[row] + place]
            differ[same] = np.bincount(row, now != item[offsets[same][row] + place], len(same)) > 0
        return np.flatnonzero(differ)

    def with_redescribed(self) -> np.ndarray:
        """Codes of the users who have events with redescribed items."""
        return np.unique(self.data.user[np.isin(self.data.item, self.redescribed)])


def grown(data: TrainingSet, users: pl.Series, items: pl.Series, most: int) -> Grown:
    """`users` and `items` are the ids that were known, in the order of their codes.

    There are at most `most` items, unless more were known. Of new ones beyond that those with the most events stay, and
    events with the others are left out.
    """
    ids = pl.Series("id", data.items, pl.String)
    new = np.flatnonzero(~ids.is_in(items.implode()).to_numpy())
    room = max(0, most - len(items))
    if len(new) > room:
        counts = np.bincount(data.item, minlength=len(ids))[new]
        new = np.sort(new[np.argsort(-counts, kind="stable")[:room]])
    all_items = pl.concat([items.alias("id"), ids.gather(new)])
    code = codes(all_items, ids)
    names = pl.Series("id", data.users, pl.String)
    all_users = pl.concat([users.alias("id"), names.filter(~names.is_in(users.implode()))])
    row = np.full(len(all_users), -1)
    row[codes(all_users, names)] = np.arange(len(names))
    lengths = np.where(row >= 0, np.append(np.diff(data.offsets), 0)[row], 0)
    user = np.repeat(np.arange(len(row)), lengths)
    place = np.arange(len(user)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    event = data.offsets[row[user]] + place
    event, user = (which[code[data.item[event]] >= 0] for which in (event, user))
    lengths = np.bincount(user, minlength=len(row))
    recoded = replace(
        data,
        users=all_users.to_list(),
        items=all_items.to_list(),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        item=code[data.item[event]].astype(np.int32),
        timestamp=data.timestamp[event],
        weight=data.weight[event],
        event_columns={},
        item_columns={},
        user_columns={},
    )
    return Grown(recoded, len(users), len(items), taken(data.item_columns, new))


def codes(known: pl.Series, asked: pl.Series) -> np.ndarray:
    """(N,) int64 place of each of the `asked` ids among the `known`, -1 for one that is not there."""
    places = pl.DataFrame({"id": known, "code": pl.int_range(len(known), dtype=pl.Int64, eager=True)})
    found = asked.alias("id").to_frame().join(places, on="id", how="left", maintain_order="left")
    return found["code"].fill_null(-1).to_numpy()
