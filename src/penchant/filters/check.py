"""Does a filter make sense, and does it fit the schemas of its dataset group?"""

from collections.abc import Mapping

from ..lake.schema import Field as Column
from ..lake.schema import Schema
from .errors import TAKEN_WHERE_EXTENDED, invalid
from .kinds import Kind
from .tree import (
    Among,
    Comparison,
    Condition,
    Dataset,
    Expression,
    Field,
    Filter,
    Number,
    Parameter,
    Target,
    Text,
    Value,
)

MOST_FIELDS = 10
EVENT_TYPE = "EVENT_TYPE"
ANY = "*"
DATASETS_OF = {
    Target.ITEM: (Dataset.ITEMS, Dataset.INTERACTIONS),
    Target.USER: (Dataset.USERS, Dataset.INTERACTIONS),
    Target.ACTION: (Dataset.ACTIONS, Dataset.ACTION_INTERACTIONS),
}
"""What the conditions of an expression may ask about."""
NOT_FILTERED_BY = ("ACTION_EXPIRATION_TIMESTAMP", "EXPIRATION_TIMESTAMP", "REPEAT_FREQUENCY")
"""Columns of actions that the service itself acts upon."""
RIGHT = {
    Kind.TEXT: "Write the value in quotes.",
    Kind.NUMBER: "Compare it with a number.",
    Kind.BOOLEAN: "Compare it with true or false.",
}


def check(filter_: Filter, schemas: Mapping[str, Schema], extended: bool = False) -> None:
    """`schemas`: those of a dataset group by dataset type. `extended`: whether booleans may be used.

    Raises FilterError for the first fault in the text.
    """
    for expression in filter_.expressions:
        if expression.target != filter_.target:
            raise invalid(
                f"{expression.target} in the expression{{place}} differs from the first expression's {filter_.target}",
                expression.at,
                "All expressions of a filter have one target.",
            )
        require_places(expression)
        for condition in (*expression.conditions, *expression.if_conditions):
            require_fit(condition, schemas, extended)
    if (count := len(filter_.field_keys)) > MOST_FIELDS:
        raise invalid(
            f"the filter uses {count} different fields", right=f"A filter may use at most {MOST_FIELDS} of them."
        )


def require_places(expression: Expression) -> None:
    """Each dataset stands only where it has a meaning."""
    first = expression.conditions[0].field
    for condition in expression.conditions:
        field = condition.field
        if field.dataset is Dataset.CURRENT_USER:
            raise invalid(f"{field}{{place}} stands in WHERE", field.at, "CurrentUser belongs after IF.")
        require_left(field)
        if field.dataset not in DATASETS_OF[expression.target]:
            allowed = " or ".join(DATASETS_OF[expression.target])
            raise invalid(
                f"{field}{{place}} cannot choose among targets of {expression.target}",
                field.at,
                f"A filter of {expression.target} has conditions on {allowed}.",
            )
        if field.dataset is not first.dataset:
            raise invalid(
                f"all conditions must use the same dataset: {field}{{place}} follows one on {first.dataset}",
                field.at,
                "Chain a second expression with | instead.",
            )
    for condition in expression.if_conditions:
        field = condition.field
        require_left(field)
        if field.dataset is not Dataset.CURRENT_USER:
            raise invalid(f"{field}{{place}} stands after IF", field.at, "IF asks about CurrentUser.FIELD only.")
        if expression.target is Target.USER:
            raise invalid(
                f"{field}{{place}} stands in a filter of UserID",
                field.at,
                "CurrentUser has a meaning for ItemID and ActionID only.",
            )
    for field in (each.other for each in (*expression.conditions, *expression.if_conditions) if each.other):
        if expression.target is not Target.ITEM:
            raise invalid(
                f"{field}{{place}} stands in a filter of {expression.target}",
                field.at,
                "CurrentItem has a meaning for ItemID only.",
            )


def require_left(field: Field) -> None:
    if field.dataset is Dataset.CURRENT_ITEM:
        raise invalid(f"{field}{{place}} stands on the left", field.at, "CurrentItem belongs right of a comparison.")


def require_fit(condition: Condition, schemas: Mapping[str, Schema], extended: bool) -> None:
    """A condition asks of its column what a column of that type can answer."""
    field = condition.field
    if field.dataset.is_events:
        require_event_type(condition)
    column = column_of(field, schemas)
    require_usable(field, column, extended)
    if condition.other:
        other = column_of(condition.other, schemas)
        require_usable(condition.other, other, extended)
        if condition.other.dataset is not Dataset.CURRENT_ITEM or field.dataset.is_events:
            raise invalid(
                f"{field}{{place}} is compared with {condition.other}", field.at, "Only fields of Items can be."
            )
        if Kind.of(column) is not Kind.of(other):
            raise invalid(
                f"field '{field.name}'{{place}} is of type {column.type} and {condition.other} of type {other.type}",
                field.at,
                "Compare numbers with numbers, and strings with strings.",
            )
    require_values(condition, column)
    if isinstance(condition, Comparison) and condition.operator.orders and Kind.of(column) is not Kind.NUMBER:
        raise invalid(
            f"field '{field.name}'{{place}} is of type {column.type}, which {condition.operator} cannot compare",
            field.at,
            f"Use IN, NOT IN, = or != for {Kind.of(column)}s.",
        )


def require_event_type(condition: Condition) -> None:
    field = condition.field
    if field.name.upper() != EVENT_TYPE:
        raise invalid(
            f"field '{field.name}'{{place}} of {field.dataset} cannot be used",
            field.at,
            f"Only {field.dataset}.{EVENT_TYPE} can.",
        )
    if not isinstance(condition, Among):
        raise invalid(
            f"{field}{{place}} is used with {condition.operator}", field.at, f"{EVENT_TYPE} takes IN and NOT IN."
        )


def column_of(field: Field, schemas: Mapping[str, Schema]) -> Column:
    """Raises FilterError where there is none."""
    schema = schemas.get(field.dataset.type)
    if schema is None:
        raise invalid(
            f"{field}{{place}} needs a dataset of type {field.dataset.type}",
            field.at,
            "The dataset group has none; create it first.",
        )
    try:
        return schema.field(field.name)
    except KeyError:
        raise invalid(
            f"field '{field.name}'{{place}} does not exist in the {field.dataset.type} dataset schema",
            field.at,
            f"It has {', '.join(schema.column_names)}.",
        ) from None


def require_usable(field: Field, column: Column, extended: bool) -> None:
    if column.type == "boolean" and not extended:
        raise invalid(
            f"field '{field.name}'{{place}} is of type boolean",
            field.at,
            "Filters use strings and numbers; a string column of true and false would do. " + TAKEN_WHERE_EXTENDED,
        )
    if column.textual:
        raise invalid(
            f"field '{field.name}'{{place}} is textual, and textual fields are not supported",
            field.at,
            "Filters use categorical and plain strings, and numbers.",
        )
    if field.dataset is Dataset.ACTIONS and column.name.upper() in NOT_FILTERED_BY:
        raise invalid(f"field '{field.name}'{{place}} cannot be used", field.at, "The service itself acts upon it.")


def require_values(condition: Condition, column: Column) -> None:
    kind = Kind.of(column)
    for value in condition.values:
        if isinstance(value, Text) and value.value == ANY and not condition.field.dataset.is_events:
            raise invalid(
                f'"*"{{place}} stands for field {condition.field.name}', value.at, f"Only {EVENT_TYPE} takes it."
            )
        if not fits(value, kind):
            raise invalid(
                f"{value}{{place}} is {what(value, kind)}, and field '{column.name}' is of type {column.type}",
                value.at,
                RIGHT[kind],
            )


def fits(value: Value, kind: Kind) -> bool:
    if isinstance(value, Text):
        return kind.read(value.value) is not None
    return isinstance(value, Parameter) or kind is (Kind.NUMBER if isinstance(value, Number) else Kind.BOOLEAN)


def what(value: Value, kind: Kind) -> str:
    """Of a value that does not fit."""
    if isinstance(value, Text):
        return "no number" if kind is Kind.NUMBER else "neither true nor false"
    return "a number" if isinstance(value, Number) else "a boolean"
