"""Every worked example of Amazon's guide and of its notebooks is read, fits, and says what it should."""

import pytest

from penchant.filters.check import check
from penchant.filters.parse import parse
from penchant.filters.tree import Action, Among, Comparison, Dataset, Number, Operator, Parameter, Target, Text

EXAMPLES = {
    'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")': (),
    'EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click", "stream")': (),
    'INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click")': (),
    "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($EVENT_TYPE)": ("EVENT_TYPE",),
    "EXCLUDE ItemID WHERE Items.CATEGORY IN ($CATEGORY)": ("CATEGORY",),
    'EXCLUDE ItemID WHERE Items.CATEGORY IN ("shoe") AND Items.DESCRIPTION NOT IN ("boot")': (),
    "INCLUDE ItemID WHERE Items.PRICE <= $PRICE": ("PRICE",),
    "INCLUDE ItemID WHERE Items.CREATION_TIMESTAMP < $DATE": ("DATE",),
    "INCLUDE ItemID WHERE Items.YEAR >= $YEAR1 AND Items.YEAR < $YEAR2": ("YEAR1", "YEAR2"),
    "INCLUDE ItemID WHERE Items.GENRE IN ($GENRE)": ("GENRE",),
    "EXCLUDE ItemID WHERE Items.GENRE IN ($GENRE) IF CurrentUser.AGE = $AGE": ("GENRE", "AGE"),
    'INCLUDE ItemID WHERE Items.CATEGORY IN ("watch") AND Items.DESCRIPTION IN ("luxury") IF CurrentUser.AGE > 18': (),
    'INCLUDE ItemID WHERE Items.CATEGORY IN ($CATEGORY) | INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("favorite")': ("CATEGORY",),
    'INCLUDE ItemID WHERE Items.GENRE IN ($GENRE) | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("click", "stream")': ("GENRE",),
    'EXCLUDE ItemID WHERE INTERACTIONS.event_type IN ("Purchase") | INCLUDE ItemID WHERE ITEMS.CATEGORY_L1 IN CurrentItem.CATEGORY_L1': (),
    "INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE AND Items.GENRE IN CurrentItem.GENRE": (),
    'EXCLUDE ItemID WHERE ITEMS.CATEGORY_L1 NOT IN ("cold dispensed","food service")': (),
    'INCLUDE ItemID WHERE Items.ARTICLE_GENRE IN ($GENRELIST) AND Items.CREATION_TIMESTAMP > $CUTOFF | EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")': ("GENRELIST", "CUTOFF"),
    "INCLUDE UserID WHERE Users.MEMBERSHIP_STATUS IN ($MEMBERSHIP)": ("MEMBERSHIP",),
    "EXCLUDE UserID WHERE Users.AGE < $AGE": ("AGE",),
    'INCLUDE UserID WHERE Interactions.EVENT_TYPE IN ("click","rating")': (),
    "INCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ($EVENT_TYPE)": ("EVENT_TYPE",),
    'EXCLUDE ActionID WHERE Action_Interactions.EVENT_TYPE IN ("NOT_TAKEN")': (),
    "INCLUDE ActionID WHERE Actions.VALUE > ($VALUE)": ("VALUE",),
    'INCLUDE ActionID WHERE Actions.MEMBERSHIP_LEVEL IN ("Premium") IF CurrentUser.MEMBERSHIP = $PREMIUM': ("PREMIUM",),
    "exclude userid where users.country in ('England')": (),
    'EXCLUDE itemId WHERE INTERACTIONS.event_type in ("Purchase", "Japan購入")': (),
}  # fmt: skip


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_read_fits_and_keeps_its_meaning_when_written_again(text, schemas):
    found = parse(text)
    check(found, schemas)
    assert found.parameters == EXAMPLES[text]
    assert parse(str(found)) == found


def test_the_tree_says_what_the_text_says():
    found = parse(
        "include itemid where items.GENRE not in ('a', \"b\") and Items.PRICE <= ($P) or Items.YEAR = -1.5 "
        'if currentuser.AGE > 18 and CurrentUser.COUNTRY in ($C, "x") | EXCLUDE ItemID WHERE Items.A != CurrentItem.A'
    )
    first, second = found.expressions
    assert (first.action, first.target, second.action) == (Action.INCLUDE, Target.ITEM, Action.EXCLUDE)
    (genre, price), (year,) = first.any_of
    assert isinstance(genre, Among) and genre.negated and genre.choice == (Text("a"), Text("b"))
    assert isinstance(price, Comparison) and price.operator is Operator.AT_MOST and price.operand == Parameter("P")
    assert isinstance(year, Comparison) and year.operand == Number(-1.5)
    ((age, country),) = first.only_if
    assert age.field.dataset is Dataset.CURRENT_USER and country.values == (Parameter("C"), Text("x"))
    assert second.conditions[0].other.key == ("ITEMS", "A")
    assert found.parameters == ("P", "C")
    assert found.field_keys == {
        ("ITEMS", "GENRE"), ("ITEMS", "PRICE"), ("ITEMS", "YEAR"), ("USERS", "AGE"), ("USERS", "COUNTRY"), ("ITEMS", "A"),
    }  # fmt: skip


def test_and_binds_before_or():
    one, two, three = (f"Items.F{place} = {place}" for place in range(3))
    found = parse(f"INCLUDE ItemID WHERE {one} OR {two} AND {three}").expressions[0]
    assert [len(all_of) for all_of in found.any_of] == [1, 2]


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ('"it\'s"', "it's"),
        ("'say \"x\"'", 'say "x"'),
        (r'"a\"b"', 'a"b'),
        (r"'a\'b'", "a'b"),
        (r'"a\\b"', "a\\b"),
        (r'"a\b"', "ab"),
        ('""', ""),
        ('"a, b | (c) $d"', "a, b | (c) $d"),
        ('"Japan購入"', "Japan購入"),
        ('"two\nlines"', "two\nlines"),
    ],
)
def test_a_text_in_quotes_is_everything_between_them(literal, value):
    condition = parse(f"INCLUDE ItemID WHERE Items.GENRE IN ({literal})").expressions[0].conditions[0]
    assert condition.values == (Text(value),)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("5.0", 5.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("007", 7),
        (str(2**63 - 1), 2**63 - 1),
        (str(-(2**63)), -(2**63)),
        (str(2**63), float(2**63)),
        ("0" * 300 + "1", 1.0),
    ],
)
def test_a_number_is_whole_where_a_column_of_whole_numbers_could_hold_it(literal, value):
    found = parse(f"INCLUDE ItemID WHERE Items.PRICE = {literal}").expressions[0].conditions[0].values[0].value
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("name", ["WHERE", "IN", "IF", "NOT", "AND", "OR", "INCLUDE", "ItemID", "CurrentItem", "_a1"])
def test_a_field_may_be_called_as_a_word_of_the_language(name):
    text = f"INCLUDE ItemID WHERE Items.{name} IN CurrentItem.{name} AND Items.{name} = 1 IF CurrentUser.{name} < 2"
    assert str(parse(text)) == text


def test_space_is_free():
    tight = parse('INCLUDE ItemID WHERE Items.A IN("x","y")AND Items.B>=1|EXCLUDE ItemID WHERE Items.B!=($C)')
    wide = parse(
        '\n INCLUDE\tItemID WHERE Items . A IN ( "x" , "y" ) AND Items.B >= 1 \n | EXCLUDE ItemID\nWHERE Items.B != ( $C ) '
    )
    assert tight == wide
