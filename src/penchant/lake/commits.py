"""What a commit to a table is made of, and how often it is tried.

Every commit is tried on one version exactly, so that what was seen there still holds. It carries a name, by which it
can be told from others when the answer was lost, and numbers of its own (see `Table.position` and `Table.job_result`).
"""

import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from deltalake import CommitProperties, DeltaTable, Field, Transaction
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from penchant.lake.delta_log import HOOKS, PROPERTIES
from penchant.lake.fields import OBJECTS
from penchant.lake.parts import ANONYMOUS, EVENT_ID, EXTRA, PROVENANCE, SEQUENCE, SESSION, Part
from penchant.lake.schema import Schema

ATTEMPTS = 20
NAME, RESULT = "penchantJob", "penchantResult"
"""Under which a commit tells its name and what its job has to say."""
FOLD, MERGE = "journal", "merge"
"""Begin the names of commits that only move rows; a job's commit is named by the job's number."""
_PAUSE = 0.005
"""Seconds: another attempt waits up to so long for each that there was."""
_DELTA_TYPES = {
    "string": "string",
    "float": "double",
    "double": "double",
    "int": "integer",
    "long": "long",
    "boolean": "boolean",
}


@dataclass(frozen=True)
class StoredFile:
    """One Parquet file of a version. Its rows ascend in `_sequence`."""

    path: str
    """In the table's folder."""
    provenance: str
    size: int
    """Bytes."""
    rows: int
    first: int | None
    """The lowest `_sequence`, where the commit told it."""


@dataclass(frozen=True)
class Commit:
    """`numbers` are Delta's transactions: a version for an application."""

    name: str
    numbers: Mapping[str, int]
    result: Mapping[str, Any]

    def properties(self) -> CommitProperties:
        return CommitProperties(
            custom_metadata={NAME: self.name, RESULT: json.dumps(self.result)},
            max_commit_retries=0,
            app_transactions=[Transaction(application, number) for application, number in self.numbers.items()],
        )


def moves_rows_only(name: str) -> bool:
    """Whether the records after a commit are those before it and those that the journal had for it."""
    return name.partition("-")[0] in (FOLD, MERGE)


def attempts() -> Iterator[int]:
    """Numbers of attempts, with a pause between them so that those who are at odds fall out of step."""
    for number in range(ATTEMPTS):
        time.sleep(random.uniform(0, _PAUSE * number))
        yield number


def create(url: str, options: dict[str, str] | None, schema: Schema, parts: Sequence[Part], commit: Commit) -> None:
    """Make a table with its version 0. Raises `CommitFailedError` when somebody else made it meanwhile."""
    try:
        create_table_with_add_actions(
            url,
            delta_schema(schema),
            [_add(part) for part in parts],
            partition_by=[PROVENANCE],
            name=schema.dataset_type,
            configuration=PROPERTIES,
            storage_options=options,
            commit_properties=commit.properties(),
            post_commithook_properties=HOOKS,
        )
    except DeltaError as error:
        if DeltaTable.is_deltatable(url, options):
            raise CommitFailedError(str(error)) from error
        raise


def write(
    delta: DeltaTable,
    commit: Commit,
    parts: Sequence[Part],
    removed: Sequence[StoredFile] = (),
    replace: Sequence[str] = (),
    same_rows: bool = False,
) -> None:
    """Make the version after that of `delta`, without the files `removed` and those of the provenances to `replace`.

    With `same_rows` the files hold what the removed ones held. Raises `CommitFailedError` when there is such a version
    already.
    """
    moment = int(time.time() * 1000)
    removes = [RemoveAction(f.path, not same_rows, moment, f.size, {PROVENANCE: f.provenance}) for f in removed]
    delta.create_write_transaction(
        [*removes, *cast(Any, [_add(part, same_rows) for part in parts])],
        mode="overwrite" if replace else "append",
        schema=delta.schema(),
        partition_by=[PROVENANCE],
        partition_filters=[(PROVENANCE, "in", list(replace))] if replace else None,
        commit_properties=commit.properties(),
        post_commithook_properties=HOOKS,
    )


def delta_schema(schema: Schema) -> DeltaSchema:
    """The columns of the schema and the hidden ones."""
    columns = [(field.name, _DELTA_TYPES[field.type]) for field in schema.fields]
    columns += [(SEQUENCE, "long"), (PROVENANCE, "string")]
    if schema.dataset_type in OBJECTS:
        columns += [(SESSION, "string"), (ANONYMOUS, "boolean"), (EVENT_ID, "string"), (EXTRA, "string")]
    return DeltaSchema([Field(name, PrimitiveType(type_)) for name, type_ in columns])


def _add(part: Part, same_rows: bool = False) -> AddAction:
    stats: dict[str, Any] = {"numRecords": part.rows}
    if part.rows:
        first, last = part.span
        stats |= {"minValues": {SEQUENCE: first}, "maxValues": {SEQUENCE: last}, "nullCount": {SEQUENCE: 0}}
    return AddAction(
        path=part.path,
        size=part.size,
        partition_values={PROVENANCE: part.provenance},
        modification_time=int(time.time() * 1000),
        data_change=not same_rows,
        stats=json.dumps(stats),
    )
