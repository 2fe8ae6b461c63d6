"""Masks say of every row what holding the filter against that row alone says."""

import gc
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penchant.filters import (
    Catalogue,
    FilterError,
    History,
    Question,
    Words,
    compile_filter,
    compile_text,
    parse,
    removals,
    removals_of,
)
from penchant.filters.tree import Action
from tests.filters import evaluate
from tests.filters.test_evaluate import CASES, EVENTS, ITEMS, USER
from tests.filters.test_guide import EXAMPLES
from tests.filters.worlds import World, worlds

slow = HealthCheck.too_slow, HealthCheck.data_too_large
thorough = settings(deadline=None, derandomize=True, database=None, max_examples=200, suppress_health_check=slow)


@thorough
@given(worlds(), st.data())
def test_every_row_stays_or_goes_as_it_would_alone(schemas, world: World, data):
    compiled = compile_filter(world.filter, schemas, extended=True)
    includes = (each for each in world.filter.expressions if each.action is Action.INCLUDE)
    if any(name not in world.given for each in includes for name in each.parameters):
        with pytest.raises(FilterError, match="is missing a value"):
            compiled.values(world.written)
        return
    question = msgspec.structs.replace(world.question, values=compiled.values(world.written))
    alone = evaluate.Evaluator(world.filter, schemas, evaluate.Question(world.given, world.user, world.item))
    expected = [alone.keeps(candidate) for candidate in world.candidates.values()]
    some = data.draw(st.lists(st.integers(0, len(expected) - 1), max_size=9).map(lambda each: np.array(each, np.int64)))
    assert compiled.among(question, some).tolist() == [expected[row] for row in some]
    assert compiled.mask(question).tolist() == expected
    assert compiled.mask(question).tolist() == expected  # by what was kept of the first time
    assert compiled.among(question, some).tolist() == [expected[row] for row in some]
    told = removals_of(compiled, question, np.arange(len(expected)))
    for row, candidate in enumerate(world.candidates.values()):
        reasons = told[row]
        assert (not reasons) == expected[row]
        for reason in reasons:
            assert alone.holds(reason.expression, candidate) == (reason.expression.action is Action.EXCLUDE)
            assert {alone.true(each, candidate) for each in reason.conditions} == {
                reason.expression.action is Action.EXCLUDE
            }


def catalogue(schemas, rows: dict[str, dict], type_: str = "ITEMS", names: Collection[str] | None = None) -> Catalogue:
    schema = schemas[type_]
    records = pl.DataFrame([row for row in rows.values() if row], schema=schema.polars)
    return Catalogue.of(schema, records, Words.of(list(rows)), names)


@pytest.fixture(scope="module")
def shop(schemas) -> Catalogue:
    return catalogue(schemas, ITEMS)


@pytest.fixture
def kept(schemas, shop):
    events = [(item, type_) for item, types in EVENTS.items() for type_ in types]

    def kept(text: str, values: dict | None = None, item: str | None = None, events: list = events) -> str:
        compiled = compile_filter(parse(text), schemas)
        row = None if item is None else shop.row(item)
        question = Question(shop, compiled.values(values or {}), USER, row, History.of(events, shop))
        return " ".join(np.array(list(ITEMS))[compiled.mask(question)].tolist())

    return kept


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_filter_keeps(kept, text, expected):
    assert kept(text) == expected


VALUES = {
    "EVENT_TYPE": '"click"', "CATEGORY": '"watch","shoe"', "PRICE": "20", "DATE": '"1600000000"', "YEAR1": "1970", "YEAR2": "1999",
    "GENRE": '"Comedy","Drama"', "AGE": "30", "GENRELIST": '"Comedy"', "CUTOFF": '"0"', "MEMBERSHIP": '"gold"', "VALUE": "5",
    "PREMIUM": '"gold"',
}  # fmt: skip
ROWS = {
    "ITEMS": {
        "watch": {"ITEM_ID": "watch", "CATEGORY": "watch|gift", "CATEGORY_L1": "gift", "GENRE": "Comedy", "DESCRIPTION": "luxury", "PRICE": 9.5, "YEAR": 1970, "CREATION_TIMESTAMP": 1_500_000_000, "ARTICLE_GENRE": "Comedy"},
        "shoe": {"ITEM_ID": "shoe", "CATEGORY": "shoe", "CATEGORY_L1": "cold dispensed|gift", "GENRE": "Comedy|Drama", "PRICE": 30.0, "YEAR": 1998, "CREATION_TIMESTAMP": 1_600_000_000},
        "boot": {"ITEM_ID": "boot", "CATEGORY": "shoe", "DESCRIPTION": "boot", "GENRE": "Horror", "PRICE": 20.0, "YEAR": 1999, "ARTICLE_GENRE": "Drama|Comedy"},
        "nothing": {},
    },
    "USERS": {
        "gold": {"USER_ID": "gold", "MEMBERSHIP_STATUS": "gold", "AGE": 31, "COUNTRY": "England"},
        "young": {"USER_ID": "young", "MEMBERSHIP_STATUS": "tin", "AGE": 29},
        "nobody": {},
    },
    "ACTIONS": {"join": {"ACTION_ID": "join", "MEMBERSHIP_LEVEL": "Premium", "VALUE": 6}, "leave": {"ACTION_ID": "leave", "VALUE": 5}},
}  # fmt: skip
DONE = {"watch": ["Purchase", "click"], "shoe": ["favorite"], "gold": ["RATING"], "join": ["not_taken"]}


# What stays for a user of AGE 30 and MEMBERSHIP gold, beside the item "watch", with the values above.
STAYS = dict(zip(EXAMPLES, [
    "boot nothing", "shoe boot nothing", "watch", "shoe boot nothing", "nothing", "watch boot nothing", "watch boot", "watch", "watch shoe",
    "watch shoe", "boot nothing", "watch", "watch shoe boot", "shoe", "shoe", "", "shoe", "", "gold", "gold nobody", "gold", "",
    "leave", "join", "join", "young nobody", "shoe boot nothing",
], strict=True))  # fmt: skip


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_of_the_guide_keeps_what_a_person_would_say(schemas, text):
    compiled = compile_filter(parse(text), schemas)
    type_ = {"ItemID": "ITEMS", "UserID": "USERS", "ActionID": "ACTIONS"}[compiled.target]
    here = catalogue(schemas, ROWS[type_], type_)
    done = [(id_, type_) for id_, types in DONE.items() for type_ in types]
    current = 0 if compiled.target == "ItemID" else None
    question = Question(here, compiled.values(VALUES), USER, current, History.of(done, here))
    kept = [id_ for id_, stays in zip(ROWS[type_], compiled.mask(question).tolist(), strict=True) if stays]
    assert " ".join(kept) == STAYS[text]


@pytest.mark.parametrize("user", [USER, {}], ids=["user", "nobody"])
@pytest.mark.parametrize("given", [VALUES, {}], ids=["values", "no values"])
@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_of_the_guide_keeps_what_it_should(schemas, text, given, user):
    compiled = compile_filter(parse(text), schemas)
    type_ = {"ItemID": "ITEMS", "UserID": "USERS", "ActionID": "ACTIONS"}[compiled.target]
    rows = ROWS[type_]
    here = catalogue(schemas, rows, type_, compiled.columns)
    if not given and any(each.action is Action.INCLUDE and each.parameters for each in compiled.filter.expressions):
        with pytest.raises(FilterError, match="is missing a value"):
            compiled.values(given)
        return
    values = compiled.values(given)
    done = [(id_, type_) for id_, types in DONE.items() for type_ in types]
    current = 0 if compiled.target == "ItemID" else None
    mask = compiled.mask(Question(here, values, user, current, History.of(done, here)))
    asked = evaluate.Question(values.texts, user, {} if current is None else rows["watch"])
    alone = evaluate.Evaluator(compiled.filter, schemas, asked)
    expected = [alone.keeps(evaluate.Candidate(row, set(DONE.get(id_, ())))) for id_, row in rows.items()]
    assert mask.tolist() == expected


def test_an_event_hides_its_item_whatever_the_case_of_its_type(kept):
    assert kept('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Purchase")', events=[("dear", "purchase")]) == (
        "cheap empty unknown"
    )


def test_an_include_needs_its_values_and_an_exclude_does_nothing_without(kept):
    with pytest.raises(FilterError, match="Filter parameter G is missing a value"):
        kept("INCLUDE ItemID WHERE Items.GENRE IN ($G)")
    assert kept("EXCLUDE ItemID WHERE Items.GENRE IN ($G)") == "cheap dear empty unknown"
    both = "EXCLUDE ItemID WHERE Items.GENRE IN ($G) | EXCLUDE ItemID WHERE Items.PRICE > 9"
    assert kept(both) == "cheap empty unknown"


def test_any_of_several_values_is_enough(kept):
    assert kept("INCLUDE ItemID WHERE Items.GENRE IN ($G)", {"G": '"Comedy","Drama"'}) == "cheap dear"
    assert kept("INCLUDE ItemID WHERE Items.GENRE IN ($G)", {"G": '"Comedy, Drama"'}) == ""


def test_a_number_may_come_with_or_without_quotes(kept):
    text = "INCLUDE ItemID WHERE Items.YEAR >= $Y"
    assert kept(text, {"Y": "1999"}) == kept(text, {"Y": '"1999"'}) == "dear"


def test_the_item_of_the_request(kept):
    text = "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE"
    assert [kept(text, item=item) for item in ("dear", "empty", "unknown", None)] == ["cheap", "", "", ""]


def test_a_block_list_needs_no_record(kept):
    assert kept('EXCLUDE ItemID WHERE Items.ITEM_ID IN ("unknown", "nobody has it", "dear")') == "cheap empty"


def test_a_filter_must_fit_the_schemas(schemas):
    with pytest.raises(FilterError, match="is of type boolean"):
        compile_filter(parse("INCLUDE ItemID WHERE Items.ADULT = 1"), schemas)
    with pytest.raises(FilterError, match="needs a dataset of type USERS"):
        compile_filter(parse("INCLUDE ItemID WHERE Items.YEAR = 1 IF CurrentUser.AGE = 1"), {"ITEMS": schemas["ITEMS"]})


def test_masks_belong_to_the_caller(schemas, shop):
    for text in ("INCLUDE ItemID WHERE Items.PRICE > 1", "EXCLUDE ItemID WHERE Items.PRICE > 1"):
        compiled = compile_filter(parse(text), schemas)
        first = compiled.mask(Question(shop))
        expected = first.copy()
        first[:] = ~first
        assert compiled.mask(Question(shop)).tolist() == expected.tolist()


def test_one_filter_serves_many_catalogues_and_lets_them_go(schemas, shop):
    compiled = compile_filter(parse("INCLUDE ItemID WHERE Items.PRICE < 9"), schemas)
    other = shop.replaced([{"ITEM_ID": "dear", "PRICE": 1.0}, {"ITEM_ID": "new", "PRICE": 2.0}])
    assert compiled.mask(Question(shop)).tolist() == [True, False, False, False]
    assert compiled.mask(Question(other)).tolist() == [True, True, False, False, True]
    (part,) = compiled.parts
    assert part.fixed is not None and len(part.fixed.kept) == 2
    del other
    assert len(part.fixed.kept) == 1


def test_a_removal_says_what_it_was(schemas, shop):
    text = (
        "INCLUDE ItemID WHERE Items.PRICE < 9 AND Items.YEAR > 1960 | INCLUDE ItemID WHERE Items.GENRE IN ('Drama') "
        '| EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("purchase") OR Interactions.EVENT_TYPE IN ("click")'
    )
    compiled = compile_filter(parse(text), schemas)
    question = Question(shop, history=History.of([("dear", "Click")], shop))
    told = {id_: list(map(str, removals(compiled, question, row))) for row, id_ in enumerate(ITEMS)}
    assert told["cheap"] == []
    assert told["dear"] == [
        f'{compiled.filter.expressions[2]} removed it: Interactions.EVENT_TYPE IN ("click") held.',
    ]
    assert told["empty"] == [
        f"{compiled.filter.expressions[0]} did not include it: Items.PRICE < 9, Items.YEAR > 1960 did not hold.",
        f'{compiled.filter.expressions[1]} did not include it: Items.GENRE IN ("Drama") did not hold.',
    ]


def test_nothing_at_all_can_be_filtered(schemas):
    nothing = catalogue(schemas, {})
    for text in EXAMPLES:
        compiled = compile_filter(parse(text), schemas)
        if compiled.target == "ItemID":
            assert compiled.mask(Question(nothing, compiled.values(VALUES), USER)).tolist() == []


def test_a_few_rows_of_many_are_decided_as_all_are(schemas):
    """Columns of so many distinct values that a few rows are looked up another way than all."""
    size = 20_000
    ids = [f"n{number}" for number in range(size)]
    records = {"ITEM_ID": ids, "GENRE": [f"{id_}|all" for id_ in ids], "DESCRIPTION": ids, "YEAR": range(size)}
    here = Catalogue.of(schemas["ITEMS"], pl.DataFrame(records), Words.of(ids))
    wanted = ", ".join(f"'n{number}'" for number in range(0, size, 1000))
    question = Question(here, history=History.of([(id_, "click") for id_ in ids[:60:2]], here))
    rows = np.array([*range(0, 100), *range(0, size, 500), 3, 3, size - 1])
    for condition in (
        f"Items.GENRE IN ({wanted})",
        "Items.GENRE IN ('all', 'nobody')",
        f"Items.DESCRIPTION NOT IN ({wanted})",
        f"Items.ITEM_ID IN ({wanted})",
        "Items.YEAR IN (0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000)",
        "Items.YEAR >= 50",
        "Interactions.EVENT_TYPE IN ('click')",
    ):
        compiled = compile_filter(parse(f"INCLUDE ItemID WHERE {condition}"), schemas)
        first = compiled.among(question, rows)
        mask = compiled.mask(question)
        assert mask.any() and first.tolist() == mask[rows].tolist() == compiled.among(question, rows).tolist()
        assert compiled.among(question, rows[:0]).tolist() == []
        assert compiled.share(question, rows) in (first.mean(), mask.mean())  # guessed, until the mask is kept


def test_one_filter_serves_many_threads(schemas, shop):
    compiled = compile_filter(parse("INCLUDE ItemID WHERE Items.PRICE < 9 AND Items.GENRE IN ('Comedy')"), schemas)
    shops = [shop.replaced([{"ITEM_ID": "cheap", "GENRE": "Comedy", "PRICE": float(price)}]) for price in range(20)] * 5

    def cheap_stays(here: Catalogue) -> tuple[bool, bool]:
        return bool(compiled.mask(Question(here))[0]), bool(compiled.among(Question(here), np.array([0]))[0])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(cheap_stays, shops)) == [(price < 9, price < 9) for price in range(20)] * 5
    (part,) = compiled.parts
    assert part.fixed is not None and len(part.fixed.kept) == 20
    shops.clear()
    gc.collect()
    assert not len(part.fixed.kept)


def test_a_text_is_compiled_once_for_equal_schemas(schemas):
    text = "INCLUDE ItemID WHERE Items.PRICE < 9"
    first = compile_text(text, schemas)
    assert compile_text(text, dict(reversed(schemas.items()))) is first
    assert compile_text(text, {"ITEMS": schemas["ITEMS"]}) is not first
    booleans = "INCLUDE ItemID WHERE Items.ADULT = true"
    assert compile_text(booleans, schemas, extended=True).columns == {"ADULT"}
    for _ in range(2):
        with pytest.raises(FilterError, match="PENCHANT_EXTENDED_FILTERS"):
            compile_text(booleans, schemas)


def test_a_filter_says_what_it_asks_of_a_question(schemas):
    asked = {
        text: (compiled.asks_events, compiled.asks_user)
        for text in EXAMPLES
        if (compiled := compile_filter(parse(text), schemas))
    }
    assert asked == {text: ("nteractions.event_type" in text.lower(), " IF " in text) for text in EXAMPLES}


def test_an_expression_that_does_nothing_is_no_reason(schemas, shop):
    text = (
        "INCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE > 40 | INCLUDE ItemID WHERE Items.YEAR > 1980 IF CurrentUser.AGE = 30 "
        "| EXCLUDE ItemID WHERE Items.GENRE IN ($G) | EXCLUDE ItemID WHERE Items.PRICE > $P IF CurrentUser.MEMBERSHIP = 'gold'"
    )
    compiled = compile_filter(parse(text), schemas)
    _, by_year, by_genre, by_price = compiled.filter.expressions

    def told(user: dict, **values: str) -> list[list]:
        question = Question(shop, compiled.values(values), user)
        return [[each.expression for each in reasons] for reasons in removals_of(compiled, question, np.arange(4))]

    assert told(USER) == [[by_year], [], [by_year], [by_year]]
    assert told(USER, P="9", G='"Drama"') == [[by_year], [by_genre, by_price], [by_year], [by_year]]
    assert told({}, P="9", G='"Action"') == [[by_genre], [], [], []]
    assert told({}) == [[], [], [], []]


def test_rows_that_went_for_one_reason_share_it(schemas, shop):
    compiled = compile_filter(parse("INCLUDE ItemID WHERE Items.PRICE < 9 AND Items.YEAR = 1970"), schemas)
    _, (dear,), (empty,), (unknown,) = removals_of(compiled, Question(shop), np.arange(4))
    assert dear is empty is unknown
    assert str(dear) == f"{compiled.filter} did not include it: Items.PRICE < 9, Items.YEAR = 1970 did not hold."


EXTENDED = {
    "INCLUDE ItemID WHERE Items.ADULT = true": "dear",
    "INCLUDE ItemID WHERE Items.ADULT != true": "cheap empty unknown",
    "INCLUDE ItemID WHERE Items.ADULT IN (true, false)": "cheap dear",
    "EXCLUDE ItemID WHERE Items.ADULT NOT IN (false)": "cheap",
    "INCLUDE ItemID WHERE Items.ADULT = $B": "cheap",
    "INCLUDE ItemID WHERE Items.ADULT = CurrentItem.ADULT": "dear",
    "INCLUDE ItemID WHERE (Items.PRICE > 1 OR Items.YEAR = 1) AND (Items.GENRE IN ('Drama') OR Items.ADULT = true)": "dear",
    "EXCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE = 1 OR CurrentUser.VIP = true": "cheap empty unknown",
    "EXCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE = 1 IF CurrentUser.VIP = true": "cheap dear empty unknown",
    "EXCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.VIP = true IF CurrentUser.AGE = 30": "cheap empty unknown",
}  # fmt: skip


@pytest.mark.parametrize("text", EXTENDED)
def test_the_extended_language_keeps(schemas, shop, text):
    adult = [{**ITEMS["dear"], "ADULT": True}, {**ITEMS["cheap"], "ADULT": False}]
    here = shop.replaced(adult)
    compiled = compile_filter(parse(text, extended=True), schemas, extended=True)
    question = Question(here, compiled.values({"B": '"false"'}), {**USER, "VIP": True}, here.row("dear"))
    assert " ".join(np.array(list(ITEMS))[compiled.mask(question)].tolist()) == EXTENDED[text]
