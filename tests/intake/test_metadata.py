import json
from typing import Any

import pytest

from penchant.contract.errors import InvalidInputException
from penchant.intake import metadata as put
from penchant.intake.columns import Columns
from penchant.intake.notes import Refused
from penchant.intake.taken import Taken
from penchant.lake import faults
from penchant.lake.schema import Schema
from tests import samples

from .conftest import nullable, required


def item(properties: Any = None, item_id: str = "i1") -> dict:
    if properties is None:
        return {"itemId": item_id}
    return {"itemId": item_id, "properties": properties if isinstance(properties, str) else json.dumps(properties)}


def taken(columns: Columns, *entries: dict, lenient: bool = False) -> list[Taken]:
    return put.taken(columns, {"datasetArn": "arn", "items": list(entries)}, lenient=lenient)


def refused(columns: Columns, *entries: dict, lenient: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        taken(columns, *entries, lenient=lenient)
    assert isinstance(caught.value, InvalidInputException) and caught.value.code == "InvalidInputException"
    return caught.value


def test_everything_an_item_can_say(items: Columns) -> None:
    told = {
        "genres": ["a", "b"],
        "categoryL1": "c",
        "description": "d",
        "price": "12.5",
        "year": 2000.0,
        "creation_timestamp": 5,
        "SOLD": True,
        "itemId": "i1",
    }
    assert taken(items, item(told)) == [
        Taken(
            "i1",
            None,
            False,
            [
                {
                    "ITEM_ID": "i1",
                    "GENRES": "a|b",
                    "CATEGORY_L1": "c",
                    "DESCRIPTION": "d",
                    "PRICE": 12.5,
                    "YEAR": 2000,
                    "CREATION_TIMESTAMP": 5,
                    "SOLD": True,
                }
            ],
            [],
        )
    ]


@pytest.mark.parametrize("properties", [None, {}, {"year": None, "genres": "", "price": " "}])
def test_what_is_not_said_is_null(items: Columns, properties: Any) -> None:
    (found,) = taken(items, item(properties))
    assert found.records == [{"ITEM_ID": "i1"}] and found.notes == []


def test_an_id_twice_gives_both_records_in_order(items: Columns) -> None:
    found = taken(items, item({"year": 1}), item({"year": 2}, "i2"), item({"genres": "x"}))
    assert [each.subject for each in found] == ["i1", "i2", "i1"]
    assert found[2].records == [{"ITEM_ID": "i1", "GENRES": "x"}]


def test_users_and_actions() -> None:
    users = Columns.of(Schema.parse(samples.schema("Users", required("USER_ID"), required("AGE", "int"))))
    (found,) = put.taken(users, {"users": [{"userId": "u1", "properties": '{"age": 40}'}]}, lenient=False)
    assert (found.subject, found.records) == ("u1", [{"USER_ID": "u1", "AGE": 40}])
    with pytest.raises(Refused, match=r"^users\.1\.member: Column AGE does not allow null values"):
        put.taken(users, {"users": [{"userId": "u1"}]}, lenient=False)
    for name in ("EXPIRATION_TIMESTAMP", "ACTION_EXPIRATION_TIMESTAMP"):
        actions = Columns.of(Schema.parse(samples.schema("Actions", required("ACTION_ID"), nullable(name, "long"))))
        for spelling in ("expirationTimestamp", "actionExpirationTimestamp"):
            told = {"actionId": "a1", "properties": json.dumps({spelling: 9})}
            (found,) = put.taken(actions, {"actions": [told]}, lenient=False)
            assert found.records == [{"ACTION_ID": "a1", name: 9}]


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("properties", ["", "[]", "null", '"{}"', "{", '{"a":' * 6_000])
def test_properties_that_are_no_object_refuse_the_call(items: Columns, properties: str, lenient: bool) -> None:
    assert str(refused(items, item(), item(properties), lenient=lenient)) == "Error parsing properties json"


@pytest.mark.parametrize("lenient", [False, True])
def test_an_unknown_property_refuses_the_call_and_names_the_known(items: Columns, lenient: bool) -> None:
    error = refused(items, item(), item({"colour": None}), lenient=lenient)
    assert str(error) == (
        'items.2.member: No column takes the property "colour". The schema has categoryL1, creationTimestamp, '
        "description, genres, price, sold, year."
    )
    assert error.note.reason == 'No column takes the property "colour".'


@pytest.mark.parametrize("lenient", [False, True])
def test_a_repeated_id_must_agree(items: Columns, lenient: bool) -> None:
    for agreeing in ("7", 7, None):
        (found,) = taken(items, item({"itemId": agreeing}, "7"), lenient=lenient)
        assert found.records == [{"ITEM_ID": "7"}]
    for other in ("i2", 7.0, "", ["i1"]):
        assert "says another id" in str(refused(items, item({"itemId": other}), lenient=lenient))


@pytest.mark.parametrize("lenient", [False, True])
def test_a_column_said_twice_refuses_the_call(items: Columns, lenient: bool) -> None:
    error = refused(items, item({"categoryL1": "a", "CATEGORY_L1": "a"}), lenient=lenient)
    assert str(error) == 'items.1.member: "categoryL1" and "CATEGORY_L1" are the same column.'


@pytest.mark.parametrize(
    ("key", "value", "column", "type_"),
    [
        ("price", "cheap", "PRICE", "float"),
        ("year", 2**31, "YEAR", "int"),
        ("creationTimestamp", 1.5, "CREATION_TIMESTAMP", "long"),
        ("sold", "TRUE", "SOLD", "boolean"),
        ("genres", {"a": 1}, "GENRES", "string"),
    ],
)
def test_a_value_that_its_column_cannot_hold(items: Columns, key: str, value: Any, column: str, type_: str) -> None:
    error = refused(items, item(), item({key: value}))
    fault = f'The property "{key}" cannot be read as {type_}, for the column {column}.'
    assert str(error).startswith(f"items.2.member: {fault} It is '") and error.note.reason == fault
    (found,) = taken(items, item({key: value}), lenient=True)
    assert found.records == [{"ITEM_ID": "i1"}]
    assert [(note.outcome, note.reason) for note in found.notes] == [("taken", f"{fault} It is null.")]


@pytest.mark.parametrize("key", ["genres", "categoryL1"])
def test_strings_are_as_long_as_imports_have_them(items: Columns, key: str) -> None:
    column = {"genres": "GENRES", "categoryL1": "CATEGORY_L1"}[key]
    (found,) = taken(items, item({key: "é" * 1000}))
    assert found.records[0][column] == "é" * 1000
    assert str(refused(items, item({key: "é" * 1001}))) == f"items.1.member: {faults.too_long(column, 1000)}"
    (found,) = taken(items, item({key: "é" * 1001}), lenient=True)
    assert found.records == [{"ITEM_ID": "i1"}] and len(found.notes) == 1


def test_texts_are_cut_as_imports_cut_them(items: Columns) -> None:
    long, longer = taken(items, item({"description": "é" * 20_000}), item({"description": "é" * 20_001}))
    assert long.records == longer.records and len(long.records[0]["DESCRIPTION"]) == 20_000
    assert long.notes == []
    assert [(note.outcome, len(note.example)) for note in longer.notes] == [("taken", 500)]


@pytest.mark.parametrize("name", ["PRICE", "TIMESTAMP"])  # the second is nothing special beside events
def test_a_column_that_may_not_be_null(name: str) -> None:
    columns = Columns.of(Schema.parse(samples.schema("Items", required("ITEM_ID"), required(name, "float"))))
    key = name.lower()
    for properties in (None, {}, {key: None}, {key: ""}):
        error = refused(columns, item({key: 1}), item(properties))
        assert str(error) == f"items.2.member: Column {name} does not allow null values, and has none here."
        (found,) = taken(columns, item(properties), lenient=True)
        assert found.records == [{"ITEM_ID": "i1"}] and len(found.notes) == 1
