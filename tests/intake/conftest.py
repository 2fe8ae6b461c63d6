"""Schemas with a column of every type, and the smallest requests that Amazon's shapes allow."""

import json
from typing import Any

import pytest

from penchant.intake.columns import Columns
from penchant.lake.schema import Schema
from tests import samples

NOW = 1_800_000_000


def nullable(name: str, type_: str = "string", **flags: Any) -> dict:
    return {"name": name, "type": [type_, "null"], **flags}


def required(name: str, type_: str = "string", **flags: Any) -> dict:
    return {"name": name, "type": type_, **flags}


EVENT = (required("USER_ID"), required("TIMESTAMP", "long"))
INTERACTIONS = Schema.parse(
    samples.schema(
        "Interactions",
        *EVENT,
        required("ITEM_ID"),
        nullable("EVENT_TYPE"),
        nullable("EVENT_VALUE", "float"),
        nullable("IMPRESSION"),
        nullable("RECOMMENDATION_ID"),
        nullable("EVENT_ATTRIBUTION_SOURCE"),
        nullable("DEVICE", categorical=True),
        nullable("NUM_RATINGS", "int"),
        nullable("LAST_SEEN", "long"),
        nullable("PRICE", "double"),
        nullable("IS_MEMBER", "boolean"),
    )
)
PLAIN = Schema.parse(samples.schema("Interactions", *EVENT, required("ITEM_ID")))
"""Without any column that could be left out."""
ACTION_INTERACTIONS = Schema.parse(
    samples.schema(
        "ActionInteractions", *EVENT, required("ACTION_ID"), required("EVENT_TYPE"), nullable("DEVICE")
    )
)  # fmt: skip
ITEMS = Schema.parse(
    samples.schema(
        "Items",
        required("ITEM_ID"),
        nullable("GENRES", categorical=True),
        nullable("CATEGORY_L1"),
        nullable("DESCRIPTION", textual=True),
        nullable("PRICE", "float"),
        nullable("YEAR", "int"),
        nullable("CREATION_TIMESTAMP", "long"),
        nullable("SOLD", "boolean"),
    )
)


@pytest.fixture
def interactions() -> Columns:
    return Columns.of(INTERACTIONS)


@pytest.fixture
def plain() -> Columns:
    return Columns.of(PLAIN)


@pytest.fixture
def action_interactions() -> Columns:
    return Columns.of(ACTION_INTERACTIONS)


@pytest.fixture
def items() -> Columns:
    return Columns.of(ITEMS)


def put_events(*events: dict, **members: Any) -> dict:
    """A request; `userId=None` leaves the user out, as the server does with a null."""
    request = {"trackingId": "t", "userId": "u1", "sessionId": "s1", "eventList": list(events), **members}
    return {name: value for name, value in request.items() if value is not None}


def event(properties: Any = None, **members: Any) -> dict:
    """One of an item `i1`; `properties` are a JSON text, or what to make one of."""
    told = {"eventType": "click", "sentAt": NOW, "itemId": "i1", **members}
    if properties is not None:
        told["properties"] = properties if isinstance(properties, str) else json.dumps(properties)
    return {name: value for name, value in told.items() if value is not None}
