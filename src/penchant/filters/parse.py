"""From the text of a filter to its tree."""

import re
from functools import cache
from importlib.resources import files
from itertools import chain, product
from math import prod

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from .errors import TAKEN_WHERE_EXTENDED, FilterError, invalid, placeholder_refused
from .kinds import BOOLEANS
from .number import read_number
from .tree import (
    Action,
    Among,
    Boolean,
    Comparison,
    Condition,
    Dataset,
    Expression,
    Field,
    Filter,
    Number,
    Operator,
    Parameter,
    Target,
    Text,
    Value,
)

DATASETS = {each.value.lower(): each for each in Dataset}
TARGETS = {each.value.lower(): each for each in Target}
WORDS = {
    "ACTION": "INCLUDE or EXCLUDE",
    "TARGET": "ItemID, UserID or ActionID",
    "_WHERE": "WHERE",
    "_IF": "IF",
    "_OR": "OR",
    "_AND": "AND",
    "_NOT": "NOT IN",
    "_IN": "IN",
    "CURRENT": "CurrentItem.FIELD",
    "DATASET": "DATASET.FIELD",
    "NAME": "the name of a field",
    "COMPARE": "=, !=, <, <=, > or >=",
    "STRING": "a text in quotes",
    "NUMBER": "a number",
    "BOOLEAN": "true or false",
    "PARAMETER": "a $PARAMETER (up to 50 letters, digits and underscores)",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "DOT": "a point and the name of a field",
    "VBAR": "| and another expression",
    "$END": "the end",
}
"""What may stand at a place, as a person says it, in the order of the telling."""
ORDER = list(WORDS)
QUOTES = ("'", '"')
SHOWN = 50
"""Of a word that is refused, so many characters are quoted."""
MOST_WAYS = 64
"""Into so many ways to be true may conditions in parentheses be multiplied out."""

Ways = tuple[tuple[Condition, ...], ...]
"""An OR of ANDs."""


def parse(text: str, extended: bool = False) -> Filter:
    """`extended`: whether what Penchant adds to Amazon's language may be used.

    Raises FilterError where the text is no filter. Whether it fits any data is for `check`.
    """
    try:
        return language(extended).parse(text)  # type: ignore[return-value]  # the transformer answers with our tree
    except UnexpectedInput as fault:
        raise refused(text, fault, extended) from None


def refused(text: str, fault: UnexpectedInput, extended: bool) -> FilterError:
    ended = isinstance(fault, UnexpectedToken) and fault.token.type == "$END"
    at = len(text) if ended else fault.pos_in_stream or 0
    *most, last = (WORDS[name] for name in sorted(accepted(text[:at], extended), key=ORDER.index))
    right = f"Expected {', '.join(most)} or {last}." if most else f"Expected {last}."
    if not extended and is_extended(text):
        right += f" {TAKEN_WHERE_EXTENDED}"
    if ended:
        return invalid("the text ends too early{place}", at, right)
    found = re.compile(r"\$?\w+|.", re.DOTALL).match(text, at)
    token = found[0] if found else ""
    if token in QUOTES:
        right += " A text ends with the same quotation mark that it begins with."
    return invalid(f"unexpected token '{token[:SHOWN]}'{{place}}", at, right)


def is_extended(text: str) -> bool:
    """Whether the text is a filter of the extended language."""
    try:
        language(True).parse(text)
    except (UnexpectedInput, FilterError):
        return False
    return True


def accepted(beginning: str, extended: bool) -> set[str]:
    """What may follow, asked of the parser itself: the table of a state names more than can really stand there."""
    state = language(extended).parse_interactive(beginning)
    state.exhaust_lexer()
    return state.accepts()


@v_args(inline=True)
class Builder(Transformer):
    """Called as each rule of the grammar is complete, so that no other tree is ever made."""

    def filter(self, *expressions: Expression) -> Filter:
        return Filter(expressions)

    def expression(
        self,
        action: Token,
        target: Token,
        any_of: Ways,
        *ifs: Ways | None,
    ) -> Expression:
        at = action.start_pos or 0
        every = [ways for ways in ifs if ways is not None]
        only_if = multiplied(every) if every else ()
        return Expression(Action(action.upper()), TARGETS[target.lower()], any_of, only_if, at=at)

    def any_of(self, *several: Ways) -> Ways:
        return tuple(chain.from_iterable(several))

    def all_of(self, *parts: Condition | Ways) -> Ways:
        return multiplied([part if isinstance(part, tuple) else ((part,),) for part in parts])

    def among(self, field: Field, choice: tuple[Value, ...] | Field) -> Among:
        return Among(field, choice)

    def not_among(self, field: Field, choice: tuple[Value, ...] | Field) -> Among:
        condition = Among(field, choice, negated=True)
        for value in condition.values:
            if isinstance(value, Parameter):
                raise placeholder_refused(str(value), value.at)
        return condition

    def comparison(self, field: Field, operator: Token, operand: Value | Field) -> Comparison:
        return Comparison(field, Operator(operator), operand)

    def choice(self, *values: Value | Field) -> tuple[Value, ...] | Field:
        return values[0] if isinstance(values[0], Field) else values  # type: ignore[return-value]

    def field(self, dataset: Token, name: Token) -> Field:
        at = dataset.start_pos or 0
        if dataset.lower() not in DATASETS:
            *most, last = (each.value for each in Dataset)
            right = f"Fields belong to {', '.join(most)} or {last}."
            raise invalid(f"unknown dataset '{dataset[:SHOWN]}'{{place}}", at, right)
        return Field(DATASETS[dataset.lower()], str(name), at)

    current = field

    def value(self, token: Token) -> Value:
        at = token.start_pos or 0
        if token.type == "PARAMETER":
            return Parameter(token[1:], at)
        if token.type == "BOOLEAN":
            return Boolean(BOOLEANS[token.lower()], at)
        if token.type == "STRING":
            return Text(re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL), at)
        number = read_number(token)
        if number is None:
            raise invalid(f"the number '{token[:SHOWN]}'{{place}} is too large", at)
        return Number(number, at)


def multiplied(every: list[Ways]) -> Ways:
    """The ways in which all of these are true together. Raises FilterError for too many."""
    if len([ways for ways in every if len(ways) > 1]) > 1 and (count := prod(map(len, every))) > MOST_WAYS:
        raise invalid(
            f"the conditions{{place}} multiply out to {count} ways to be true",
            every[0][0][0].field.at,
            f"Conditions in parentheses may have at most {MOST_WAYS} of them; use IN for several values of a field.",
        )
    return tuple(tuple(chain.from_iterable(ways)) for ways in product(*every))


@cache
def language(extended: bool) -> Lark:
    names = ["language.lark", *(["extended.lark"] if extended else [])]
    grammar = "".join(files(__package__).joinpath(name).read_text(encoding="utf-8") for name in names)
    return Lark(grammar, start="filter", parser="lalr", transformer=Builder(), maybe_placeholders=True)
