"""The columns of a schema as a request meets them: which property goes into which column, read how.

Made once for a schema, because a call has microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..lake.schema import Field, Schema
from .values import ID_LENGTH, STRING_LENGTH, Reader, identifier, number, reader

_BY_MEMBERS = {
    "INTERACTIONS": frozenset({"USER_ID", "TIMESTAMP", "EVENT_TYPE", "IMPRESSION", "RECOMMENDATION_ID"}),
    "ACTION_INTERACTIONS": frozenset({"USER_ID", "TIMESTAMP", "EVENT_TYPE", "IMPRESSION", "RECOMMENDATION_ID"}),
}
"""Columns that members of an event fill and its properties do not, by dataset type."""
_SAME = {
    "ACTION_EXPIRATION_TIMESTAMP": "EXPIRATION_TIMESTAMP",
    "EXPIRATION_TIMESTAMP": "ACTION_EXPIRATION_TIMESTAMP",
}
"""The guide has two names for one column of Actions; a schema has one of them, and clients may use the other."""
_ALWAYS = frozenset({"USER_ID", "ITEM_ID", "ACTION_ID", "TIMESTAMP", "EVENT_TYPE"})
"""Columns of events that need no looking after: a request without them is refused, or their lack is told otherwise."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str
    """As the schema has it; `id` for an id."""
    read: Reader
    limit: int
    """Characters at most, of an id or a string that is not textual."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Get one with `Columns.of`."""

    names: frozenset[str]
    key: str | None
    """The column that names an item, user or action; None for events."""
    by_property: Mapping[str, Column]
    """By the property's name as `plain` gives it."""
    required: tuple[str, ...]
    """Those that may not be null, without the ones that every record has."""

    @staticmethod
    def of(schema: Schema) -> "Columns":
        told = _BY_MEMBERS.get(schema.dataset_type, frozenset())
        columns = {plain(field.name): _column(field) for field in schema.fields if field.name not in told}
        if schema.dataset_type == "INTERACTIONS":
            # Properties may say these two whether the schema has a column for them or not.
            columns["itemid"] = Column("ITEM_ID", "id", identifier, ID_LENGTH)
            columns["eventvalue"] = Column("EVENT_VALUE", "float", number, STRING_LENGTH)
        elif schema.dataset_type == "ACTIONS":
            for field in schema.fields:
                if field.name in _SAME:
                    columns.setdefault(plain(_SAME[field.name]), columns[plain(field.name)])
        without = _ALWAYS if schema.key is None else {schema.key}
        return Columns(
            names=frozenset(schema.column_names),
            key=schema.key,
            by_property=columns,
            required=tuple(f.name for f in schema.fields if not f.nullable and f.name not in without),
        )

    @property
    def properties(self) -> list[str]:
        """The names that Amazon's guide would have for the properties: categoryL1 for CATEGORY_L1."""
        words = [name.lower().split("_") for name in sorted(self.names - {self.key})]
        return [first + "".join(map(str.capitalize, others)) for first, *others in words]

    def column(self, property_name: str) -> Column | None:
        return self.by_property.get(plain(property_name))


def plain(name: str) -> str:
    """How names are compared: NUM_RATINGS and numRatings are the same. A schema's names differ in this form too."""
    return name.lower().replace("_", "")


def _column(field: Field) -> Column:
    is_id = field.is_id and field.type == "string"
    limit = ID_LENGTH if is_id else STRING_LENGTH
    return Column(field.name, "id" if is_id else field.type, reader(field), limit)
