"""A quick yes to the requests that fit their shape, which is nearly all of them: msgspec checks one in microseconds.

It never says yes to what `validate.faults` finds a fault in; where it is not sure, the slow walk decides and words it.
"""

import re
import sys
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from botocore.model import Shape, StructureShape

from .validate import EXTENDED_PATTERNS

Check = Callable[[Any], bool]


class NoQuickWay(Exception):
    """A shape asks for what msgspec cannot check as we do."""


@cache
def checker(shape: StructureShape | None) -> Check:
    """Whether a value certainly fits: right types, sizes, patterns and names, everything required, and no null."""
    if shape is None:
        return lambda value: False
    try:
        wanted = type_of(shape)
    except NoQuickWay:
        return lambda value: False

    def check(value: Any) -> bool:
        try:
            msgspec.convert(value, wanted)
        except (msgspec.ValidationError, RecursionError, UnicodeEncodeError, OverflowError):
            return False
        return True

    return check


def type_of(shape: Shape) -> Any:
    """What msgspec converts to where the shape fits. Raises NoQuickWay."""
    kind, meta = shape.type_name, shape.metadata
    if "enum" in meta:
        return Literal[tuple(meta["enum"])]
    if isinstance(shape, StructureShape):
        return struct_of(shape)
    if kind == "list":
        return annotated(list[type_of(shape.member)], meta, "length")  # type: ignore[misc]
    if kind == "map":
        return annotated(dict[type_of(shape.key), type_of(shape.value)], meta, "length")  # type: ignore[misc]
    if kind == "string":
        return annotated(str, meta, "length", pattern_of(shape))
    if kind == "boolean":
        return bool
    if kind in ("integer", "long"):
        return annotated(int, meta, "value")
    if kind in ("float", "double"):
        return annotated(float, {"min": -sys.float_info.max, "max": sys.float_info.max, **meta}, "value")
    if kind == "timestamp":
        return int | FINITE | str
    raise NoQuickWay(kind)


FINITE = Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]


def struct_of(shape: StructureShape) -> type:
    fields = [
        (name, type_of(member)) if name in shape.required_members else (name, type_of(member), msgspec.UNSET)
        for name, member in shape.members.items()
    ]
    return msgspec.defstruct(shape.name, fields, kw_only=True, forbid_unknown_fields=True)


def annotated(type_: Any, meta: dict[str, Any], what: str, pattern: str | None = None) -> Any:
    low, high = ("min_length", "max_length") if what == "length" else ("ge", "le")
    bounds = {name: meta[given] for given, name in (("min", low), ("max", high)) if given in meta}
    if pattern is not None:
        bounds["pattern"] = pattern
    return Annotated[type_, msgspec.Meta(**bounds)] if bounds else type_


def pattern_of(shape: Shape) -> str | None:
    """msgspec searches with `re`, where AWS's patterns are to match the whole value, and may be Java's."""
    text = EXTENDED_PATTERNS.get(shape.name, shape.metadata.get("pattern"))
    if text is None:
        return None
    try:
        re.compile(text)
    except re.error:
        raise NoQuickWay(text) from None
    return rf"\A(?:{text})(?<!\n)\Z"
