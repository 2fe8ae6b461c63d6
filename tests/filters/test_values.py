"""What a request may write into filterValues, and how it is told what is wrong there."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.filters.errors import FilterError
from penchant.filters.number import read_number
from penchant.filters.parse import parse
from penchant.filters.values import read_value, read_values, uses_of

quick = settings(deadline=None, derandomize=True, database=None, max_examples=300)


@pytest.fixture(scope="module")
def read(schemas):
    return lambda text, given: read_values(uses_of(parse(text), schemas), given)


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
        (" Comedy , Drama ", ("Comedy", "Drama")),
        ('Comedy,"Drama, Act 1"', ("Comedy", "Drama, Act 1")),
        (r'"say \"x\""', ('say "x"',)),
        ('"Japan購入"\n', ("Japan購入",)),
        ('" kept "', (" kept ",)),
        ("", ("",)),
        ('""', ("",)),
        ("a,", ("a", "")),
    ],
)
def test_a_value_is_a_list_of_texts(text, values):
    assert read_value("G", text) == values


@pytest.mark.parametrize("text", ['"a" "b"', ' "a" "b"', '"a', '"', '"a",\t"', '"a\\"', '"a"b', '"a",b,"c'])
def test_a_list_that_goes_wrong_is_told_what_one_looks_like(text):
    with pytest.raises(FilterError) as refused:
        read_value("G", text)
    assert str(refused.value) == (
        f"The value of filter parameter G, {text}, must be a list of texts in double quotes with commas between them, "
        'such as "Comedy","Drama".'
    )


@quick
@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_texts_can_be_written(texts):
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    assert read_value("G", ",".join(f'"{text}"' for text in quoted)) == tuple(texts)


ANYTHING = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())
PARTS = st.lists(st.sampled_from(['"', "\\", ",", " ", "1", "a", "-", ".", "e", "\n", "購"]), max_size=12).map("".join)
USED = "INCLUDE ItemID WHERE Items.GENRE IN ($A) AND Items.YEAR > $B | EXCLUDE ItemID WHERE Items.PRICE IN ($A)"


@quick
@given(
    st.dictionaries(st.sampled_from(["A", "B"]), st.text() | PARTS)
    | st.dictionaries(
        st.sampled_from(["A", "B", ""]) | ANYTHING.filter(lambda each: not isinstance(each, list)), ANYTHING
    )
    | ANYTHING
)
def test_anything_is_values_or_a_filter_error(schemas, given):
    try:
        values = read_values(uses_of(parse(USED), schemas), given)
    except FilterError as error:
        assert str(error).endswith(".") and error.at is None
        return
    assert len(values.numbers["B"]) == 1 and len(values.numbers["A"]) == len(values.texts["A"]) >= 1


def test_a_long_value_is_read_in_one_go():
    for text in (" " * 1000, '"' + "\\" * 999, "a" * 1000, '"",' * 333, " " * 999 + '"'):
        with contextlib.suppress(FilterError):
            read_value("G", text)


def test_an_include_needs_its_values_and_an_exclude_does_not(read):
    both = (
        "INCLUDE ItemID WHERE Items.GENRE IN ($A) "
        "| EXCLUDE ItemID WHERE Items.CATEGORY IN ($B) IF CurrentUser.COUNTRY = $C"
    )
    assert read(both, {"A": '"x"', "C": "1", "other": '"'}).texts == {"A": ("x",), "C": ("1",)}
    with pytest.raises(
        FilterError, match=r"^Filter parameter A is missing a value\. Give it in filterValues: an INCLUDE "
    ):
        read(both, {"a": '"x"'})  # the case of a name counts
    with pytest.raises(FilterError, match="Filter parameter C is missing a value"):
        read("INCLUDE ItemID WHERE Items.GENRE IN ($A) IF CurrentUser.COUNTRY = $C", {"A": "x"})


def test_a_value_is_read_as_what_it_is_compared_with(read):
    values = read("EXCLUDE ItemID WHERE Items.YEAR IN ($A) OR Items.GENRE IN ($A, $B)", {"A": '1970, "2.50"', "B": "7"})
    assert values.texts == {"A": ("1970", "2.50"), "B": ("7",)}
    assert values.numbers == {"A": (1970, 2.5)}


@pytest.mark.parametrize("written", ["true", '"True"', " TRUE ", 'true,"false"'])
def test_a_boolean_may_be_written_as_a_text(read, written):
    values = read("EXCLUDE ItemID WHERE Items.ADULT IN ($B)", {"B": written})
    assert values.booleans == {"B": (True, False)[: 1 + ("," in written)]}


@pytest.mark.parametrize(
    ("expression", "given", "fault"),
    [
        ("Items.YEAR >= $Y", {"Y": '"new"'}, "Filter parameter Y needs a number, not 'new'."),
        ("Items.YEAR >= $Y", {"Y": ""}, "Filter parameter Y needs a number, not ''."),
        ("Items.YEAR IN (1, $Y)", {"Y": "1,x"}, "Filter parameter Y needs a number, not 'x'."),
        ("Items.YEAR >= $Y", {"Y": "1999,2000"}, "Filter parameter Y needs one value, not 2, for Items.YEAR >= $Y."),
        ("Items.GENRE = $Y", {"Y": "a,b"}, "Filter parameter Y needs one value, not 2, for Items.GENRE = $Y."),
        ("Items.ADULT = $Y", {"Y": "yes"}, "Filter parameter Y needs true or false, not 'yes'."),
        ("Items.GENRE = $Y", {"Y": "a" * 1001}, "The value of filter parameter Y has 1001 characters; at most 1000 are allowed."),
        ("Items.GENRE = $Y", {"Y": "a", "x y": "b"}, "filterValues names a parameter 'x y'; a name has 1 to 50 letters, digits and underscores."),
        ("Items.GENRE = $Y", {"Y": "a", "y" * 51: "b"}, "a name has 1 to 50 letters, digits and underscores."),
        ("Items.GENRE = $Y", {f"Y{n}": "a" for n in range(26)}, "filterValues has 26 entries; at most 25 are allowed."),
        ("Items.GENRE = $Y", {"Y": 1}, 'The value of filter parameter Y must be a text, such as "\\"Comedy\\",\\"Drama\\"".'),
        ("Items.GENRE = $Y", ["Y"], "filterValues must be an object of a text for each parameter."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(read, expression, given, fault):
    with pytest.raises(FilterError) as refused:
        read(f"EXCLUDE ItemID WHERE {expression}", given)
    assert fault in str(refused.value)


def test_as_many_and_as_long_as_is_allowed(read):
    many = {f"{'P' * 48}{number}": "a" * 1000 for number in range(25)}
    assert read(f"EXCLUDE ItemID WHERE Items.GENRE IN (${'P' * 48}7)", many).texts == {"P" * 48 + "7": ("a" * 1000,)}


def test_numbers_come_in_many_ways():
    written = {"1970": 1970, "-1": -1, " 7 ": 7, "+2.5": 2.5, ".5": 0.5, "5.": 5.0, "1e3": 1000.0}
    for text, number in written.items():
        found = read_number(text)
        assert found == number and type(found) is type(number)
    assert read_number(str(2**63 - 1)) == 2**63 - 1
    assert isinstance(read_number(str(2**63)), float)
    for text in ("", "dear", "nan", "inf", "1e999", "9" * 400, "1_000", "٣", "1 2", "0x1", "1e", ".", "--1"):
        assert read_number(text) is None
