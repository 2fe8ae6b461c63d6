"""Hold a value against its shape: type, required, size, pattern, enum, unknown members. One walk, all faults.

botocore's own validator checks required members, types and minimums only, so a server has to look at the rest itself.
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import Any

import regex  # the models use Java classes such as \p{L}, which `re` does not know
from botocore.model import Shape

NUMBER = (int, float)
TYPES: dict[str, Any] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": NUMBER,
    "double": NUMBER,
    "timestamp": (int, float, str),
}
EXTENDED_PATTERNS = {
    # A customer's own machine may read its own files, and other clouds'.
    "S3Location": r"(s3|http|https|file|gs|az)://.+",
    # Whether hours and minutes are taken is a setting, which the operations ask.
    "SchedulingExpression": r"rate\(\d+ (day|hour|minute)s?\)",
}
"""By shape: where we take more than AWS does."""
SHOWN = 128
"""A refused value is quoted up to this many characters."""
pattern = cache(regex.compile)


def message(faults: list[str]) -> str:
    """All faults in AWS's one sentence."""
    count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: "
    return count + "; ".join(faults)


def faults(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """Every way in which `value` breaks `shape`, as AWS words it."""
    kind = shape.type_name
    fits = isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        yield f"Value{shown(value)} at '{path}' failed to satisfy constraint: Member must be of type {kind}"
        return
    for fault in constraints(value, shape):
        secret = shape.metadata.get("sensitive")
        yield f"Value{'' if secret else shown(value)} at '{path}' failed to satisfy constraint: Member must {fault}"
    if kind == "structure":
        known = shape.members
        for name in value.keys() - known.keys():
            yield (
                f"Value{shown(name)} at '{path or 'request'}' failed to satisfy constraint: Member must be one of ["
                + (f"{', '.join(sorted(known))}]")
            )
    for step, item, inner in children(value, shape):
        at = f"{path}.{step}" if path else step
        if item is None:
            yield f"Value null at '{at}' failed to satisfy constraint: Member must not be null"
        else:
            yield from faults(item, inner, at)


def constraints(value: Any, shape: Shape) -> Iterator[str]:
    """What the shape's own metadata asks of a value that already has the right type."""
    meta, number = shape.metadata, TYPES[shape.type_name] in (int, NUMBER)
    word, size = ("value", value) if number else ("length", len(value) if hasattr(value, "__len__") else 0)
    if "min" in meta and size < meta["min"]:
        yield f"have {word} greater than or equal to {meta['min']}"
    if "max" in meta and size > meta["max"]:
        yield f"have {word} less than or equal to {meta['max']}"
    if "pattern" in meta:
        text = EXTENDED_PATTERNS.get(shape.name, meta["pattern"])
        if not matches(text, value):
            yield f"satisfy regular expression pattern: {text}"
    if "enum" in meta and value not in meta["enum"]:
        yield f"satisfy enum value set: [{', '.join(meta['enum'])}]"


def matches(text: str, value: str) -> bool:
    # Java's `matches` wants the whole value, and `$` in Python also allows a newline behind it.
    return pattern(text).fullmatch(value) is not None and not value.endswith("\n")


def children(value: Any, shape: Shape) -> Iterator[tuple[str, Any, Any]]:
    """The parts of a value that have a shape of their own. None stands for a required part that is absent."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if value.get(name) is not None or name in shape.required_members:
                yield name, value.get(name), member
    elif shape.type_name == "list":
        for i, item in enumerate(value, 1):
            yield f"{i}.member", item, shape.member
    elif shape.type_name == "map":
        for key, item in value.items():
            yield f"{key[:SHOWN]}.key", key, shape.key
            yield f"{key[:SHOWN]}.value", item, shape.value


def shown(value: Any) -> str:
    text = str(value)
    return f" '{text if len(text) <= SHOWN else text[:SHOWN] + '…'}'"
