"""A dataset's schema: the Avro text a customer sends, checked against every rule of the service and made readable."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import fastavro
import polars as pl

from penchant.lake import fields as table
from penchant.lake.parts import HIDDEN

_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    # An Avro float has 32 bits. We keep 64, so that a customer's price of 19.99 stays 19.99 in filters and exports.
    "float": pl.Float64(),
    "double": pl.Float64(),
    "int": pl.Int32(),
    "long": pl.Int64(),
    "boolean": pl.Boolean(),
}
_NAME = re.compile(r"[A-Za-z0-9_]+")


class SchemaError(ValueError):
    """The schema breaks a rule. The message names every fault found, one sentence each."""


@dataclass(frozen=True)
class Field:
    """One column: its Avro type without the null, and the attributes Personalize adds to Avro."""

    name: str
    type: str
    nullable: bool = False
    categorical: bool = False
    textual: bool = False
    item_name: bool = False

    @property
    def is_id(self) -> bool:
        return self.name in table.IDS


@dataclass(frozen=True)
class Schema:
    """A checked schema. Get one from `Schema.parse`."""

    dataset_type: str
    """INTERACTIONS, ITEMS, USERS, ACTIONS or ACTION_INTERACTIONS."""
    domain: str | None
    """ECOMMERCE, VIDEO_ON_DEMAND or None for custom."""
    fields: tuple[Field, ...]

    @staticmethod
    def parse(text: str, domain: str | None = None) -> "Schema":
        """Read Avro JSON. Raises `SchemaError` with all faults in one message."""
        if domain not in table.DOMAINS:
            raise SchemaError(f"The domain {domain} does not exist; ECOMMERCE and VIDEO_ON_DEMAND do.")
        document = _load(text)
        dataset_type = table.DATASET_TYPES.get(str(document.get("name")).lower().replace("_", ""))
        faults = list(_document_faults(document, dataset_type, domain))
        found, field_faults = _fields(document.get("fields"), dataset_type)
        faults += field_faults
        if dataset_type and (dataset_type, domain) in table.RULES and not field_faults:
            faults += _rule_faults(dataset_type, domain, found)
        if not faults:
            faults += _avro_faults(document)
        if faults:
            raise SchemaError("The schema is not valid. " + " ".join(faults))
        assert dataset_type
        return Schema(dataset_type, domain, tuple(found))

    @property
    def column_names(self) -> list[str]:
        return [field.name for field in self.fields]

    @property
    def key(self) -> str | None:
        """The column that names a record; None for events, which are named by all their columns together."""
        return table.KEYS.get(self.dataset_type)

    @property
    def polars(self) -> pl.Schema:
        return pl.Schema({field.name: _TYPES[field.type] for field in self.fields})

    def field(self, name: str) -> Field:
        """Raises KeyError when there is no such column; names are matched without regard to case."""
        for field in self.fields:
            if field.name.lower() == name.lower():
                return field
        raise KeyError(name)


def _load(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SchemaError(f"The schema is not valid JSON: {error}.") from None
    if not isinstance(document, dict):
        raise SchemaError('The schema must be a JSON object: {"type": "record", "name": ..., "fields": [...]}.')
    return document


def _document_faults(document: dict[str, Any], dataset_type: str | None, domain: str | None) -> Iterator[str]:
    if document.get("type") != "record":
        yield f'"type" must be "record", not {json.dumps(document.get("type"))}.'
    if document.get("namespace") != table.NAMESPACE:
        yield f'"namespace" must be "{table.NAMESPACE}", not {json.dumps(document.get("namespace"))}.'
    if dataset_type is None:
        yield (
            '"name" tells the dataset type and must be Interactions, Items, Users, Actions or ActionInteractions, '
            f"not {json.dumps(document.get('name'))}."
        )
    elif (dataset_type, domain) not in table.RULES:
        yield f"{dataset_type} datasets exist in custom dataset groups only, not in the domain {domain}."


def _fields(listed: Any, dataset_type: str | None) -> tuple[list[Field], list[str]]:
    if not isinstance(listed, list) or not listed:
        return [], ['"fields" must be a list with at least one field.']
    found: list[Field] = []
    faults: list[str] = []
    seen: dict[str, str] = {}
    for place, entry in enumerate(listed, 1):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            faults.append(f'Field number {place} must be an object with a "name" and a "type".')
            continue
        name = entry["name"]
        plain = name.replace("_", "").lower()
        if not _NAME.fullmatch(name):
            faults.append(f'The field name "{name}" may hold letters, digits and underscores only.')
        elif name.lower() in HIDDEN:
            faults.append(f"{name} is the name of a hidden column of Penchant's own; give the field another.")
        elif plain in seen:
            faults.append(f"{name} clashes with {seen[plain]}: names must differ in more than case and underscores.")
        seen.setdefault(plain, name)
        type_, nullable, fault = _type(name, entry.get("type"))
        flags, flag_faults = _flags(name, type_, entry, dataset_type)
        faults += [fault for fault in (fault,) if fault] + flag_faults
        found.append(Field(name, type_, nullable, *flags))
    return found, faults


def _type(name: str, declared: Any) -> tuple[str, bool, str | None]:
    branches = declared if isinstance(declared, list) else [declared]
    types = [branch for branch in branches if branch != "null"]
    if len(types) == 1 and len(branches) <= 2 and isinstance(types[0], str) and types[0] in _TYPES:
        return types[0], len(branches) == 2, None
    return (
        "string",
        True,
        (
            f"The type of {name} must be one of {', '.join(_TYPES)}, or a list of one of them and null, "
            f"not {json.dumps(declared)}."
        ),
    )


def _flags(name: str, type_: str, entry: dict[str, Any], dataset_type: str | None) -> tuple[list[bool], list[str]]:
    flags, faults = [], []
    for flag in ("categorical", "textual", "itemName"):
        value = entry.get(flag, False)
        if not isinstance(value, bool):
            faults.append(f'"{flag}" of {name} must be true or false, not {json.dumps(value)}.')
        elif value and type_ != "string":
            faults.append(f'{name} is {type_}: only a string may be "{flag}".')
        elif value and flag != "categorical" and dataset_type not in (None, "ITEMS"):
            faults.append(f'{name} may not be "{flag}": only a field of an Items schema may.')
        flags.append(value is True)
    if flags[0] and flags[1]:
        faults.append(f"{name} may not be both categorical and textual.")
    return flags, faults


def _rule_faults(dataset_type: str, domain: str | None, found: list[Field]) -> Iterator[str]:
    rules = table.RULES[dataset_type, domain]
    by_name = {field.name: field for field in found}
    whose = f"{dataset_type} schema of a {table.DOMAINS[domain]} dataset group"
    taken = set()
    for name, rule in rules.items():
        field = by_name.get(name) or by_name.get(rule.otherwise or "")
        if field:
            taken.add(field.name)
            yield from _field_faults(field, rule)
        elif rule.required:
            kind = "categorical " * rule.categorical + rule.types[0]
            yield f"The required field {name} ({kind}) is missing from this {whose}."
    metadata = [field for field in found if field.name not in taken]
    for field in metadata:
        if field.name.upper() in rules:
            yield f"{field.name} is a reserved name and must be written {field.name.upper()}."
    if dataset_type in table.KEYS:
        countable = [f for f in found if f.name != table.KEYS[dataset_type] and _is_metadata(f)]
        if not countable:
            yield f"An {whose} needs at least one metadata field beside {table.KEYS[dataset_type]}."
    if len(metadata) > table.METADATA_LIMITS[dataset_type]:
        yield (
            f"{len(metadata)} metadata columns are too many: "
            f"a {dataset_type} schema may have {table.METADATA_LIMITS[dataset_type]}."
        )
    for flag, chosen in (("textual", "textual"), ("itemName", "item_name")):
        names = [field.name for field in found if getattr(field, chosen)]
        if len(names) > 1:
            yield f'Only one field may be "{flag}", not {len(names)}: {", ".join(names)}.'


def _is_metadata(field: Field) -> bool:
    return table.ANY_FIELD_IS_METADATA or field.type != "string" or field.categorical or field.textual


def _field_faults(field: Field, rule: table.Rule) -> Iterator[str]:
    if field.type not in rule.types:
        yield f"{field.name} must be of type {' or '.join(rule.types)}, not {field.type}."
    if field.nullable and not (table.REQUIRED_MAY_BE_NULL if rule.required else table.RESERVED_MAY_BE_NULL):
        yield f"{field.name} may not allow null."
    for flag in ("categorical", "textual"):
        wanted, given = getattr(rule, flag), getattr(field, flag)
        if wanted and not given:
            yield f'{field.name} must be "{flag}": true.'
        if given and not wanted:
            yield f'{field.name} is reserved and may not be "{flag}".'


def _avro_faults(document: dict[str, Any]) -> Iterator[str]:
    # Defaults are dropped first: the service ignores them, fastavro would refuse some.
    fields = [{key: value for key, value in field.items() if key != "default"} for field in document["fields"]]
    try:
        fastavro.parse_schema({**document, "fields": fields})
    except Exception as error:
        yield f"It is not an Avro schema: {error}."
