"""Whatever is written, the answer is a tree or a FilterError, and it comes quickly; a tree's text is that tree."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.filters.check import check
from penchant.filters.errors import FilterError
from penchant.filters.parse import parse
from penchant.filters.tree import (
    Action,
    Among,
    Comparison,
    Dataset,
    Expression,
    Field,
    Filter,
    Number,
    Operator,
    Parameter,
    Target,
    Text,
)

LETTERS = "abcxyzABCXYZ_"
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
left = st.builds(Field, st.sampled_from(Dataset), names)
right = st.builds(Field, st.just(Dataset.CURRENT_ITEM), names)
literals = (
    st.builds(Text, st.text(max_size=10) | st.text("\\\"' |$()", max_size=6))
    | st.builds(Number, st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False))
)  # fmt: skip
values = literals | st.builds(Parameter, st.text(LETTERS + "0189", min_size=1, max_size=50))


def some(strategy: st.SearchStrategy, least: int = 1) -> st.SearchStrategy:
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


conditions = (
    st.builds(Among, left, some(values) | right, st.just(False))
    | st.builds(Among, left, some(literals) | right, st.just(True))
    | st.builds(Comparison, left, st.sampled_from(Operator), values | right)
)
expressions = st.builds(
    Expression, st.sampled_from(Action), st.sampled_from(Target), some(some(conditions)), some(conditions, 0)
)
trees = st.builds(Filter, some(expressions))
PIECES = [
    "INCLUDE",
    "EXCLUDE",
    "ItemID",
    "UserID",
    "ActionID",
    "WHERE",
    "IF",
    "AND",
    "OR",
    "NOT",
    "IN",
    "(",
    ")",
    ",",
    "|",
    ".",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "$",
    "$A",
    "*",
    '"',
    "'",
    "\\",
    "1",
    "-1",
    "1e9",
    "Items",
    "Interactions",
    "Users",
    "CurrentUser",
    "CurrentItem",
    "Items.PRICE",
    '"a"',
    "Items.GENRE",
    "EVENT_TYPE",
    "Interactions.EVENT_TYPE",
    "CurrentUser.AGE",
    "CurrentItem.PRICE",
    '("a","b")',
    "($A)",
    "é",
    "購",
    "٣",
]
pieces = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)
quick = settings(deadline=None, derandomize=True, database=None, max_examples=300)


@quick
@given(trees)
def test_a_tree_is_read_from_its_own_text(tree):
    assert parse(str(tree)) == tree


@quick
@given(st.text() | pieces | pieces.map("INCLUDE ItemID WHERE ".__add__))
def test_any_text_is_a_filter_or_a_filter_error(schemas, text):
    try:
        found = parse(text)
    except FilterError as error:
        assert error.at is None or 0 <= error.at <= len(text)
        return
    assert parse(str(found)) == found
    try:
        check(found, schemas)
    except FilterError as error:
        assert str(error).startswith("Could not create filter. ")


@quick
@given(trees)
def test_any_tree_fits_or_is_refused_with_a_filter_error(schemas, tree):
    try:
        check(tree, schemas)
    except FilterError as error:
        assert str(error).endswith(".")


W = "INCLUDE ItemID WHERE "
LONG = {
    "open parentheses": W + "Items.A = " + "(" * 2500,
    "open parentheses in a list": W + "Items.A IN " + "(" * 2500,
    "conditions": W + " AND ".join(["Items.A = 1"] * 150),
    "choices": W + " OR ".join(["Items.A = 1"] * 150),
    "a list": W + f"Items.A IN ({','.join(['1'] * 1200)})",
    "expressions": " | ".join([W + "Items.A = 1"] * 70),
    "an IF": W + "Items.A = 1 IF " + " AND ".join(["CurrentUser.A = 1"] * 100),
    "one text": W + f'Items.A IN ("{"a" * 2450}")',
    "backslashes": W + 'Items.A IN ("' + "\\" * 2451,
    "no end of a text": W + "Items.A IN ('" + "a" * 2450,
    "digits": W + "Items.A = " + "9" * 2450,
    "many more digits": W + "Items.A = 0." + "0" * 100_000,
    "a name": W + "Items." + "A" * 2450,
    "points": W + "Items" + "." * 2450,
    "spaces": " " * 2500,
    "dollars": W + "Items.A = " + "$" * 2450,
    "a hundred times too much": " | ".join([W + "Items.A = 1"] * 7000),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_text_is_no_burden(text):
    parse("INCLUDE ItemID WHERE Items.A = 1")  # the grammar is read once, on first use
    started = time.process_time()
    try:
        found = parse(text)
        assert parse(str(found)) == found
    except FilterError:
        pass
    assert time.process_time() - started < (0.5 if len(text) < 2600 else 10)


def test_one_language_serves_many_threads():
    texts = [f'{W}Items.A IN ("{number}") AND Items.B < {number}' for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: str(parse(text)), texts)) == texts
