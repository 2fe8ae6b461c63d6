"""Columns as recipes see them."""

import numpy as np
import polars as pl

from penchant.lake.attributes import Categories, Numbers, Texts, categories, column_of, learnt_from, taken
from penchant.lake.schema import Field


def words_of(column: Categories) -> list[list[str]]:
    return [
        [column.words[code] for code in column.codes[begin:end]]
        for begin, end in zip(column.offsets[:-1], column.offsets[1:], strict=True)
    ]


def test_categories_are_divided_and_nulls_have_none() -> None:
    column = categories(pl.Series(["b|a", None, "a", "", "c||b"]))
    assert column.words == ["a", "b", "c"]
    assert words_of(column) == [["b", "a"], [], ["a"], [], ["c", "b"]]
    assert column.first().tolist() == [1, -1, 0, -1, 2]


def test_rows_are_taken_in_any_order_and_more_than_once() -> None:
    column = categories(pl.Series(["b|a", None, "a"]))
    assert words_of(column.take(np.array([2, 0, 1, 0]))) == [["a"], ["b", "a"], [], ["b", "a"]]
    assert words_of(column.take(np.array([], np.int64))) == []
    columns = taken({"n": Numbers(np.array([1.0, np.nan])), "t": Texts(pl.Series(["x", "y"]))}, np.array([1]))
    assert np.isnan(columns["n"].values).all() and columns["t"].values.to_list() == ["y"]


def test_a_column_of_nulls_only() -> None:
    assert words_of(categories(pl.Series([None, None], dtype=pl.String))) == [[], []]
    assert words_of(categories(pl.Series([], dtype=pl.String))) == []


def test_what_is_learnt_from() -> None:
    taken_fields = [
        Field("GENRES", "string", categorical=True),
        Field("ABOUT", "string", textual=True),
        Field("TITLE", "string", item_name=True),
        Field("PRICE", "float"),
        Field("CREATION_TIMESTAMP", "long"),
        Field("EVENT_TYPE", "string"),
        Field("EVENT_VALUE", "float"),
    ]
    left = [Field(name, "string") for name in ("ITEM_ID", "USER_ID", "IMPRESSION", "RECOMMENDATION_ID", "SKU")]
    assert all(learnt_from(field) for field in taken_fields)
    assert not any(learnt_from(field) for field in [*left, Field("TIMESTAMP", "long"), Field("NEW", "boolean")])


def test_columns_by_kind() -> None:
    assert isinstance(column_of(Field("EVENT_TYPE", "string"), pl.Series(["a|b"])), Categories)
    assert words_of(column_of(Field("EVENT_TYPE", "string"), pl.Series(["a|b"]))) == [["a|b"]]  # type: ignore[arg-type]
    number = column_of(Field("PRICE", "float", nullable=True), pl.Series([1.5, None]))
    assert isinstance(number, Numbers) and number.values[0] == 1.5 and np.isnan(number.values[1])
    name = column_of(Field("TITLE", "string", item_name=True), pl.Series(["Alien", None]))
    assert isinstance(name, Texts) and name.is_name and name.values.to_list() == ["Alien", ""]
