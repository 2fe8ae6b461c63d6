"""Parameters of recipes, declared once as the fields of a dataclass, and their readers: parsing from the wire, and
DescribeAlgorithm's two views.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def param(
    default: bool | int | float | str,
    low: float | None = None,
    high: float | None = None,
    *,
    choices: Sequence[str] = (),
    spellings: Mapping[str, str] | None = None,
    also: Sequence[str] = (),
    tunable: bool = False,
    search_only: bool = False,
    help: str = "",
) -> Any:
    """Declares a parameter, as a dataclass field: its kind is the kind of its default.

    A number is allowed from `low` to `high`, both included; a word must be one of `choices`, or one of the other
    `spellings` of a choice. `also` are older names of it. One that is `search_only` takes a range for a search of
    hyperparameters and no fixed value.
    """
    metadata = {
        "low": low,
        "high": high,
        "choices": tuple(choices),
        "spellings": spellings or {},
        "also": tuple(also),
        "tunable": tunable,
        "search_only": search_only,
        "help": help,
    }
    return dataclasses.field(default=default, metadata=metadata)


def params(declared: type) -> list[dataclasses.Field[Any]]:
    """The fields of a dataclass that were declared with `param`."""
    return [field for field in dataclasses.fields(declared) if "tunable" in field.metadata]


def parse(declared: type, given: Mapping[str, str], noun: str, unknown: Callable[[str], str]) -> Any:
    """A `declared` from the wire's texts. ValueError says what is wrong; `unknown` words it for a name not declared."""
    fields = {name: field for field in params(declared) for name in (field.name, *field.metadata["also"])}
    values: dict[str, Any] = {}
    for name, text in given.items():
        if name not in fields:
            raise ValueError(unknown(name))
        field = fields[name]
        if field.metadata["search_only"]:
            raise ValueError(
                f"The {noun} {name} has no fixed value: give its range in hpoConfig.algorithmHyperParameterRanges, "
                "with performHPO."
            )
        if field.name in values:
            raise ValueError(f"The {noun} {field.name} is given twice, under two of its names.")
        values[field.name] = _value(field, name, text, noun)
    return declared(**values)


def defaults(declared: type) -> dict[str, str]:
    """Every default, written as the API writes it."""
    return {field.name: _spell(field.default) for field in params(declared)}


def spelled(given: Any) -> dict[str, str]:
    """Every value of a dataclass of `param`s, written as the API writes it."""
    return {field.name: _spell(getattr(given, field.name)) for field in params(type(given))}


def unspelled(declared: type, spelled: Mapping[str, str]) -> Any:
    """The dataclass that `spelled` was of; what it does not name has its default. ValueError for what it never told."""
    fields = {field.name: field for field in params(declared)}
    return declared(**{name: _value(fields[name], name, text, "parameter") for name, text in spelled.items()})


def ranges(declared: type) -> dict[str, list[dict[str, Any]]]:
    """DescribeAlgorithm's `defaultHyperParameterRanges`, in its three lists by kind."""
    listed: dict[str, list[dict[str, Any]]] = {
        "integerHyperParameterRanges": [],
        "continuousHyperParameterRanges": [],
        "categoricalHyperParameterRanges": [],
    }
    for field in params(declared):
        row: dict[str, Any] = {"name": field.name, "isTunable": field.metadata["tunable"]}
        if isinstance(field.default, bool | str):
            row["values"] = list(field.metadata["choices"] or ("true", "false"))
            listed["categoricalHyperParameterRanges"].append(row)
        else:
            row["minValue"], row["maxValue"] = field.metadata["low"], field.metadata["high"]
            kind = "integer" if isinstance(field.default, int) else "continuous"
            listed[f"{kind}HyperParameterRanges"].append(row)
    return listed


def _spell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(field: dataclasses.Field[Any], name: str, text: str, noun: str) -> bool | int | float | str:
    """One parameter from its text, of the kind of its default."""
    words = field.metadata["choices"] or (("true", "false") if isinstance(field.default, bool) else ())
    if words:
        word = text.lower() if isinstance(field.default, bool) else field.metadata["spellings"].get(text, text)
        if word not in words:
            raise ValueError(f"Value {text} for {noun} {name} is outside the allowed values [{', '.join(words)}].")
        return word == "true" if isinstance(field.default, bool) else word
    try:
        value = number(text, int if isinstance(field.default, int) else float)
    except ValueError:
        article = "an integer" if isinstance(field.default, int) else "a number"
        raise ValueError(f"Value {text} for {noun} {name} is not {article}.") from None
    low, high = field.metadata["low"], field.metadata["high"]
    if math.isnan(value) or not low <= value <= high:
        raise ValueError(f"Value {text} for {noun} {name} is outside the allowed range [{low}, {high}].")
    return value


def number(text: str, kind: type[int] | type[float]) -> int | float:
    """A number as the API writes it: Python also reads '1_000', ' 1' and digits of other scripts, AWS does not."""
    if "_" in text or text != text.strip() or not text.isascii():
        raise ValueError(f"{text} is not a number.")
    return kind(text)
