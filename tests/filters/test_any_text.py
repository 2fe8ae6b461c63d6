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
    Boolean,
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
parameters = st.builds(Parameter, st.text(LETTERS + "0189", min_size=1, max_size=50))


def some(strategy: st.SearchStrategy, least: int = 1) -> st.SearchStrategy:
    return st.lists(strategy, min_size=least, max_size=3).map(tuple)


def conditions_with(literals: st.SearchStrategy) -> st.SearchStrategy:
    values = literals | parameters
    return (
        st.builds(Among, left, some(values) | right, st.just(False))
        | st.builds(Among, left, some(literals) | right, st.just(True))
        | st.builds(Comparison, left, st.sampled_from(Operator), values | right)
    )


def trees_with(conditions: st.SearchStrategy, only_if: st.SearchStrategy) -> st.SearchStrategy:
    head = st.sampled_from(Action), st.sampled_from(Target)
    return st.builds(Filter, some(st.builds(Expression, *head, some(some(conditions)), only_if)))


plain, richer = conditions_with(literals), conditions_with(literals | st.builds(Boolean, st.booleans()))
trees = trees_with(plain, st.just(()) | some(plain).map(lambda all_of: (all_of,)))
extended_trees = trees_with(richer, some(some(richer), 0))
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
    "true",
    "False",
    '("a","b")',
    "($A)",
    "é",
    "購",
    "٣",
]
pieces = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)
quick = settings(deadline=None, derandomize=True, database=None, max_examples=300)
fewer = settings(quick, max_examples=80)


@fewer
@given(trees)
def test_a_tree_is_read_from_its_own_text(tree):
    assert parse(str(tree)) == tree == parse(str(tree), extended=True)


@fewer
@given(extended_trees)
def test_an_extended_tree_is_read_from_its_own_text(tree):
    assert parse(str(tree), extended=True) == tree


def draw_text(draw: st.DrawFn, ways: tuple) -> tuple[str, list[tuple]]:
    """Conditions in parentheses, and the ways in which they are true together."""
    parts = []
    for way in ways:
        link = draw(st.sampled_from([" AND ", " OR "]))
        parts.append((f"({link.join(map(str, way))})", [way] if link == " AND " else [(each,) for each in way]))
    text, true = " AND ".join(text for text, _ in parts), [()]
    for _, ways in parts:
        true = [(*one, *other) for one in true for other in ways]
    return text, true


@fewer
@given(st.data())
def test_parentheses_are_multiplied_out(data):
    where, any_of = draw_text(data.draw, data.draw(some(some(richer))))
    (if_, only_if), (second, more) = (draw_text(data.draw, data.draw(some(some(richer)))) for _ in range(2))
    text = f"INCLUDE ItemID WHERE ({where}) IF {if_} IF ({second})"
    if max(len(any_of), len(only_if), len(more)) > 64 or len(only_if) * len(more) > 64:
        return
    (found,) = parse(text, extended=True).expressions
    assert list(found.any_of) == any_of
    assert list(found.only_if) == [(*one, *other) for one in only_if for other in more]


@quick
@given(st.text() | pieces | pieces.map("INCLUDE ItemID WHERE ".__add__))
def test_any_text_is_a_filter_or_a_filter_error(schemas, text):
    for extended in (False, True):
        try:
            found = parse(text, extended)
        except FilterError as error:
            assert error.at is None or 0 <= error.at <= len(text)
            continue
        assert parse(str(found), extended) == found
        try:
            check(found, schemas, extended)
        except FilterError as error:
            assert str(error).startswith("Could not create filter. ")


@fewer
@given(extended_trees, st.booleans())
def test_any_tree_fits_or_is_refused_with_a_filter_error(schemas, tree, extended):
    try:
        check(tree, schemas, extended)
    except FilterError as error:
        assert str(error).endswith(".")


W = "INCLUDE ItemID WHERE "
LONG = {
    "open parentheses": W + "Items.A = " + "(" * 2500,
    "parentheses": W + "(" * 1200 + "Items.A = 1" + ")" * 1200,
    "groups": W + " AND ".join(["(Items.A = 1 OR Items.B = 2)"] * 75),
    "groups of one": W + " AND ".join(["((Items.A = 1) OR (Items.B = 2))", *["(Items.A = 1)"] * 120]),
    "groups that grow": W + "(" * 70 + "Items.A=1" + " OR Items.B=2) AND Items.C=3" * 70,
    "many IFs": W + "Items.A = 1" + " IF CurrentUser.A = 1 OR CurrentUser.B = 2" * 60,
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


@pytest.mark.parametrize("extended", [False, True], ids=["Amazon's", "extended"])
@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_long_text_is_no_burden(text, extended):
    for each in (False, True):
        parse("INCLUDE ItemID WHERE Items.A = 1", each)  # the grammar is read once, on first use
    started = time.process_time()
    try:
        found = parse(text, extended)
        assert parse(str(found), extended) == found
    except FilterError:
        pass
    assert time.process_time() - started < (0.5 if len(text) < 2600 else 10)


def test_one_language_serves_many_threads():
    texts = [f'{W}Items.A IN ("{number}") AND Items.B < {number}' for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: str(parse(text)), texts)) == texts
