"""What items are worth to an optimizationObjective: a column of the Items dataset, whether the recipe may learn from it
or not. A trainingDataConfig says what a model reads, and an objective is something that it is told to serve."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from ..house import House
from ..jobs.job import Failed
from ..lake.table import Table
from ..resources.schemas import schemas_of


def item_values(
    house: House, group_arn: str, attribute: str, items: Table | None, version: int | None, ids: Sequence[str]
) -> np.ndarray:
    """(I,) float64 of the items with these ids, NaN for an item without a record. Raises Failed where all are."""
    with house.reading() as connection:
        schemas = schemas_of(connection, group_arn)
    try:
        name = schemas["ITEMS"].field(attribute).name
    except KeyError:  # the dataset was deleted since the solution was made
        raise Failed(f"Create failed. There is no Items dataset with a column {attribute}.") from None
    values = pl.Series(name, [None] * len(ids), pl.Float64)
    if items is not None and version is not None:
        stored = items.read(version)
        if name in stored.collect_schema().names():  # a new column of the schema comes with the next import
            wanted = stored.select("ITEM_ID", pl.col(name).cast(pl.Float64))
            asked = pl.LazyFrame({"ITEM_ID": pl.Series(ids, dtype=pl.String)})
            joined = asked.join(wanted, on="ITEM_ID", how="left", maintain_order="left")
            values = joined.collect(engine="streaming")[name]
    if values.is_null().all():
        raise Failed(
            f"Create failed. No item has a value of {name}, which the optimizationObjective needs; import items."
        )
    return values.fill_null(float("nan")).to_numpy()
