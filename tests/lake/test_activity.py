"""Counts of items by period."""

import polars as pl

from penchant.lake.activity import activity

HOUR = 3600


def test_items_are_counted_period_by_period():
    now = 100 * HOUR
    rows = [
        ("u1", "a", now),
        ("u1", "a", now - 1),
        ("u2", "b", now - 5),
        ("u1", "c", now - 6),
        ("u1", "a", now - HOUR),
        ("u1", "b", now - 3 * HOUR + 1),
        ("u1", "late", now + 1),
        ("u1", "old", now - 3 * HOUR),
        ("u1", None, now),
    ]
    events = pl.LazyFrame(
        rows, schema={"USER_ID": pl.String, "ITEM_ID": pl.String, "TIMESTAMP": pl.Int64}, orient="row"
    )
    found = activity(events, now - 3 * HOUR, now, HOUR)
    assert found.rows() == [
        ("a", 0, 2, 1, now),
        ("b", 0, 1, 1, now - 5),
        ("c", 0, 1, 1, now - 6),
        ("a", 1, 1, 1, now - HOUR),
        ("b", 2, 1, 1, now - 3 * HOUR + 1),
    ]


def test_no_events():
    schema = {"USER_ID": pl.String, "ITEM_ID": pl.String, "TIMESTAMP": pl.Int64}
    assert activity(pl.LazyFrame(schema=schema), 0, 10, 1).height == 0
