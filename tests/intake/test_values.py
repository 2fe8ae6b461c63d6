import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from penchant.intake.columns import Columns
from penchant.intake.values import ID_LENGTH, STRING_LENGTH, TEXT_LENGTH, Misfit, too_long
from penchant.lake import csv_values, faults
from penchant.lake.csv_reader import CsvReader
from penchant.store.objects import Source

from .conftest import INTERACTIONS, ITEMS

TYPE, LENGTH = Misfit.TYPE, Misfit.LENGTH


def read(name: str, value: object) -> object:
    return Columns.of(ITEMS).by_property[name].read(value)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("genres", "a|b", "a|b"),
        ("genres", "", None),
        ("genres", " ", " "),
        ("genres", True, "true"),
        ("genres", False, "false"),
        ("genres", 4, "4"),
        ("genres", 4.5, "4.5"),
        ("genres", ["a", 4, 4.5, True], "a|4|4.5|true"),
        ("genres", ["a", "", "b"], "a|b"),
        ("genres", [], None),
        ("genres", [""], None),
        ("genres", ["a", None], TYPE),
        ("genres", ["a", ["b"]], TYPE),
        ("genres", {"a": 1}, TYPE),
        ("genres", "x" * 1000, "x" * 1000),
        ("genres", "x" * 1001, LENGTH),
        ("genres", ["x" * 500, "y" * 500], LENGTH),
        ("genres", int("9" * 4300), LENGTH),
        ("description", "x" * 30_000, "x" * 30_000),
        ("itemid", "i", "i"),
        ("itemid", 12, "12"),
        ("itemid", "x" * 256, "x" * 256),
        ("itemid", "x" * 257, LENGTH),
        ("itemid", "", None),
        ("itemid", 12.0, TYPE),
        ("itemid", True, TYPE),
        ("itemid", ["i"], TYPE),
        ("price", 4, 4.0),
        ("price", "4.5", 4.5),
        ("price", " 1e3 ", 1000.0),
        ("price", "", None),
        ("price", " ", None),
        ("price", "1_000", TYPE),
        ("price", "٣", TYPE),
        ("price", "nan", TYPE),
        ("price", "-inf", TYPE),
        ("price", "1e400", TYPE),
        ("price", 10**400, TYPE),
        ("price", True, TYPE),
        ("price", "free", TYPE),
        ("price", [1.0], TYPE),
        ("year", 2000, 2000),
        ("year", "2000", 2000),
        ("year", 2000.0, 2000),
        ("year", "2000.0", 2000),
        ("year", "2e3", 2000),
        ("year", 2000.5, TYPE),
        ("year", "2000.5", TYPE),
        ("year", 2**31 - 1, 2**31 - 1),
        ("year", 2**31, TYPE),
        ("year", -(2**31), -(2**31)),
        ("year", str(-(2**31) - 1), TYPE),
        ("year", True, TYPE),
        ("year", None, TYPE),
        ("creationtimestamp", 2**63 - 1, 2**63 - 1),
        ("creationtimestamp", str(2**63 - 1), 2**63 - 1),
        ("creationtimestamp", 2**63, TYPE),
        ("creationtimestamp", float(2**53), TYPE),  # which could have been 2**53 + 1
        ("creationtimestamp", "9" * 5000, TYPE),
        ("sold", True, True),
        ("sold", "false", False),
        ("sold", " true ", True),
        ("sold", "", None),
        ("sold", "True", TYPE),
        ("sold", 1, TYPE),
    ],
)
def test_values_are_read_as_the_column_has_them(name: str, value: object, found: object) -> None:
    assert read(name, value) == found
    assert type(read(name, value)) is type(found)


def test_limits_and_sentence_are_those_of_imports() -> None:
    assert (ID_LENGTH, STRING_LENGTH, TEXT_LENGTH) == (
        csv_values.ID_LENGTH,
        csv_values.VALUE_LENGTH,
        csv_values.TEXT_LENGTH,
    )
    assert too_long("GENRES", 1000) == faults.too_long("GENRES", 1000)


# Letters that stand for themselves in CSV.
csv_texts = st.text(st.characters(exclude_characters='",\\', exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=8)
numerals = st.text("0123456789+-.eE_ ", max_size=12) | st.sampled_from(
    ["true", "false", "TRUE", " true", "inf", "NaN", "infinity", "5.0", "1e5", "9007199254740993.0", "4e9", "0x1F"]
)
whole = st.integers(-(2**64), 2**64).map(str) | st.floats().map(str)


@settings(deadline=None, derandomize=True, database=None, max_examples=150)
@given(csv_texts | numerals | whole)
@example("2147483648")
@example("9223372036854775808")
@example("x" * 1001)
@example("x" * 20_001)
def test_a_text_is_read_as_an_import_reads_it(text: str) -> None:
    names = [field.name for field in ITEMS.fields[1:]]
    content = f"ITEM_ID,{','.join(names)}\ni,{','.join([text] * len(names))}\n".encode()
    reader = CsvReader(ITEMS, [Source("items.csv", len(content), lambda: io.BytesIO(content))])
    (frame,) = reader.frames()
    refused = {fault.column for fault in reader.faults.first}
    columns = Columns.of(ITEMS)
    for name in names:
        found = columns.by_property[name.lower().replace("_", "")].read(text)
        if name == "DESCRIPTION" and found is not None:
            found = found[:TEXT_LENGTH]
        assert isinstance(found, Misfit) == (name in refused), (name, text)
        if name not in refused:
            assert found == frame[name][0]


@pytest.mark.parametrize(
    ("schema", "property_name", "column"),
    [
        (ITEMS, "categoryL1", "CATEGORY_L1"),
        (ITEMS, "CATEGORY_L1", "CATEGORY_L1"),
        (ITEMS, "category_l1", "CATEGORY_L1"),
        (ITEMS, "creationTimestamp", "CREATION_TIMESTAMP"),
        (ITEMS, "itemId", "ITEM_ID"),
        (ITEMS, "colour", None),
        (INTERACTIONS, "numRatings", "NUM_RATINGS"),
        (INTERACTIONS, "eventValue", "EVENT_VALUE"),
        (INTERACTIONS, "user_id", None),
        (INTERACTIONS, "event_type", None),
    ],
)
def test_properties_find_their_columns(schema, property_name: str, column: str | None) -> None:
    found = Columns.of(schema).column(property_name)
    assert (found.name if found else None) == column
