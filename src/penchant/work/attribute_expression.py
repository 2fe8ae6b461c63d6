"""The expressions of aws-item-attribute-affinity: `ITEMS.GENRES = "Comedy" AND ITEMS.YEAR = 1999`.

Far less than the filter language, whose texts and numbers they share: equality of columns of items, joined by AND.
"""

import re
from dataclasses import dataclass

from ..filters.kinds import Kind
from ..filters.number import read_number
from ..lake.schema import Field, Schema
from ..recipes.parts.item_attributes import UNASKED

FORM = "Write ITEMS.COLUMN = value, more of them joined by AND; texts in double quotes, numbers bare."
LEFT = re.compile(
    r"\s*+(?P<dataset>[A-Za-z_]\w*+)\s*+\.\s*+(?P<column>\w++)\s*+(?P<operator>[=!<>]++|[A-Za-z]*+)", re.ASCII
)
VALUE = re.compile(
    r"""\s*+(?:"(?P<double>(?:\\.|[^"\\])*+)"|'(?P<single>(?:\\.|[^'\\])*+)'|(?P<bare>[+\-.\w]++))\s*+""",
    re.DOTALL | re.ASCII,
)
AND = re.compile(r"AND\b", re.IGNORECASE)
MOST_CONDITIONS = 10
"""As many columns as a filter may use."""
SHOWN = 50
"""Of what is refused, so many characters are quoted."""


class ExpressionError(ValueError):
    """What is wrong with an expression, where, and what would be right."""


@dataclass(frozen=True)
class Condition:
    column: str
    """As the schema spells it."""
    value: str | int | float


def read_expression(expression: str, schema: Schema) -> list[Condition]:
    """All of which are to be true. `schema` is that of the items. Raises ExpressionError."""
    conditions, at = [], 0
    while True:
        left = LEFT.match(expression, at)
        if not left:
            raise refused("a column of ITEMS is expected", expression, at)
        field = asked(left, expression, schema)
        right = VALUE.match(expression, left.end())
        if not right:
            raise refused("a text in quotes or a number is expected", expression, left.end())
        conditions.append(Condition(field.name, value_of(field, right, expression)))
        at = right.end()
        if at == len(expression):
            break
        joint = AND.match(expression, at)
        if not joint:
            raise refused("AND or the end is expected", expression, at)
        at = joint.end()
    if (count := len(conditions)) > MOST_CONDITIONS:
        raise ExpressionError(f"itemAttributes has {count} conditions; at most {MOST_CONDITIONS} are allowed.")
    return conditions


def asked(left: re.Match[str], expression: str, schema: Schema) -> Field:
    """The column of a condition."""
    if left["dataset"].upper() != "ITEMS":
        raise refused("only columns of ITEMS can be asked for", expression, left.start("dataset"))
    if left["operator"] != "=":
        raise refused("only = can be used", expression, left.start("operator"))
    try:
        field = schema.field(left["column"])
    except KeyError:
        there = ", ".join(field.name for field in schema.fields if can_be_asked(field)) or "none that can be asked for"
        raise ExpressionError(
            f"itemAttributes asks for the column {left['column'][:SHOWN]}, which the ITEMS dataset does not have; it "
            f"has {there}."
        ) from None
    if not can_be_asked(field):
        raise ExpressionError(
            f"itemAttributes asks for the column {field.name}, which is {what(field)}; only categorical and numerical "
            "columns of items can be asked for."
        )
    return field


def value_of(field: Field, right: re.Match[str], expression: str) -> str | int | float:
    quoted = right["single"] if right["double"] is None else right["double"]
    at = right.start() + len(right[0]) - len(right[0].lstrip())
    if Kind.of(field) is Kind.NUMBER:
        value = read_number(right["bare"]) if quoted is None else None
        if value is None:
            raise refused(f"the column {field.name} is compared with a number", expression, at)
        return value
    if quoted is None:
        raise refused(f"the column {field.name} is compared with a text in quotes", expression, at)
    return re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)


def can_be_asked(field: Field) -> bool:
    if field.is_id or field.name in UNASKED or field.textual or field.type == "boolean":
        return False
    return Kind.of(field) is Kind.NUMBER or field.categorical


def what(field: Field) -> str:
    """Of a column that cannot be asked for."""
    if field.is_id or field.name in UNASKED:
        return "reserved"
    if field.textual:
        return "textual"
    return "boolean" if field.type == "boolean" else "a string that is not categorical"


def refused(fault: str, expression: str, at: int) -> ExpressionError:
    """People count characters from 1."""
    rest = expression[at : at + SHOWN].strip()
    where = f"at position {at + 1}, before '{rest}'" if rest else "at its end"
    return ExpressionError(f"itemAttributes cannot be read {where}: {fault}. {FORM}")
