"""What is refused, and that the sentence says what is wrong, where, and what would be right."""

import pytest

from penchant.filters.check import check
from penchant.filters.errors import FilterError
from penchant.filters.parse import parse

WHERE = "INCLUDE ItemID WHERE "
SYNTAX = {
    "": "the text ends too early at position 1. Expected INCLUDE or EXCLUDE.",
    "FOO": "unexpected token 'FOO' at position 1. Expected INCLUDE or EXCLUDE.",
    "INCLUDE Items": "unexpected token 'Items' at position 9. Expected ItemID, UserID or ActionID.",
    "INCLUDEItemID": "unexpected token 'INCLUDEItemID' at position 1. Expected INCLUDE or EXCLUDE.",
    "INCLUDE ItemID IF": "unexpected token 'IF' at position 16. Expected WHERE.",
    WHERE: "the text ends too early at position 22. Expected DATASET.FIELD.",
    WHERE + "Items": "the text ends too early at position 27. Expected a point and the name of a field.",
    WHERE + "Items.": "the text ends too early at position 28. Expected the name of a field.",
    WHERE + 'Items."A"': "unexpected token '\"' at position 28. Expected the name of a field.",
    WHERE + "Shoes.SIZE > 1": "unknown dataset 'Shoes' at position 22. Fields belong to Items, ",
    WHERE + "Items.A BETWEEN 1 AND 2": "unexpected token 'BETWEEN' at position 30. Expected NOT IN, IN or =, !=, <, <=, > or >=.",
    WHERE + "Items.A == 1": "unexpected token '=' at position 31. Expected CurrentItem.FIELD, a text in quotes, a number, ",
    WHERE + "Items.A IN $A": "unexpected token '$A' at position 33. Expected CurrentItem.FIELD or (.",
    WHERE + 'Items.A IN "a"': "at position 33. Expected CurrentItem.FIELD or (.",
    WHERE + "Items.A IN ()": "unexpected token ')' at position 34. Expected a text in quotes, a number or a $PARAMETER",
    WHERE + 'Items.A IN ("a" "b")': "at position 38. Expected ) or a comma.",
    WHERE + 'Items.A IN ("a': "A text ends with the same quotation mark that it begins with.",
    WHERE + "Items.A IN ('a\")": "A text ends with the same quotation mark that it begins with.",
    WHERE + "Items.A > true": "unexpected token 'true' at position 32. Expected CurrentItem.FIELD, ",
    WHERE + "Items.A < Items.B": "unexpected token 'Items' at position 32. Expected CurrentItem.FIELD, ",
    WHERE + "Items.A > 5abc": "unexpected token '5abc' at position 32.",
    WHERE + "Items.A > 1e999": "the number '1e999' at position 32 is too large",
    WHERE + "Items.A > ((1))": "unexpected token '(' at position 33.",
    WHERE + "Items.A > (1, 2)": "unexpected token ',' at position 34. Expected ).",
    WHERE + "(Items.A > 1)": "unexpected token '(' at position 22. Expected DATASET.FIELD.",
    WHERE + "Items.A > $": "unexpected token '$' at position 32.",
    WHERE + "Items.A > $" + "a" * 51: "a $PARAMETER (up to 50 letters, digits and underscores)",
    WHERE + "Items.A > 1 NOT": "unexpected token 'NOT' at position 34. Expected IF, OR, AND, | and another expression or the end.",
    WHERE + "Items.A > 1 |": "the text ends too early at position 35. Expected INCLUDE or EXCLUDE.",
    WHERE + "Items.A > 1 IF CurrentUser.A = 1 OR CurrentUser.B = 2": "unexpected token 'OR' at position 55. Expected AND, |",
    WHERE + "Items.A > 1 IF CurrentUser.A = 1 IF CurrentUser.B = 2": "unexpected token 'IF' at position 55. Expected AND, |",
}  # fmt: skip


@pytest.mark.parametrize("text", SYNTAX)
def test_a_text_that_is_no_filter_is_told_where_and_what_would_be_right(text):
    with pytest.raises(FilterError) as refused:
        parse(text)
    assert str(refused.value).startswith("Could not create filter. Invalid Expression: ")
    assert SYNTAX[text] in str(refused.value)


@pytest.mark.parametrize("choice", ["($x)", '("a", $x, $y)'])
def test_not_in_takes_no_placeholder(choice):
    with pytest.raises(FilterError) as refused:
        parse(f"EXCLUDE ItemID WHERE Items.GENRE NOT IN {choice}")
    assert str(refused.value) == (
        "Could not create filter. Invalid input symbol: $x. Placeholders are not allowed with NOT_IN operator."
    )


MANY = " AND ".join(f"Items.N{place} = 1" for place in range(11))
UNFIT = {
    WHERE + "Items.NOPE IN ('a')": "field 'NOPE' at position 22 does not exist in the ITEMS dataset schema. It has ITEM_ID, CATEGORY,",
    WHERE + "Items.PRICE > CurrentItem.NOPE": "field 'NOPE' at position 36 does not exist in the ITEMS dataset schema.",
    WHERE + "Items.GENRE IN ('a') IF CurrentUser.NOPE = 1": "field 'NOPE' at position 46 does not exist in the USERS dataset schema.",
    WHERE + "Items.ADULT = 1": "field 'ADULT' at position 22 is of type boolean.",
    WHERE + "Items.LONG_TEXT IN ('a')": "textual fields are not supported.",
    WHERE + "Interactions.EVENT_VALUE > 1": "field 'EVENT_VALUE' at position 22 of Interactions cannot be used. Only Interactions.EVENT_TYPE can.",
    WHERE + "Interactions.EVENT_TYPE = 'a'": "is used with =. EVENT_TYPE takes IN and NOT IN.",
    WHERE + "Interactions.EVENT_TYPE IN CurrentItem.GENRE": "Only fields of Items can be.",
    WHERE + "Interactions.EVENT_TYPE IN (1)": "Write the value in quotes.",
    WHERE + "Items.GENRE IN ('*')": '"*" at position 38 stands for field GENRE. Only EVENT_TYPE takes it.',
    WHERE + "Items.GENRE = '*'": "Only EVENT_TYPE takes it.",
    WHERE + "Items.GENRE IN ('a') AND Interactions.EVENT_TYPE IN ('a')": "all conditions must use the same dataset: Interactions.EVENT_TYPE at position 47 follows one on Items. Chain a second expression with | instead.",
    WHERE + "CurrentUser.AGE = 1": "CurrentUser.AGE at position 22 stands in WHERE. CurrentUser belongs after IF.",
    WHERE + "CurrentItem.PRICE = 1": "CurrentItem.PRICE at position 22 stands on the left. CurrentItem belongs right of a comparison.",
    WHERE + "Items.GENRE IN ('a') IF CurrentItem.PRICE = 1": "stands on the left.",
    WHERE + "Items.GENRE IN ('a') IF Items.PRICE = 1": "Items.PRICE at position 46 stands after IF. IF asks about CurrentUser.FIELD only.",
    WHERE + "Users.AGE = 1": "Users.AGE at position 22 cannot choose among targets of ItemID. A filter of ItemID has conditions on Items or Interactions.",
    WHERE + "Actions.VALUE = 1": "has conditions on Items or Interactions.",
    "INCLUDE UserID WHERE Items.PRICE = 1": "A filter of UserID has conditions on Users or Interactions.",
    "INCLUDE ActionID WHERE Interactions.EVENT_TYPE IN ('a')": "A filter of ActionID has conditions on Actions or Action_Interactions.",
    "INCLUDE UserID WHERE Users.AGE = 1 IF CurrentUser.AGE = 1": "CurrentUser has a meaning for ItemID and ActionID only.",
    "INCLUDE ActionID WHERE Actions.VALUE > CurrentItem.PRICE": "CurrentItem has a meaning for ItemID only.",
    "INCLUDE ActionID WHERE Actions.VALUE > 1 IF CurrentUser.AGE = CurrentItem.PRICE": "CurrentItem has a meaning for ItemID only.",
    "INCLUDE ActionID WHERE Actions.ACTION_EXPIRATION_TIMESTAMP > 1": "The service itself acts upon it.",
    "INCLUDE ActionID WHERE Actions.REPEAT_FREQUENCY > 1": "The service itself acts upon it.",
    WHERE + "Items.PRICE = 1 | INCLUDE UserID WHERE Users.AGE = 1": "UserID in the expression at position 40 differs from the first expression's ItemID.",
    WHERE + "Items.GENRE > 'a'": "field 'GENRE' at position 22 is of type string, which > cannot compare. Use IN, NOT IN, = or != for strings.",
    WHERE + "Items.GENRE <= $A": "which <= cannot compare.",
    WHERE + "Items.GENRE IN (5)": "5 at position 38 is a number, and field 'GENRE' is of type string. Write the value in quotes.",
    WHERE + "Items.PRICE > 'dear'": '"dear" at position 36 is no number, and field \'PRICE\' is of type float. Compare it with a number.',
    WHERE + "Items.PRICE > 'nan'": "is no number",
    WHERE + "Items.PRICE = CurrentItem.GENRE": "Compare numbers with numbers, and strings with strings.",
    WHERE + MANY: "the filter uses 11 different fields. A filter may use at most 10 of them.",
}  # fmt: skip


@pytest.mark.parametrize("text", UNFIT)
def test_a_filter_that_makes_no_sense_is_told_why(text, schemas):
    with pytest.raises(FilterError) as refused:
        check(parse(text), schemas)
    assert str(refused.value).startswith("Could not create filter. Invalid Expression: ")
    assert UNFIT[text] in str(refused.value)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (WHERE + "Items.PRICE = 1", "ITEMS"),
        (WHERE + "Interactions.EVENT_TYPE IN ('a')", "INTERACTIONS"),
        (WHERE + "Items.PRICE = 1 IF CurrentUser.AGE = 1", "USERS"),
        ("INCLUDE ActionID WHERE Actions.VALUE = 1", "ACTIONS"),
    ],
)
def test_a_dataset_must_be_there(text, missing, schemas):
    without = {type_: schema for type_, schema in schemas.items() if type_ != missing}
    with pytest.raises(FilterError, match=f"needs a dataset of type {missing}. The dataset group has none"):
        check(parse(text), without)


@pytest.mark.parametrize(
    "text",
    [
        WHERE + "Items.ITEM_ID IN ('a')",
        "EXCLUDE UserID WHERE Users.USER_ID IN ($BLOCKED)",
        WHERE + "Items.LOWER_CASE = 'a'",
        WHERE + "Items.GENRE != 'a'",
        WHERE + "Items.PRICE IN (1, 2.5, $P)",
        WHERE + "Items.PRICE > '12.50'",
        WHERE + "Items.PRICE > CurrentItem.YEAR",
        WHERE + "Items.GENRE NOT IN CurrentItem.CATEGORY",
        WHERE + "Items.GENRE = CurrentItem.CATEGORY",
        WHERE + "Items.GENRE IN ('a') IF CurrentUser.MEMBERSHIP IN CurrentItem.CATEGORY",
        WHERE + "Interactions.EVENT_TYPE NOT IN ('*', 'a')",
        WHERE + " AND ".join(f"Items.N{place} = 1" for place in range(10)) + " AND items.n0 < CurrentItem.N1",
    ],
)
def test_what_the_guide_does_not_forbid_is_allowed(text, schemas):
    check(parse(text), schemas)


HINT = " Penchant takes it with PENCHANT_EXTENDED_FILTERS=true."
EXTENDED = [
    WHERE + "Items.ADULT = true",
    WHERE + "Items.ADULT != FALSE",
    WHERE + "Items.ADULT IN (true, $A)",
    WHERE + "Items.ADULT NOT IN (false)",
    WHERE + "Items.ADULT = 'true'",
    WHERE + "Items.ADULT = $A",
    WHERE + "Items.ADULT = CurrentItem.ADULT",
    WHERE + "Items.GENRE IN ('a') IF CurrentUser.VIP = true",
    WHERE + "(Items.PRICE > 1 OR Items.YEAR > 1) AND Items.N1 = 1",
    WHERE + "Items.PRICE > 1 IF CurrentUser.AGE = 1 OR CurrentUser.COUNTRY = 'x'",
    WHERE + "Items.PRICE > 1 IF CurrentUser.AGE = 1 IF CurrentUser.COUNTRY = 'x'",
]


@pytest.mark.parametrize("text", EXTENDED)
def test_what_only_the_extended_language_has_is_refused_with_the_setting_that_allows_it(text, schemas):
    check(parse(text, extended=True), schemas, extended=True)
    with pytest.raises(FilterError) as refused:
        check(parse(text), schemas)
    assert str(refused.value).startswith("Could not create filter. Invalid Expression: ")
    assert str(refused.value).endswith(HINT)


@pytest.mark.parametrize("text", [WHERE + "Items.ADULT BETWEEN true", WHERE + "(Items.PRICE > 1", "FOO"])
def test_what_no_setting_allows_promises_nothing(text):
    with pytest.raises(FilterError) as refused:
        parse(text)
    assert HINT not in str(refused.value)


UNFIT_EXTENDED = {
    WHERE + "Items.ADULT > true": "field 'ADULT' at position 22 is of type boolean, which > cannot compare. Use IN, NOT IN, = or != for booleans.",
    WHERE + "Items.ADULT = 1": "1 at position 36 is a number, and field 'ADULT' is of type boolean. Compare it with true or false.",
    WHERE + "Items.ADULT IN ('yes')": '"yes" at position 38 is neither true nor false, and field',
    WHERE + "Items.GENRE = true": "true at position 36 is a boolean, and field 'GENRE' is of type string. Write the value in quotes.",
    WHERE + "Items.PRICE = false": "false at position 36 is a boolean, and field 'PRICE' is of type float. Compare it with a number.",
    WHERE + "Items.ADULT = CurrentItem.GENRE": "Compare numbers with numbers, and strings with strings.",
    WHERE + "Items.ADULT NOT IN ($A)": "Invalid input symbol: $A. Placeholders are not allowed with NOT_IN operator.",
    WHERE + "(Items.PRICE = 1 AND Interactions.EVENT_TYPE IN ('a'))": "all conditions must use the same dataset",
    WHERE + "Items.PRICE = 1 IF CurrentUser.AGE = 1 OR Items.PRICE = 1": "IF asks about CurrentUser.FIELD only.",
    WHERE + "Items.PRICE = 1 AND": "the text ends too early at position 41. Expected DATASET.FIELD or (.",
    WHERE + "()": "unexpected token ')' at position 23. Expected DATASET.FIELD or (.",
    WHERE + " AND ".join(["(Items.N1 = 1 OR Items.N2 = 2)"] * 7): "the conditions at position 23 multiply out to 128 ways to be true. Conditions in parentheses may have at most 64 of them; use IN for several values of a field.",
}  # fmt: skip


@pytest.mark.parametrize("text", UNFIT_EXTENDED)
def test_the_extended_language_has_its_own_limits(text, schemas):
    with pytest.raises(FilterError) as refused:
        check(parse(text, extended=True), schemas, extended=True)
    assert str(refused.value).startswith("Could not create filter. ")
    assert UNFIT_EXTENDED[text] in str(refused.value)
