"""The fields AWS reserves or requires, per dataset type and domain, and the choices AWS leaves open.

A table and nothing else: `schema.py` reads it. Whatever our reading of the service is an inference stands here too, so
that it can be changed in one place.
"""

from dataclasses import dataclass

NAMESPACE = "com.amazonaws.personalize.schema"
DATASET_TYPES = {
    "interactions": "INTERACTIONS",
    "items": "ITEMS",
    "users": "USERS",
    "actions": "ACTIONS",
    "actioninteractions": "ACTION_INTERACTIONS",
}
"""Dataset type by record name, the name in lower case and without underscores."""
DOMAINS = {None: "custom", "ECOMMERCE": "ECOMMERCE", "VIDEO_ON_DEMAND": "VIDEO_ON_DEMAND"}
KEYS = {"ITEMS": "ITEM_ID", "USERS": "USER_ID", "ACTIONS": "ACTION_ID"}
"""The column that names a record. Event datasets have none: an event is what all its columns say."""
OBJECTS = {"INTERACTIONS": "ITEM_ID", "ACTION_INTERACTIONS": "ACTION_ID"}
"""The column of an event dataset that says what the user did it with."""
IDS = frozenset({"USER_ID", "ITEM_ID", "ACTION_ID"})
METADATA_LIMITS = {"ITEMS": 100, "USERS": 25, "ACTIONS": 10, "INTERACTIONS": 5, "ACTION_INTERACTIONS": 5}
"""Most columns a dataset may have beside its required and reserved ones."""

# Inferences. The guide writes "float" where customers also send "double", says nothing of null in most reserved
# columns, and asks for a metadata field without saying whether a plain string or a timestamp is one.
FLOATS = ("float", "double")
RESERVED_MAY_BE_NULL = True
REQUIRED_MAY_BE_NULL = False
ANY_FIELD_IS_METADATA = True


@dataclass(frozen=True)
class Rule:
    """What a required or reserved field has to look like."""

    types: tuple[str, ...]
    required: bool = False
    categorical: bool = False
    textual: bool = False
    otherwise: str | None = None
    """Another name the service is known to take for the same field."""


def _required(*types: str, categorical: bool = False, otherwise: str | None = None) -> Rule:
    return Rule(types, required=True, categorical=categorical, otherwise=otherwise)


_STRING = Rule(("string",))
_LONG = Rule(("long",))
_FLOAT = Rule(FLOATS)
_CATEGORY = Rule(("string",), categorical=True)
_TEXT = Rule(("string",), textual=True)

_EVENT = {"USER_ID": _required("string"), "TIMESTAMP": _required("long")}
_INTERACTIONS = {
    **_EVENT,
    "ITEM_ID": _required("string"),
    "EVENT_TYPE": _STRING,
    "EVENT_VALUE": _FLOAT,
    "IMPRESSION": _STRING,
    "RECOMMENDATION_ID": _STRING,
    "EVENT_ATTRIBUTION_SOURCE": _STRING,
}
_DOMAIN_INTERACTIONS = {**_INTERACTIONS, "EVENT_TYPE": _required("string")}
_USERS = {"USER_ID": _required("string")}

RULES: dict[tuple[str, str | None], dict[str, Rule]] = {
    ("INTERACTIONS", None): _INTERACTIONS,
    ("USERS", None): _USERS,
    ("ITEMS", None): {"ITEM_ID": _required("string"), "CREATION_TIMESTAMP": _LONG},
    ("ACTIONS", None): {
        "ACTION_ID": _required("string"),
        "CREATION_TIMESTAMP": _LONG,
        "VALUE": _LONG,
        "TYPE": _STRING,
        "REPEAT_FREQUENCY": _LONG,
        # One table of the guide says EXPIRATION_TIMESTAMP; its text and PutActions say the longer name.
        "ACTION_EXPIRATION_TIMESTAMP": _LONG,
        "EXPIRATION_TIMESTAMP": _LONG,
    },
    ("ACTION_INTERACTIONS", None): {
        **_EVENT,
        "ACTION_ID": _required("string"),
        "EVENT_TYPE": _required("string"),
        "IMPRESSION": _STRING,
        "RECOMMENDATION_ID": _STRING,
    },
    ("INTERACTIONS", "ECOMMERCE"): _DOMAIN_INTERACTIONS,
    ("USERS", "ECOMMERCE"): _USERS,
    ("ITEMS", "ECOMMERCE"): {
        "ITEM_ID": _required("string"),
        "PRICE": _required(*FLOATS),
        "CATEGORY_L1": _required("string", categorical=True),
        "CATEGORY_L2": _CATEGORY,
        "CATEGORY_L3": _CATEGORY,
        "PRODUCT_DESCRIPTION": _TEXT,
        "CREATION_TIMESTAMP": _LONG,
        "AGE_GROUP": _CATEGORY,
        "ADULT": _CATEGORY,
        "GENDER": _CATEGORY,
    },
    ("INTERACTIONS", "VIDEO_ON_DEMAND"): _DOMAIN_INTERACTIONS,
    ("USERS", "VIDEO_ON_DEMAND"): {**_USERS, "SUBSCRIPTION_MODEL": _CATEGORY},
    ("ITEMS", "VIDEO_ON_DEMAND"): {
        "ITEM_ID": _required("string"),
        "CREATION_TIMESTAMP": _required("long"),
        # The guide's own default schema spells it GENRES_L1.
        "GENRES": _required("string", categorical=True, otherwise="GENRES_L1"),
        "PRICE": _FLOAT,
        "DURATION": _FLOAT,
        "AVERAGE_RATING": _FLOAT,
        "GENRE_L2": _CATEGORY,
        "GENRE_L3": _CATEGORY,
        "CONTENT_OWNER": _CATEGORY,
        "CONTENT_CLASSIFICATION": _CATEGORY,
        "PRODUCT_DESCRIPTION": _TEXT,
    },
}
