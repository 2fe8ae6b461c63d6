"""Hypothesis strategies for requests: from the model's own shapes, and broken in every way a client could break them."""

from typing import Any

from botocore.model import Shape
from hypothesis import strategies as st

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
ARNS = st.sampled_from(
    [
        f"arn:aws:personalize:{region}:{account}:{path}"
        for region in ("eu-west-1", "us-east-1", "")
        for account in ("000000000000", "1")
        for path in ("dataset-group/g", "dataset/g/INTERACTIONS", "solution/s", "solution/s/$LATEST", "campaign/c", "x")
    ]
    + ["arn:aws:personalize:::recipe/aws-popularity-count", "arn:aws:personalize:::recipe/aws-user-personalization-v2"]
)
STRINGS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "a" * 300, "é" * 5000, "../../etc/passwd", "\x00", "{}", '{"type":"record"}', "[" * 3000, "1e999"]
    ),
    ARNS,
)


def valid(shape: Shape) -> st.SearchStrategy[Any]:
    """Values that mostly fit a shape."""
    kind, meta = shape.type_name, shape.metadata
    if kind == "structure":
        required = {name: valid(shape.members[name]) for name in shape.required_members}
        optional = {name: valid(shape.members[name]) for name in shape.members if name not in required}
        return st.fixed_dictionaries(required, optional=optional)
    if kind == "list":
        return st.lists(valid(shape.member), min_size=meta.get("min", 0), max_size=3)
    if kind == "map":
        return st.dictionaries(valid(shape.key), valid(shape.value), max_size=3)
    if "enum" in meta:
        return st.sampled_from(meta["enum"])
    if kind == "string":
        named = "Arn" in shape.name
        return ARNS if named else st.text("abcXYZ019", min_size=1, max_size=min(12, meta.get("max", 12)))
    if kind in ("integer", "long"):
        return st.integers(meta.get("min", 0), min(meta.get("max", 50), 50))
    if kind in ("float", "double", "timestamp"):
        return st.floats(meta.get("min", 0), meta.get("max", 1), allow_nan=False)
    return st.booleans()


def broken(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape with wrong types, over-long strings and unknown members somewhere inside."""
    kind = shape.type_name
    if kind == "structure":
        members = {name: broken(member) for name, member in shape.members.items()}
        extra = st.dictionaries(st.text(max_size=8), JUNK, max_size=2)
        return (
            st.builds(lambda known, more: {**more, **known}, st.fixed_dictionaries({}, optional=members), extra) | JUNK
        )
    if kind == "list":
        return st.lists(broken(shape.member) | JUNK, max_size=4) | JUNK
    if kind == "map":
        return st.dictionaries(STRINGS, broken(shape.value), max_size=3) | JUNK
    return valid(shape) | (STRINGS if kind == "string" else JUNK) | JUNK


def requests(shape: Shape) -> st.SearchStrategy[Any]:
    """One request, whole or broken."""
    return valid(shape) | broken(shape).map(lambda value: value if isinstance(value, dict) else {"junk": value})
