"""Does a filter make sense, and does it fit the schemas of its dataset group?"""

from collections.abc import Mapping

from ..lake.schema import Field as Column
from ..lake.schema import Schema
from .errors import invalid
from .number import read_number
from .tree import Among, Comparison, Condition, Dataset, Expression, Field, Filter, Number, Target, Text

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
NUMBERS = ("int", "long", "float", "double")


def check(filter_: Filter, schemas: Mapping[str, Schema]) -> None:
    """`schemas`: those of a dataset group by dataset type. Raises FilterError for the first fault in the text."""
    for expression in filter_.expressions:
        if expression.target != filter_.target:
            raise invalid(
                f"{expression.target} in the expression{{place}} differs from the first expression's {filter_.target}",
                expression.at,
                "All expressions of a filter have one target.",
            )
        require_places(expression)
        for condition in (*expression.conditions, *expression.only_if):
            require_fit(condition, schemas)
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
    for condition in expression.only_if:
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
    for field in (condition.other for condition in (*expression.conditions, *expression.only_if) if condition.other):
        if expression.target is not Target.ITEM:
            raise invalid(
                f"{field}{{place}} stands in a filter of {expression.target}",
                field.at,
                "CurrentItem has a meaning for ItemID only.",
            )


def require_left(field: Field) -> None:
    if field.dataset is Dataset.CURRENT_ITEM:
        raise invalid(f"{field}{{place}} stands on the left", field.at, "CurrentItem belongs right of a comparison.")


def require_fit(condition: Condition, schemas: Mapping[str, Schema]) -> None:
    """A condition asks of its column what a column of that type can answer."""
    field = condition.field
    if field.dataset.is_events:
        require_event_type(condition)
    column = column_of(field, schemas)
    if condition.other:
        other = column_of(condition.other, schemas)
        if condition.other.dataset is not Dataset.CURRENT_ITEM or field.dataset.is_events:
            raise invalid(
                f"{field}{{place}} is compared with {condition.other}", field.at, "Only fields of Items can be."
            )
        if (column.type in NUMBERS) != (other.type in NUMBERS):
            raise invalid(
                f"field '{field.name}'{{place}} is of type {column.type} and {condition.other} of type {other.type}",
                field.at,
                "Compare numbers with numbers and strings with strings.",
            )
    require_values(condition, column)
    if isinstance(condition, Comparison) and condition.operator.orders and column.type not in NUMBERS:
        raise invalid(
            f"field '{field.name}'{{place}} is of type {column.type}, which {condition.operator} cannot compare",
            field.at,
            "Use IN, NOT IN, = or != for strings.",
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
    """Raises FilterError where there is none, or it is of a type that filters cannot use."""
    schema = schemas.get(field.dataset.type)
    if schema is None:
        raise invalid(
            f"{field}{{place}} needs a dataset of type {field.dataset.type}",
            field.at,
            "The dataset group has none; create it first.",
        )
    try:
        column = schema.field(field.name)
    except KeyError:
        raise invalid(
            f"field '{field.name}'{{place}} does not exist in the {field.dataset.type} dataset schema",
            field.at,
            f"It has {', '.join(schema.column_names)}.",
        ) from None
    if column.type == "boolean":
        raise invalid(
            f"field '{field.name}'{{place}} is of type boolean",
            field.at,
            "Filters use strings and numbers; a string column of true and false would do.",
        )
    if column.textual:
        raise invalid(
            f"field '{field.name}'{{place}} is textual, and textual fields are not supported",
            field.at,
            "Filters use categorical and plain strings, and numbers.",
        )
    if field.dataset is Dataset.ACTIONS and column.name.upper() in NOT_FILTERED_BY:
        raise invalid(f"field '{field.name}'{{place}} cannot be used", field.at, "The service itself acts upon it.")
    return column


def require_values(condition: Condition, column: Column) -> None:
    numeric = column.type in NUMBERS
    for value in condition.values:
        if isinstance(value, Text) and value.value == ANY and not condition.field.dataset.is_events:
            raise invalid(
                f'"*"{{place}} stands for field {condition.field.name}', value.at, f"Only {EVENT_TYPE} takes it."
            )
        if numeric and isinstance(value, Text) and read_number(value.value) is None:
            raise invalid(
                f"{value}{{place}} is no number, and field '{column.name}' is of type {column.type}",
                value.at,
                "Compare it with a number.",
            )
        if not numeric and isinstance(value, Number):
            raise invalid(
                f"{value}{{place}} is a number, and field '{column.name}' is of type {column.type}",
                value.at,
                "Write the value in quotes.",
            )
