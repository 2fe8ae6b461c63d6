"""Which items have a value of an attribute."""

import numpy as np
import polars as pl

from penchant.lake.attributes import Numbers, Texts, categories
from penchant.recipes.parts.item_attributes import ItemAttributes

COLUMNS = {
    "GENRE": categories(pl.Series(["a|b", "b", None, "b|b|c"])),
    "YEAR": Numbers(np.array([1999.0, np.nan, -0.0, 1999.0])),
    "PLOT": Texts(pl.Series(["a", "b", "c", "d"])),
    "CREATION_TIMESTAMP": Numbers(np.array([1.0, 2.0, 3.0, 4.0])),
}


def test_items_of_values() -> None:
    attributes = ItemAttributes.of(COLUMNS)
    assert len(attributes) == 5
    assert attributes.having("GENRE", "b").tolist() == [0, 1, 3]
    assert attributes.having("GENRE", "c").tolist() == [3]
    assert attributes.having("YEAR", 1999).tolist() == attributes.having("YEAR", 1999.0).tolist() == [0, 3]
    assert attributes.having("YEAR", 0).tolist() == [2]
    for column, value in (("GENRE", "a|b"), ("GENRE", ""), ("YEAR", "1999"), ("PLOT", "a"), ("YEAR", 2000), ("X", "b")):
        assert attributes.having(column, value).tolist() == []
    assert [attributes.has(name) for name in ("GENRE", "YEAR", "PLOT", "CREATION_TIMESTAMP", "GEN", "Z")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
    assert sorted(map(len, attributes.every())) == [1, 1, 1, 2, 3]


def test_nothing_to_ask_for() -> None:
    for columns in (
        {},
        {"YEAR": Numbers(np.full(3, np.nan))},
        {"GENRE": categories(pl.Series([None, ""], dtype=pl.String))},
    ):
        attributes = ItemAttributes.of(columns)
        assert len(attributes) == 0
        assert attributes.every() == []
        assert attributes.having("YEAR", 1).tolist() == []
        assert not attributes.has("YEAR")
