"""What each form of a filter keeps, one row at a time."""

import pytest

from penchant.filters.check import check
from penchant.filters.errors import FilterError
from penchant.filters.parse import parse
from penchant.filters.values import read_values, uses_of
from tests.filters.evaluate import Candidate, Evaluator, Question

ITEMS = {
    "cheap": {"ITEM_ID": "cheap", "GENRE": "Action|Comedy", "PRICE": 5.0, "YEAR": 1970, "DESCRIPTION": "a|b"},
    "dear": {"ITEM_ID": "dear", "GENRE": "Drama", "PRICE": 50.0, "YEAR": 1999, "DESCRIPTION": "c"},
    "empty": {"ITEM_ID": "empty", "GENRE": None, "PRICE": None, "YEAR": None},
    "unknown": {},
}
EVENTS = {"cheap": {"Click"}, "dear": {"Purchase", "click"}}
USER = {"AGE": 30, "MEMBERSHIP": "gold"}


@pytest.fixture
def kept(schemas):
    def kept(
        text: str, values: dict | None = None, user: dict = USER, item: str = "unknown", events: dict = EVENTS
    ) -> str:
        found = parse(text)
        check(found, schemas)
        given = read_values(uses_of(found, schemas), values or {}).texts
        evaluator = Evaluator(found, schemas, Question(given, user, ITEMS[item]))
        candidates = {name: Candidate(row, events.get(name, set())) for name, row in ITEMS.items()}
        return " ".join(name for name, candidate in candidates.items() if evaluator.keeps(candidate))

    return kept


ALL = "cheap dear empty unknown"
CASES = [
    # in, not in, several values, nulls
    ("INCLUDE ItemID WHERE Items.GENRE IN ('Comedy', 'x')", "cheap"),
    ("EXCLUDE ItemID WHERE Items.GENRE IN ('Comedy', 'x')", "dear empty unknown"),
    ("INCLUDE ItemID WHERE Items.GENRE NOT IN ('Comedy')", "dear empty unknown"),
    ("INCLUDE ItemID WHERE items.genre IN ('comedy')", ""),
    ("INCLUDE ItemID WHERE Items.GENRE = 'Action'", "cheap"),
    ("INCLUDE ItemID WHERE Items.GENRE != 'Action'", "dear empty unknown"),
    ("INCLUDE ItemID WHERE Items.DESCRIPTION IN ('a')", ""),
    ("INCLUDE ItemID WHERE Items.DESCRIPTION IN ('a|b')", "cheap"),
    # numbers
    ("INCLUDE ItemID WHERE Items.PRICE < 50", "cheap"),
    ("INCLUDE ItemID WHERE Items.PRICE <= 50", "cheap dear"),
    ("INCLUDE ItemID WHERE Items.PRICE > 5", "dear"),
    ("INCLUDE ItemID WHERE Items.PRICE >= '5'", "cheap dear"),
    ("INCLUDE ItemID WHERE Items.YEAR = 1970.0", "cheap"),
    ("INCLUDE ItemID WHERE Items.YEAR != 1970", "dear empty unknown"),
    ("INCLUDE ItemID WHERE Items.YEAR IN (1970, '1999')", "cheap dear"),
    ("EXCLUDE ItemID WHERE Items.YEAR NOT IN (1970)", "cheap"),
    # and before or
    ("INCLUDE ItemID WHERE Items.PRICE < 9 OR Items.YEAR = 1999 AND Items.GENRE IN ('Drama')", "cheap dear"),
    ("INCLUDE ItemID WHERE Items.PRICE < 9 AND Items.YEAR = 1999 OR Items.GENRE IN ('Drama')", "dear"),
    # events
    ("EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('*')", "empty unknown"),
    ("INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('CLICK')", "cheap dear"),
    ("INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('purchase', 'stream')", "dear"),
    ("INCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ('purchase')", "cheap empty unknown"),
    ("INCLUDE ItemID WHERE Interactions.EVENT_TYPE NOT IN ('*')", "empty unknown"),
    # if
    ("EXCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE = 30", "cheap empty unknown"),
    ("EXCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE > 30", ALL),
    ("INCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE > 30", ALL),
    ("INCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE = 30 AND CurrentUser.MEMBERSHIP IN ('gold')", "dear"),
    ("INCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE = 30 AND CurrentUser.MEMBERSHIP IN ('tin')", ALL),
    ("INCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.COUNTRY != 'x'", "dear"),
    ("INCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.COUNTRY = 'x'", ALL),
    ("INCLUDE ItemID WHERE Items.PRICE > 9 IF CurrentUser.AGE = 1 | INCLUDE ItemID WHERE Items.PRICE < 9", "cheap"),
    # chains
    ("EXCLUDE ItemID WHERE Items.PRICE < 9 | EXCLUDE ItemID WHERE Items.PRICE > 9", "empty unknown"),
    ("INCLUDE ItemID WHERE Items.PRICE < 9 | INCLUDE ItemID WHERE Items.PRICE > 9", "cheap dear"),
    ("INCLUDE ItemID WHERE Items.PRICE > 1 | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('purchase')", "cheap"),
    ("EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('purchase') | INCLUDE ItemID WHERE Items.PRICE > 1", "cheap"),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_a_filter_keeps(kept, text, expected):
    assert kept(text) == expected


@pytest.mark.parametrize(
    ("text", "item", "expected"),
    [
        ("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE", "cheap", "cheap"),
        ("INCLUDE ItemID WHERE Items.GENRE NOT IN CurrentItem.GENRE", "cheap", "dear empty unknown"),
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", "dear", "cheap"),
        ("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", "empty", ""),
        ("INCLUDE ItemID WHERE Items.GENRE IN CurrentItem.GENRE", "unknown", ""),
        ("EXCLUDE ItemID WHERE Items.GENRE NOT IN CurrentItem.GENRE", "unknown", ""),
    ],
)
def test_an_item_can_be_compared_with_that_of_the_request(kept, text, item, expected):
    assert kept(text, item=item) == expected


def test_who_did_nothing_matches_nothing(kept):
    assert kept("EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('*')", events={}) == ALL
    assert kept("INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ('*')", events={}) == ""


def test_values_come_with_the_request(kept):
    by_genre = "INCLUDE ItemID WHERE Items.GENRE IN ($G)"
    assert kept(by_genre, {"G": '"Comedy","Drama"'}) == "cheap dear"
    assert kept(by_genre, {"G": '"Comedy, Drama"'}) == ""
    by_year = "INCLUDE ItemID WHERE Items.YEAR >= $Y"
    assert kept(by_year, {"Y": "1999"}) == kept(by_year, {"Y": '"1999"'}) == "dear"
    with pytest.raises(FilterError, match="needs one value"):
        kept(by_year, {"Y": "1999,2000"})
    with pytest.raises(FilterError, match="needs a number"):
        kept(by_year, {"Y": '"new"'})
    with pytest.raises(FilterError, match="Filter parameter Y is missing a value"):
        kept(by_year)


def test_an_exclude_without_its_value_does_nothing(kept):
    text = "EXCLUDE ItemID WHERE Items.GENRE IN ($G) | EXCLUDE ItemID WHERE Items.PRICE > 9"
    assert kept(text) == "cheap empty unknown"
    assert kept(text, {"G": '"Action"'}) == "empty unknown"


def test_users_and_actions_are_chosen_as_items_are(schemas):
    def keeps(text: str, row: dict, events: set[str] = frozenset()) -> bool:
        found = parse(text)
        check(found, schemas)
        return Evaluator(found, schemas, Question(user=USER)).keeps(Candidate(row, events))

    assert keeps("INCLUDE UserID WHERE Users.AGE > 18", {"AGE": 30})
    assert not keeps("EXCLUDE UserID WHERE Interactions.EVENT_TYPE IN ('click')", {}, {"Click"})
    assert keeps("INCLUDE ActionID WHERE Actions.VALUE > (5) IF CurrentUser.AGE = 30", {"VALUE": 6})
    assert not keeps("EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ('not_taken')", {}, {"NOT_TAKEN"})
