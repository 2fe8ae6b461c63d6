"""What is wrong with the files of an import: each fault with its file, line and column, told in sentences of the
service where AWS's are known and in ours where they are not."""

from dataclasses import dataclass, field

SHOWN = 10
"""Faults told one by one; the others are counted."""
_FORMATTING = "https://docs.aws.amazon.com/personalize/latest/dg/data-prep-formatting.html"


class ImportFault(ValueError):
    """The files cannot be imported. The message is for the customer; the dataset is as it was."""


@dataclass(frozen=True, order=True)
class Fault:
    line: int
    """Physical line of the file; the header is line 1."""
    column: str
    """Empty when the line as a whole is wrong."""
    reason: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.file} line {self.line}{f', column {self.column}' if self.column else ''}: {self.reason}"


@dataclass
class Faults:
    """The first faults met, and how many there were."""

    first: list[Fault] = field(default_factory=list)
    total: int = 0

    def add(self, file: str, faults: list[Fault], total: int) -> None:
        """`faults` are some of `total` in the next stretch of `file`, the earliest of each kind among them."""
        room = SHOWN - len(self.first)
        self.first += [Fault(f.line, f.column, f.reason, file) for f in sorted(faults)[:room]]
        self.total += total

    def raise_if_any(self) -> None:
        if self.total:
            more = self.total - len(self.first)
            told = " ".join(map(str, self.first)) + (f" And {more:,} more." if more else "")
            counted = "1 fault was" if self.total == 1 else f"{self.total:,} faults were"
            raise ImportFault(f"{counted} found in the input CSV and nothing was imported. {told}")


def missing_columns(columns: list[str]) -> str:
    return f"Input CSV is missing the following columns:[{', '.join(columns)}]."


def null_value(column: str) -> str:
    return f"Column {column} does not allow null values but a null value was found."


def unreadable(value: str, column: str, type_: str) -> str:
    shown = value if len(value) <= 60 else value[:57] + "..."
    return f"Value {shown!r} for column {column} cannot be parsed as {type_}."


def too_long(column: str, limit: int) -> str:
    return (
        f"Length cannot be more than {limit} characters for {column}. If no values exceed the character limit, "
        f"make sure your data follows the formatting guidelines listed in {_FORMATTING}."
    )


def too_few(found: int, minimum: int) -> str:
    return f"Dataset import job requires at least {minimum} interaction records, found {found}."
