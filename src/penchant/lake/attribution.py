"""Whose the streamed events are, and which of them a training may see.

An event that names a user and a session links the two. What an anonymous visitor did in a session belongs to the user
that the session was linked to first, and to nobody until then.
"""

import numpy as np
import polars as pl

from penchant.lake.parts import ANONYMOUS, EVENT_ID, OF_EVENTS, PROVENANCE, PUT, SEQUENCE, SESSION
from penchant.lake.table import Table


def events(table: Table, version: int, named: str = "ITEM_ID") -> pl.LazyFrame:
    """The events of a version that name an item and a user: the columns of the schema, `_provenance` and `_sequence`.
    `named` is the column of the item, or of the action.

    Those of anonymous visitors have the user that their session belongs to; without one they are left out. Of streamed
    events with one `_event_id` the first counts.
    """
    rows = table.rows(version)
    if not table.streamed(version):
        return rows.drop(list(OF_EVENTS), strict=False)
    streamed = rows.filter(pl.col(PROVENANCE) == PUT)
    useful, repeats = streamed.filter(pl.col(named).is_not_null()), _repeats(streamed)
    if len(repeats):
        useful = useful.join(repeats.lazy(), on=SEQUENCE, how="anti")
    parts = [rows.filter(pl.col(PROVENANCE) != PUT), useful.filter(~anonymous())]
    sessions = useful.filter(anonymous()).select(pl.col("USER_ID").unique().alias(SESSION)).collect(engine="streaming")
    if len(sessions):
        # Apart from the others, because to look up every row would take as long as all the rest.
        parts.append(_attributed(useful.filter(anonymous()), owners(streamed, sessions.lazy())))
    return pl.concat([part.select(pl.exclude(list(OF_EVENTS))) for part in parts])


def owners(streamed: pl.LazyFrame, sessions: pl.LazyFrame) -> pl.DataFrame:
    """The user (USER_ID) that each of these sessions (`_session`) was linked to first; without those never linked."""
    links = streamed.filter(~anonymous() & pl.col(SESSION).is_not_null())
    # Numbers are grouped several times as fast as texts. Should two sessions have one number, one of them passes for
    # never linked; the chance is one in a million for ten million sessions.
    number = pl.col(SESSION).hash().alias("number")
    wanted, of_links = sessions.select(number), links.select(number, SEQUENCE)
    first = of_links.join(wanted, on="number", how="semi").group_by("number").agg(pl.col(SEQUENCE).min())
    found = first.select(SEQUENCE).collect(engine="streaming")
    return links.join(found.lazy(), on=SEQUENCE, how="semi").select(SESSION, "USER_ID").collect(engine="streaming")


def anonymous() -> pl.Expr:
    """Whether the USER_ID of a row is a session."""
    return pl.col(ANONYMOUS).fill_null(False)


def _attributed(visits: pl.LazyFrame, known: pl.DataFrame) -> pl.LazyFrame:
    owner = known.lazy().rename({"USER_ID": "_owner"})
    found = visits.join(owner, left_on="USER_ID", right_on=SESSION, how="inner")
    return found.with_columns(pl.col("_owner").alias("USER_ID")).drop("_owner")


def _repeats(streamed: pl.LazyFrame) -> pl.DataFrame:
    """The `_sequence` of every event whose `_event_id` an earlier one has."""
    ids = streamed.filter(pl.col(EVENT_ID).is_not_null()).select(EVENT_ID, SEQUENCE)
    number = pl.col(EVENT_ID).hash().alias("number")
    numbers = np.sort(ids.select(number).collect(engine="streaming")["number"].to_numpy())
    twice = pl.DataFrame({"number": np.unique(numbers[1:][numbers[1:] == numbers[:-1]])})
    if not len(twice):
        return pl.DataFrame(schema={SEQUENCE: pl.Int64})
    # Nearly all ids are there once. Only the others are held as texts.
    alike = ids.with_columns(number).join(twice.lazy(), on="number", how="semi").collect(engine="streaming")
    return alike.filter(pl.col(SEQUENCE) > pl.col(SEQUENCE).min().over(EVENT_ID)).select(SEQUENCE)
