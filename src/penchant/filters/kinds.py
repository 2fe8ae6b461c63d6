"""What a column holds, as far as filters compare it, and how a text says a value of that kind."""

from enum import StrEnum

from ..lake.schema import Field
from .number import read_number

NUMBERS = ("int", "long", "float", "double")
BOOLEANS = {"true": True, "false": False}


class Kind(StrEnum):
    """Values of one kind are never compared with those of another."""

    TEXT = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"

    @classmethod
    def of(cls, column: Field) -> "Kind":
        if column.type in NUMBERS:
            return cls.NUMBER
        return cls.BOOLEAN if column.type == "boolean" else cls.TEXT

    def read(self, text: str) -> str | int | float | bool | None:
        """None where the text says no value of this kind. The case of true and false does not count."""
        if self is Kind.TEXT:
            return text
        return read_number(text) if self is Kind.NUMBER else BOOLEANS.get(text.strip().lower())
