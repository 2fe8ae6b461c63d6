import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.filters.parse import parse
from tests.filters.values import ValueFault, as_number, read_value, read_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('"Comedy","Drama"', ("Comedy", "Drama")),
        (' "Comedy" , "Drama" ', ("Comedy", "Drama")),
        ('"Comedy"', ("Comedy",)),
        ('"value1, value2"', ("value1, value2",)),
        ("1970", ("1970",)),
        ('"0"', ("0",)),
        ("Comedy,Drama", ("Comedy", "Drama")),
        (r'"say \"x\""', ('say "x"',)),
        ("", ("",)),
        ('""', ("",)),
    ],
)
def test_a_value_is_a_list_of_texts(text, values):
    assert read_value(text) == values


@settings(deadline=None, derandomize=True, database=None)
@given(st.text(max_size=1000))
def test_any_text_is_values_or_a_fault(text):
    try:
        assert read_value(text)
    except ValueFault as fault:
        assert "double quotes" in str(fault)


def test_what_is_left_open_is_a_list_that_ends_wrongly():
    with pytest.raises(ValueFault, match="double quotes"):
        read_value('"a" "b"')


def test_an_include_needs_its_values_and_an_exclude_does_not():
    both = parse("INCLUDE ItemID WHERE Items.A IN ($A) | EXCLUDE ItemID WHERE Items.B IN ($B) IF CurrentUser.C = $C")
    assert read_values(both, {"A": '"x"', "C": "1", "other": "y"}) == {"A": ("x",), "C": ("1",)}
    with pytest.raises(ValueFault, match=r"Filter parameter A is missing a value\."):
        read_values(both, {"a": '"x"'})  # the case of a name counts


def test_numbers_come_bare_and_in_quotes():
    assert [as_number(text, "P") for text in ("1970", "-1", " 7 ", "2.5", "9" * 19)] == [
        1970,
        -1,
        7,
        2.5,
        int("9" * 19),
    ]
    for text in ("", "dear", "nan", "inf", "1e999"):
        with pytest.raises(ValueFault, match="Filter parameter P needs a number"):
            as_number(text, "P")
