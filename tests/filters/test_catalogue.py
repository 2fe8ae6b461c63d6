"""Records as columns: nothing of them is lost, and a changed record changes nothing else."""

import numpy as np
import polars as pl
import pytest

from penchant.artifacts.vocabulary import Vocabulary
from penchant.filters.catalogue import Catalogue
from penchant.filters.clauses import ORDERS
from penchant.filters.columns import Lists, Numbers
from penchant.filters.history import History
from penchant.filters.words import Words

RECORDS = [
    {
        "ITEM_ID": "b",
        "GENRE": "Drama|Action|Drama",
        "DESCRIPTION": "x|y",
        "PRICE": 0.1,
        "YEAR": 2**63 - 1,
        "LONG_TEXT": "t",
    },
    {"ITEM_ID": "stranger", "GENRE": "Drama", "PRICE": 1.0},
    {"ITEM_ID": "a", "GENRE": "old", "YEAR": 5},
    {"ITEM_ID": "a", "GENRE": "", "PRICE": float("nan"), "DESCRIPTION": "", "YEAR": -(2**63), "ADULT": True},
]


@pytest.fixture
def items(schemas) -> Catalogue:
    schema = schemas["ITEMS"]
    return Catalogue.of(schema, pl.DataFrame(RECORDS, schema=schema.polars), Words.of(["z", "a", "b"]))


def test_records_stand_in_the_order_of_the_ids(items):
    assert [items.row(id_) for id_ in ("z", "a", "b", "stranger", "Z")] == [0, 1, 2, None, None]
    assert [items.record(row) for row in range(3)] == [
        {"ITEM_ID": "z"},
        {"ITEM_ID": "a", "GENRE": "", "DESCRIPTION": "", "YEAR": -(2**63), "ADULT": True},
        {"ITEM_ID": "b", "GENRE": "Drama|Action|Drama", "DESCRIPTION": "x|y", "PRICE": 0.1, "YEAR": 2**63 - 1},
    ]
    assert items.values(2, "GENRE") == ("Drama", "Action", "Drama")
    assert items.values(2, "DESCRIPTION") == ("x|y",)


def test_only_the_columns_that_are_wanted_are_kept(schemas):
    schema = schemas["ITEMS"]
    records = pl.DataFrame(RECORDS, schema=schema.polars).select("ITEM_ID", "GENRE")
    items = Catalogue.of(schema, records, Words.of(["a", "b"]), {"genre", "Year", "LONG_TEXT", "ADULT"})
    assert list(items.columns) == ["ITEM_ID", "GENRE", "YEAR", "ADULT"]
    assert items.record(1) == {"ITEM_ID": "b", "GENRE": "Drama|Action|Drama"}
    with pytest.raises(KeyError):
        items.values(0, "PRICE")


def test_a_changed_record_takes_the_place_of_its_id_and_nothing_else_changes(items):
    before = [items.record(row) for row in range(3)]
    changed = items.replaced(
        [
            {"ITEM_ID": "b", "GENRE": "never used"},
            {"ITEM_ID": "b", "GENRE": "Action|New", "PRICE": 7, "YEAR": 0},
            {"ITEM_ID": "new", "GENRE": "Drama|Action|Drama", "DESCRIPTION": "新", "PRICE": -0.0, "YEAR": None},
            {"ITEM_ID": "newer", "PRICE": float("nan")},
        ]
    )
    assert [changed.record(row) for row in range(5)] == [
        *before[:2],
        {"ITEM_ID": "b", "GENRE": "Action|New", "PRICE": 7.0, "YEAR": 0},
        {"ITEM_ID": "new", "GENRE": "Drama|Action|Drama", "DESCRIPTION": "新", "PRICE": 0.0},
        {"ITEM_ID": "newer"},
    ]
    assert changed.row("new") == 3 and len(changed) == 5
    assert [items.record(row) for row in range(3)] == before and len(items) == 3
    assert items.row("new") is None


def test_equal_combinations_are_stored_once(items):
    genre = items.columns["GENRE"]
    assert isinstance(genre, Lists)
    again = items.replaced([{"ITEM_ID": "z", "GENRE": "Drama|Action|Drama"}]).columns["GENRE"]
    assert isinstance(again, Lists)
    assert again.parts is genre.parts and again.words is genre.words


@pytest.mark.parametrize("size", [250, 65_530])
def test_more_distinct_values_than_one_or_two_bytes_count(schemas, size):
    schema = schemas["ITEMS"]
    ids = [f"n{number}" for number in range(size)]
    records = {"ITEM_ID": ids, "GENRE": ids, "DESCRIPTION": ids, "YEAR": range(0, 2 * size, 2)}
    few = Catalogue.of(schema, pl.DataFrame(records), Words.of(ids))
    more = [{"ITEM_ID": f"m{n}", "GENRE": f"m{n}|n1", "DESCRIPTION": f"m{n}", "YEAR": 2 * n + 1} for n in range(10)]
    many = few.replaced(more)
    assert [many.record(size + n) for n in range(10)] == more
    for row in (0, 1, 2, size - 1):
        assert many.record(row) == {"ITEM_ID": ids[row], "GENRE": ids[row], "DESCRIPTION": ids[row], "YEAR": 2 * row}
    assert many.columns["GENRE"].among(["n1"]).nonzero()[0].tolist() == [1, *range(size, size + 10)]
    assert many.columns["DESCRIPTION"].among(["n1", "m9"]).nonzero()[0].tolist() == [1, size + 9]
    assert many.columns["YEAR"].among([2, 1, 20.5]).nonzero()[0].tolist() == [1, size]


@pytest.mark.parametrize(
    ("column", "stored"),
    [("YEAR", [-(2**63), -1, 0, 2**53, 2**53 + 1, 2**63 - 1]), ("PRICE", [-1e300, 0.1, 2.0**53, 2.0**63])],
)
def test_numbers_of_both_types_are_compared_to_the_last_digit(schemas, column, stored):
    schema = schemas["ITEMS"]
    ids = list(map(str, stored))
    numbers = Catalogue.of(schema, pl.DataFrame({"ITEM_ID": ids, column: stored}), Words.of(ids)).columns[column]
    assert isinstance(numbers, Numbers)
    for value in (
        2**53,
        2**53 + 1,
        2.0**53,
        2**63 - 1,
        2.0**63,
        -(2**63),
        -1e300,
        0.1,
        0.10000000000000002,
        0,
        -0.5,
        1e19,
    ):
        assert numbers.among([value]).tolist() == [each == value for each in stored]
        for operator, compare in ORDERS.items():
            assert numbers.ordered(operator, value).tolist() == [compare(each, value) for each in stored]


def test_words_are_those_of_a_vocabulary():
    ids = sorted(["", "a", "ab", "é", "購入", "😀", "z" * 100])
    words = Words.of_vocabulary(Vocabulary.of(ids))
    assert [words[code] for code in range(len(words))] == ids
    assert [words.code(id_) for id_ in ids] == list(range(len(ids)))
    assert words.code("\ud800") is None


def test_texts_of_one_hash_are_told_apart(monkeypatch):
    monkeypatch.setattr("builtins.hash", lambda text: 7)
    words = Words.of(["a", "b"]).extended(["c", "a"])
    assert [words.code(text) for text in "abcd"] == [0, 1, 2, None]


def test_of_each_event_type_the_newest_count(items):
    events = [("a", "click"), ("b", "View"), ("b", "Click"), ("gone", "CLICK"), (None, "view"), (0, None)]
    history = History.of(events, items, 2)
    asked = [{"click"}, {"view", "other"}, {"view"}, {"*"}, {"other"}, set()]
    assert [history.having(frozenset(types)).tolist() for types in asked] == [[2], [2], [2], [0, 2], [], []]
    assert History.of(events, items, 3).having(frozenset({"click"})).tolist() == [1, 2]
    of_users = History({"click": np.array([5, 3, 5])})
    assert of_users.having(frozenset({"click"})).tolist() == [3, 5]
