"""How often people met each item, period by period: what trends and exploration are counted from."""

import polars as pl


def activity(events: pl.LazyFrame, since: int, until: int, period: int) -> pl.DataFrame:
    """Counts of events (USER_ID, ITEM_ID, TIMESTAMP) with `since` < TIMESTAMP <= `until`, all in seconds.

    One row for each item and period with events: ITEM_ID; `periods`, how many whole periods of so many seconds lie
    between an event and `until`, 0 for the newest; `events`; `users`, distinct; `newest`, the last TIMESTAMP. Sorted by
    period, the busiest item first, and by id where that leaves a choice.
    """
    within = (pl.col("TIMESTAMP") > since) & (pl.col("TIMESTAMP") <= until) & pl.col("ITEM_ID").is_not_null()
    counted = (
        events.filter(within)
        .group_by("ITEM_ID", ((until - pl.col("TIMESTAMP")) // period).alias("periods"))
        .agg(
            pl.len().alias("events"),
            pl.col("USER_ID").n_unique().alias("users"),
            pl.col("TIMESTAMP").max().alias("newest"),
        )
    )
    return counted.sort("periods", "events", "ITEM_ID", descending=[False, True, False]).collect(engine="streaming")
