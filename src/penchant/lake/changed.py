"""Items whose records say something else than they did in an older version of their table.

A model that is updated, and not trained anew, has read the older ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from penchant.lake.attributes import Columns
from penchant.lake.encode import metadata
from penchant.lake.schema import Field
from penchant.lake.table import Table

KEY = "ITEM_ID"


@dataclass(frozen=True)
class Changed:
    """N items, and what their records said and say, in rows of them."""

    ids: pl.Series
    before: Columns
    now: Columns


NOTHING = Changed(pl.Series(KEY, [], pl.String), {}, {})


def changed(items: Table, before: int, now: int, known: pl.Series, fields: Sequence[Field]) -> Changed:
    """Those of the `known` ids (distinct) whose `fields` differ between two versions of an Items table.

    What had no record said nothing. What has none any more is not among them: nothing is said of it that could be
    learnt. Columns that only the newer version has are passed over.
    """
    there = set(items.read(before).collect_schema().names())
    both = [field for field in fields if field.name in there]
    if before == now or not both:
        return NOTHING
    names = [field.name for field in both]
    older = items.read(before).select(KEY, *(pl.col(name).alias(f"{name} before") for name in names))
    found = (
        known.alias(KEY)
        .to_frame()
        .lazy()
        .join(items.read(now).select(KEY, *names), on=KEY, how="inner")
        .join(older, on=KEY, how="left")
        .filter(pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name} before")) for name in names))
    )
    ids = found.select(KEY).collect(engine="streaming")[KEY].sort()
    if not len(ids):
        return NOTHING
    old, new = (metadata(ids, KEY, items, version, both) for version in (before, now))
    return Changed(ids, old, new)
