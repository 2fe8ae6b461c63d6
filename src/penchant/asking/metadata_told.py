"""Metadata of items in answers: the newest that is known, as texts."""

from typing import Any

from .preparing import Preparing


def told_metadata(items: list[dict[str, Any]], preparing: Preparing) -> None:
    """Gives each item the `metadata` that the request asked for. Recorded: names in lower case with underscores, values
    as texts. A null is left out."""
    if not preparing.columns:
        return
    names = {column: key_of(column, preparing.house.camel_case_metadata) for column in preparing.columns}
    records = preparing.items.metadata([item["itemId"] for item in items], preparing.columns)
    for item, record in zip(items, records, strict=True):
        item["metadata"] = {names[column]: text_of(value) for column, value in record.items()}


def key_of(column: str, camel_case: bool) -> str:
    if not camel_case:
        return column.lower()
    first, *others = column.lower().split("_")
    return first + "".join(word.capitalize() for word in others)


def text_of(value: Any) -> str:
    """130.0 for a float, as recorded; true and false for a boolean."""
    return str(value).lower() if isinstance(value, bool) else str(value)
