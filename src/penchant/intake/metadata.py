"""PutItems, PutUsers and PutActions: records that describe an item, a user or an action, whole and anew each time."""

from typing import Any

from .columns import Column, Columns
from .notes import Note, Refused, example, quoted, refusal, shown
from .properties import properties
from .taken import Taken
from .values import TEXT_LENGTH, Misfit, Value, too_long

MEMBERS = {"ITEM_ID": ("items", "itemId"), "USER_ID": ("users", "userId"), "ACTION_ID": ("actions", "actionId")}
"""Names of the list and of the id in the request, by the column that the id goes into."""


def taken(columns: Columns, request: dict, *, lenient: bool) -> list[Taken]:
    """One for each entry, in their order. The record has the id too.

    Raises `Refused`, an InvalidInputException, for the first entry that is bad; then none may be stored. With `lenient`
    a value that is missing, too long or of another type is null instead, as in an import.
    """
    assert columns.key
    name, member = MEMBERS[columns.key]
    found = []
    for place, entry in enumerate(request[name], 1):
        record = _Record(columns, entry, entry[member], f"{name}.{place}.member", lenient)
        found.append(Taken(entry[member], None, False, [record.values], record.notes()))
    return found


class _Record:
    def __init__(self, columns: Columns, entry: dict, subject: str, at: str, lenient: bool):
        self._entry, self._at, self._lenient = entry, at, lenient
        self._reasons: list[str] = []
        assert columns.key
        self.values: dict[str, Value] = {columns.key: subject}
        said: dict[str, str] = {}
        for key, value in properties(entry).items():
            column = columns.column(key)
            if column is None:
                reason = f"No column takes the property {quoted(key)}."
                raise self._refusal(reason, f"The schema has {', '.join(columns.properties)}.")
            if column.name == columns.key:
                self._compare(column, key, value)
                continue
            if column.name in said:
                raise self._refusal(f"{quoted(said[column.name])} and {quoted(key)} are the same column.")
            said[column.name] = key
            if value is not None:
                self._put(column, key, value)
        for required in columns.required:
            if required not in self.values:
                self._put_null(f"Column {required} does not allow null values, and has none here.")

    def notes(self) -> list[Note]:
        if not self._reasons:
            return []
        text = example(self._entry)
        return [Note("taken", reason, text) for reason in self._reasons]

    def _put(self, column: Column, key: str, value: Any) -> None:
        found = column.read(value)
        if isinstance(found, str) and len(found) > TEXT_LENGTH:  # only a textual column has read so much
            found = found[:TEXT_LENGTH]
            self._reasons.append(f"{column.name} has more than {TEXT_LENGTH:,} characters. The others were cut off.")
        if found is Misfit.TYPE:
            fault = f"The property {quoted(key)} cannot be read as {column.type}, for the column {column.name}."
            self._put_null(fault, shown(value))
        elif found is Misfit.LENGTH:
            self._put_null(too_long(column.name, column.limit))
        elif found is not None:
            self.values[column.name] = found

    def _compare(self, column: Column, key: str, value: Any) -> None:
        if value is not None and column.read(value) != self.values[column.name]:
            reason = f"The property {quoted(key)} says another id than the record. It need not be there."
            raise self._refusal(reason, shown(value))

    def _put_null(self, fault: str, more: str = "") -> None:
        if not self._lenient:
            raise self._refusal(fault, more)
        self._reasons.append(f"{fault} It is null.")

    def _refusal(self, reason: str, more: str = "") -> Refused:
        return refusal(self._at, reason, self._entry, more)
