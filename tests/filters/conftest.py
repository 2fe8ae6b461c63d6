"""Schemas with a column of every sort, for the worked examples of Amazon's guide."""

import pytest

from penchant.lake.schema import Schema
from tests import samples


def number(name: str, type_: str = "long") -> dict:
    return {"name": name, "type": [type_, "null"]}


ITEMS = samples.schema(
    "Items",
    samples.text("ITEM_ID"),
    *(samples.text(name, categorical=True) for name in ("CATEGORY", "CATEGORY_L1", "GENRE", "ARTICLE_GENRE")),
    samples.text("DESCRIPTION"),
    samples.text("LONG_TEXT", textual=True),
    samples.text("lower_case"),
    *(number(name) for name in ("CREATION_TIMESTAMP", "YEAR")),
    number("PRICE", "float"),
    number("ADULT", "boolean"),
    *(number(f"N{place}") for place in range(11)),
)
USERS = samples.schema(
    "Users",
    samples.text("USER_ID"),
    *map(samples.text, ("MEMBERSHIP_STATUS", "MEMBERSHIP", "COUNTRY")),
    samples.text("INTERESTS", categorical=True),
    number("AGE"),
    number("VIP", "boolean"),
)
ACTIONS = samples.schema(
    "Actions",
    samples.text("ACTION_ID"),
    samples.text("MEMBERSHIP_LEVEL"),
    *(number(name) for name in ("VALUE", "ACTION_EXPIRATION_TIMESTAMP", "REPEAT_FREQUENCY")),
)
ACTION_INTERACTIONS = samples.schema(
    "Action_Interactions", *map(samples.text, ("USER_ID", "ACTION_ID", "EVENT_TYPE")), {"name": "TIMESTAMP", "type": "long"}
)  # fmt: skip


SCHEMAS = {
    schema.dataset_type: schema
    for schema in map(Schema.parse, (samples.INTERACTIONS, ITEMS, USERS, ACTIONS, ACTION_INTERACTIONS))
}


@pytest.fixture(scope="session")
def schemas() -> dict[str, Schema]:
    return SCHEMAS
