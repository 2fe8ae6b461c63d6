"""Expressions over attributes of items: what is read, and what is refused with which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.lake.schema import Schema
from penchant.work.attribute_expression import Condition, ExpressionError, read_expression
from tests import samples

SCHEMA = Schema.parse(
    samples.schema(
        "Items",
        samples.text("ITEM_ID"),
        samples.text("GENRES", categorical=True),
        samples.text("CATEGORY_L1", categorical=True),
        {"name": "YEAR", "type": "int"},
        samples.text("PLOT", textual=True),
        samples.text("LABEL"),
        {"name": "CREATION_TIMESTAMP", "type": "long"},
    )
)


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ('ITEMS.genres = "Comedy" AND ITEMS.genres = "Action"', [("GENRES", "Comedy"), ("GENRES", "Action")]),
        ('ITEMS.CATEGORY_L1 = "food service"', [("CATEGORY_L1", "food service")]),
        ("Items.year=1999 and items . YEAR = -1.5e3", [("YEAR", 1999), ("YEAR", -1500.0)]),
        (r'ITEMS.GENRES = "a \"b\" \\ c"', [("GENRES", 'a "b" \\ c')]),
        ("ITEMS.GENRES = 'it'", [("GENRES", "it")]),
        ('ITEMS.GENRES="x AND y"AND ITEMS.YEAR = 1', [("GENRES", "x AND y"), ("YEAR", 1)]),
        ('  ITEMS.GENRES\n=\t""  ', [("GENRES", "")]),
    ],
)
def test_what_is_read(text: str, conditions: list) -> None:
    assert read_expression(text, SCHEMA) == [Condition(*each) for each in conditions]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at its end: a column of ITEMS is expected"),
        ('GENRES = "x"', "at position 1, before 'GENRES = \"x\"': a column of ITEMS is expected"),
        ('ITEMS.GENRES = "x" OR ITEMS.YEAR = 1', "before 'OR ITEMS.YEAR = 1': AND or the end is expected"),
        ('ITEMS.GENRES = "x" AND', "at its end: a column of ITEMS is expected"),
        ('ITEMS.GENRES = "x" | ITEMS.YEAR = 1', "AND or the end is expected"),
        ('ITEMS.GENRES IN ("x")', "before 'IN (\"x\")': only = can be used"),
        ('ITEMS.GENRES IN "x"', "only = can be used"),
        ("ITEMS.YEAR >= 1999", "only = can be used"),
        ('ITEMS.YEAR != "x"', "only = can be used"),
        ('USERS.AGE = "x"', "only columns of ITEMS can be asked for"),
        ("ITEMS.YEAR = 19x9", "the column YEAR is compared with a number"),
        ('ITEMS.YEAR = "1999"', "the column YEAR is compared with a number"),
        ("ITEMS.YEAR = 1e999", "the column YEAR is compared with a number"),
        ("ITEMS.GENRES = Comedy", "the column GENRES is compared with a text in quotes"),
        ("ITEMS.GENRES = $G", "before '$G': a text in quotes or a number is expected"),
        ('ITEMS.GENRES = "x', "a text in quotes or a number is expected"),
        ("ITEMS.GENRES", "at its end: only = can be used"),
        ('ITEMS.PLOT = "x"', "PLOT, which is textual"),
        ('ITEMS.LABEL = "x"', "LABEL, which is a string that is not categorical"),
        ('ITEMS.ITEM_ID = "x"', "ITEM_ID, which is reserved"),
        ("ITEMS.CREATION_TIMESTAMP = 1", "CREATION_TIMESTAMP, which is reserved"),
        ('ITEMS.NO = "x"', "NO, which the ITEMS dataset does not have; it has GENRES, CATEGORY_L1, YEAR."),
        (" AND ".join(["ITEMS.YEAR = 1"] * 11), "11 conditions; at most 10"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(ExpressionError) as error:
        read_expression(text, SCHEMA)
    assert words in str(error.value)


@given(st.text(max_size=60) | st.text("ITEMS.YEARGNS= \"\\'1AND\x00", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert read_expression(text, SCHEMA)
    except ExpressionError as error:
        assert str(error).startswith("itemAttributes ")


def test_a_long_text_is_refused_at_once() -> None:
    with pytest.raises(ExpressionError):
        read_expression('ITEMS.GENRES = "' + "\\a" * 100_000, SCHEMA)
