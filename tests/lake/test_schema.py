import json

import polars as pl
import pytest

from penchant.lake.schema import Schema, SchemaError

NAMESPACE = "com.amazonaws.personalize.schema"
USER = {"name": "USER_ID", "type": "string"}
ITEM = {"name": "ITEM_ID", "type": "string"}
ACTION = {"name": "ACTION_ID", "type": "string"}
TIME = {"name": "TIMESTAMP", "type": "long"}
TYPE = {"name": "EVENT_TYPE", "type": "string"}
PRICE = {"name": "PRICE", "type": "float"}
CATEGORY = {"name": "CATEGORY_L1", "type": ["string"], "categorical": True}
GENRES = {"name": "GENRES", "type": "string", "categorical": True}
CREATED = {"name": "CREATION_TIMESTAMP", "type": "long"}
EVENT = (USER, ITEM, TIME)
NULL_STRING = ["null", "string"]


def text(name: str, *fields: dict, **changes: object) -> str:
    return json.dumps(
        {"type": "record", "name": name, "namespace": NAMESPACE, "fields": list(fields), "version": "1.0", **changes}
    )


def fault_of(schema: str, domain: str | None = None) -> str:
    with pytest.raises(SchemaError) as caught:
        Schema.parse(schema, domain)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "fields", "domain", "dataset_type"),
    [
        ("Interactions", EVENT, None, "INTERACTIONS"),
        ("interactions", EVENT, None, "INTERACTIONS"),
        ("Items", (ITEM, GENRES), None, "ITEMS"),
        ("Users", (USER, {"name": "AGE", "type": "int"}), None, "USERS"),
        ("Actions", (ACTION, {"name": "VALUE", "type": ["null", "long"]}), None, "ACTIONS"),
        ("ActionInteractions", (USER, ACTION, TIME, TYPE), None, "ACTION_INTERACTIONS"),
        ("Action_Interactions", (USER, ACTION, TIME, TYPE), None, "ACTION_INTERACTIONS"),
        # The default schemas of the console.
        ("Interactions", (*EVENT, TYPE), "ECOMMERCE", "INTERACTIONS"),
        ("Items", (ITEM, PRICE, CATEGORY), "ECOMMERCE", "ITEMS"),
        ("Users", (USER, {"name": "MEMBERSHIP_STATUS", "type": "string", "categorical": True}), "ECOMMERCE", "USERS"),
        ("Interactions", (*EVENT, TYPE), "VIDEO_ON_DEMAND", "INTERACTIONS"),
        ("Items", (ITEM, {**GENRES, "name": "GENRES_L1", "type": ["string"]}, CREATED), "VIDEO_ON_DEMAND", "ITEMS"),
        ("Items", (ITEM, GENRES, CREATED), "VIDEO_ON_DEMAND", "ITEMS"),
    ],
)
def test_schemas_the_service_takes(name: str, fields: tuple, domain: str | None, dataset_type: str) -> None:
    schema = Schema.parse(text(name, *fields), domain)
    assert (schema.dataset_type, schema.domain) == (dataset_type, domain)
    assert schema.column_names == [field["name"] for field in fields]


def test_what_a_schema_tells() -> None:
    schema = Schema.parse(
        text(
            "Items",
            ITEM,
            {"name": "NAME", "type": "string", "itemName": True},
            {"name": "GENRES", "type": ["null", "string"], "categorical": True},
            {"name": "ABOUT", "type": ["string", "null"], "textual": True},
            {"name": "PRICE", "type": "float", "default": "nonsense"},
            {"name": "YEAR", "type": ["int"]},
            {"name": "VIEWS", "type": "long"},
            {"name": "SCORE", "type": "double"},
            {"name": "SOLD", "type": "boolean"},
        )
    )
    assert schema.key == "ITEM_ID"
    assert [field.name for field in schema.fields if field.nullable] == ["GENRES", "ABOUT"]
    assert schema.field("genres").categorical and schema.field("ABOUT").textual and schema.field("NAME").item_name
    assert list(schema.polars.values()) == [
        *[pl.String()] * 4,
        pl.Float64(),
        pl.Int32(),
        pl.Int64(),
        pl.Float64(),
        pl.Boolean(),
    ]
    assert Schema.parse(text("Interactions", *EVENT)).key is None
    with pytest.raises(KeyError):
        schema.field("COLOUR")


@pytest.mark.parametrize(
    ("schema", "domain", "sentence"),
    [
        ("{", None, "not valid JSON"),
        ("[]", None, "must be a JSON object"),
        ('{"type":"record"}', None, '"fields" must be a list'),
        ('{"type":"record"}', None, '"name" tells the dataset type'),
        (text("Interactions", *EVENT, type="enum"), None, '"type" must be "record", not "enum"'),
        (text("Interactions", *EVENT, namespace="com.amazonaws.Personalize.schema"), None, '"namespace" must be'),
        (text("Event-Interactions", *EVENT), None, "must be Interactions, Items, Users, Actions or"),
        (text("Interactions", *EVENT), "RETAIL", "The domain RETAIL does not exist"),
        (text("Interactions"), None, "at least one field"),
        (text("Interactions", *EVENT, {"type": "string"}), None, "Field number 4 must be an object"),
        (text("Interactions", *EVENT, {"name": "A-B", "type": "int"}), None, 'The field name "A-B"'),
        (text("Interactions", *EVENT, {"name": "X", "type": "int", "aliases": 5}), None, "not an Avro schema"),
        (
            text("Items", ITEM, {"name": "GENRES_FIELD_1", "type": "int"}, {"name": "GENRESFIELD1", "type": "int"}),
            None,
            "GENRESFIELD1 clashes with GENRES_FIELD_1",
        ),
        (text("Items", ITEM, {"name": "a", "type": "int"}, {"name": "A", "type": "int"}), None, "A clashes with a"),
        (text("Items", ITEM, {"name": "_Extra", "type": "int"}), None, "_Extra is the name of a hidden column"),
        (text("Items", ITEM, {"name": "X", "type": "bytes"}), None, "The type of X must be one of"),
        (text("Items", ITEM, {"name": "X", "type": "null"}), None, "The type of X must be one of"),
        (text("Items", ITEM, {"name": "X", "type": []}), None, "The type of X must be one of"),
        (text("Items", ITEM, {"name": "X"}), None, "The type of X must be one of"),
        (text("Items", ITEM, {"name": "X", "type": ["int", "long", "null"]}), None, "The type of X must be one of"),
        (text("Items", ITEM, {"name": "X", "type": ["int", "int"]}), None, "The type of X must be one of"),
        (text("Items", ITEM, {"name": "X", "type": {"type": "array", "items": "int"}}), None, "The type of X must"),
        (text("Items", ITEM, {"name": "X", "type": "int", "categorical": True}), None, 'only a string may be "cat'),
        (text("Items", ITEM, {"name": "X", "type": "long", "textual": True}), None, 'only a string may be "textual"'),
        (text("Items", ITEM, {"name": "X", "type": "string", "categorical": "yes"}), None, "must be true or false"),
        (text("Users", USER, {"name": "X", "type": "string", "textual": True}), None, "only a field of an Items"),
        (
            text("Items", ITEM, {"name": "X", "type": "string", "textual": True, "categorical": True}),
            None,
            "both categorical and textual",
        ),
        (
            text("Items", ITEM, *[{"name": f"X{n}", "type": "string", "textual": True} for n in (1, 2)]),
            None,
            'Only one field may be "textual", not 2: X1, X2.',
        ),
        (
            text("Items", ITEM, *[{"name": f"X{n}", "type": "string", "itemName": True} for n in (1, 2)]),
            None,
            'Only one field may be "itemName"',
        ),
        (text("Interactions", USER, ITEM), None, "The required field TIMESTAMP (long) is missing"),
        (text("Interactions", USER, ITEM, {"name": "TIMESTAMP", "type": "string"}), None, "must be of type long"),
        (
            text("Interactions", ITEM, TIME, {"name": "USER_ID", "type": NULL_STRING}),
            None,
            "USER_ID may not allow null",
        ),
        (text("Interactions", *EVENT, {**TYPE, "categorical": True}), None, "EVENT_TYPE is reserved and may not be"),
        (text("Interactions", *EVENT, {"name": "EVENT_VALUE", "type": "string"}), None, "EVENT_VALUE must be of type"),
        (text("Interactions", *EVENT, {"name": "impression", "type": "string"}), None, "must be written IMPRESSION"),
        (text("Items", ITEM), None, "needs at least one metadata field beside ITEM_ID"),
        (text("Users", USER), None, "needs at least one metadata field beside USER_ID"),
        (text("ActionInteractions", USER, ACTION, TIME), None, "EVENT_TYPE (string) is missing"),
        (text("Interactions", *EVENT), "ECOMMERCE", "EVENT_TYPE (string) is missing"),
        (text("Items", ITEM, CATEGORY), "ECOMMERCE", "PRICE (float) is missing"),
        (text("Items", ITEM, PRICE), "ECOMMERCE", "CATEGORY_L1 (categorical string) is missing"),
        (text("Items", ITEM, PRICE, {**CATEGORY, "categorical": False}), "ECOMMERCE", 'CATEGORY_L1 must be "categ'),
        (
            text("Items", ITEM, PRICE, CATEGORY, {"name": "PRODUCT_DESCRIPTION", "type": "string"}),
            "ECOMMERCE",
            'PRODUCT_DESCRIPTION must be "textual"',
        ),
        (text("Items", ITEM, GENRES), "VIDEO_ON_DEMAND", "CREATION_TIMESTAMP (long) is missing"),
        (text("Items", ITEM, CREATED), "VIDEO_ON_DEMAND", "GENRES (categorical string) is missing"),
        (
            text("Users", USER, {"name": "SUBSCRIPTION_MODEL", "type": "string"}),
            "VIDEO_ON_DEMAND",
            'SUBSCRIPTION_MODEL must be "categorical"',
        ),
        (text("Actions", ACTION, CREATED), "ECOMMERCE", "ACTIONS datasets exist in custom dataset groups only"),
    ],
)
def test_each_rule_has_its_sentence(schema: str, domain: str | None, sentence: str) -> None:
    assert sentence in fault_of(schema, domain)


@pytest.mark.parametrize(
    ("name", "needed", "limit"),
    [
        ("Interactions", EVENT, 5),
        ("Items", (ITEM,), 100),
        ("Users", (USER,), 25),
        ("Actions", (ACTION,), 10),
        ("ActionInteractions", (USER, ACTION, TIME, TYPE), 5),
    ],
)
def test_column_limits(name: str, needed: tuple, limit: int) -> None:
    columns = [{"name": f"X{n}Y", "type": "int"} for n in range(limit + 1)]
    Schema.parse(text(name, *needed, *columns[:limit]))
    assert f"{limit + 1} metadata columns are too many" in fault_of(text(name, *needed, *columns))


def test_all_faults_are_told_at_once() -> None:
    message = fault_of(text("Items", {"name": "X", "type": "bytes"}, {"name": "x", "type": "int"}, namespace="here"))
    assert "namespace" in message and "type of X" in message and "x clashes with X" in message
