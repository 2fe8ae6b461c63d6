"""A dataset as a Delta table in a folder or under an object-store URL: its versions, its rows, its commits.

Beside the columns of the schema a row has two hidden ones, `_provenance` and `_sequence` (see `parts.py`). A record of
an Items, Users or Actions dataset may be stored more than once; `read` gives the newest, `rows` gives all.
"""

import hashlib
import io
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import obstore
import polars as pl
from deltalake import CommitProperties, DeltaTable, Field, Transaction
from deltalake import Schema as DeltaSchema
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions
from obstore.store import LocalStore, ObjectStore

from penchant.lake.fields import KEYS
from penchant.lake.parts import PROVENANCE, SEQUENCE, Part, PartWriter
from penchant.lake.schema import Schema
from penchant.store.objects import open_store

FULL, INCREMENTAL, PUT = "FULL", "INCREMENTAL", "PUT"
BULK = (FULL, INCREMENTAL)
_ATTEMPTS = 5
_DELTA_TYPES = {
    "string": "string",
    "float": "double",
    "double": "double",
    "int": "integer",
    "long": "long",
    "boolean": "boolean",
}


class ColumnsMissing(ValueError):
    """The table was made for a schema with fewer columns."""


class TableBusy(RuntimeError):
    """Others kept committing to the table. Nothing was changed; the job may run again."""


@dataclass(frozen=True)
class StoredFile:
    """One Parquet file of a version."""

    path: str
    """In the table's folder."""
    provenance: str
    size: int


class Table:
    """`url` is a folder or an object-store URL; `storage_options` are those of deltalake and obstore."""

    def __init__(self, url: str | Path, storage_options: Mapping[str, str] | None = None) -> None:
        self.url = str(url)
        self._options = dict(storage_options or {})

    def exists(self) -> bool:
        return DeltaTable.is_deltatable(self.url, self._options or None)

    def version(self) -> int:
        """The newest version. Raises `TableNotFoundError` when nothing was ever committed."""
        return self._delta().version()

    def read(self, version: int | None = None) -> pl.LazyFrame:
        """The records of a version, in the columns of the schema and no particular order; the newest per key."""
        delta = self._delta(version)
        key = KEYS.get(delta.metadata().name or "")
        rows = pl.scan_delta(delta)
        # Within one job keys are unique already.
        if key and len({stem_of(path) for path in delta.file_uris()}) > 1:
            rows = rows.sort(SEQUENCE).unique(key, keep="last", maintain_order=True)
        return rows.drop(PROVENANCE, SEQUENCE)

    def rows(self, version: int | None = None) -> pl.LazyFrame:
        """Every stored row with its hidden columns."""
        return pl.scan_delta(self._delta(version))

    def files(self, version: int | None = None) -> list[StoredFile]:
        """The files whose rows make up a version, in no particular order."""
        found = pl.DataFrame(self._delta(version).get_add_actions(flatten=True))
        if not len(found):
            return []
        return [StoredFile(*row) for row in found.select("path", f"partition.{PROVENANCE}", "size_bytes").iter_rows()]

    def read_file(self, path: str, columns: list[str] | None = None, rows: int | None = None) -> pl.DataFrame:
        """The rows of one file in the order written, without the provenance that its folder tells."""
        source: Any = Path(self.url) / path
        if "://" in self.url:
            source = io.BytesIO(bytes(obstore.get(self.store(), path).bytes()))
        return pl.read_parquet(source, columns=columns, n_rows=rows, hive_partitioning=False)

    def count(self, version: int | None = None) -> int:
        """Records of a version; 0 when there is no table."""
        if not self.exists():
            return 0
        return int(self.read(version).select(pl.len()).collect().item())

    def delete(self) -> None:
        """Remove the table with all its versions. One that does not exist stays so."""
        if "://" not in self.url and not Path(self.url).exists():
            return
        store = self.store()
        # The log goes first: a table half deleted is then no table rather than one with holes.
        for prefix in ("_delta_log/", None):
            paths = [meta["path"] for batch in obstore.list(store, prefix) for meta in batch]
            if paths:
                obstore.delete(store, paths)

    def add_columns(self, schema: Schema) -> int:
        """Give the table the columns it lacks (null in the rows it has); gives the version. Raises `TableBusy`."""
        for _ in range(_ATTEMPTS):
            delta = self._delta()
            present = {field.name for field in delta.schema().fields}
            added = [field for field in delta_schema(schema).fields if field.name not in present]
            if not added:
                return delta.version()
            try:
                delta.alter.add_columns(added)
            except CommitFailedError as error:
                lost = error
            else:
                return self._delta().version()
        raise TableBusy(f"The table {self.url} was changed by others {_ATTEMPTS} times in a row: {lost}") from lost

    def vacuum(self, keep_versions: list[int], *, full: bool = True) -> int:
        """Delete the files that neither the newest version nor those to keep use; gives their number.

        Not while a job is writing to the table: its files are not in a version yet. Without `full` those stay, because
        only what was once in a version is looked at.
        """
        keep = sorted({*keep_versions, self.version()})
        # Delta's own deletion would add two versions to the table, even one that finds nothing.
        useless = self._delta().vacuum(
            retention_hours=0, dry_run=True, enforce_retention_duration=False, full=full, keep_versions=keep
        )
        store = self.store()
        present = {meta["path"] for batch in obstore.list(store) for meta in batch}
        paths = sorted(present.intersection(useless))
        if paths:
            obstore.delete(store, paths)
        return len(paths)

    def job_result(self, job_id: str) -> dict[str, Any] | None:
        """What `commit` was told by a job that has committed, with its "version"; None when it has not."""
        if not self.exists():
            return None
        delta = self._delta()
        if delta.transaction_version(job_id) is None:
            return None
        for entry in delta.history():
            if entry.get("penchantJob") == job_id:
                return {**json.loads(entry["penchantResult"]), "version": int(entry["version"])}
        return {"version": delta.version()}

    def writer(self, job_id: str, provenance: str) -> PartWriter:
        """Writes rows into the table's folder, unseen until `commit`."""
        return PartWriter(self.store(), f"{stem(job_id)}-{uuid.uuid4().hex[:8]}", provenance)

    def commit(self, parts: list[Part], schema: Schema, job_id: str, replace: bool, result: dict[str, Any]) -> int:
        """Add the files, and with `replace` remove all earlier bulk rows, in one step; gives the new version.

        A job commits once: when this `job_id` has committed before, nothing happens, the files are not used, and the
        version is that of then.
        Raises `TableBusy` when others are always faster.
        """
        adds = [_added(part) for part in parts]
        properties = _properties(job_id, result)
        for _ in range(_ATTEMPTS):
            try:
                return self._try_commit(adds, schema, job_id, replace, properties)
            except CommitFailedError as error:
                lost = error
        raise TableBusy(f"The table {self.url} was changed by others {_ATTEMPTS} times in a row: {lost}") from lost

    def _try_commit(
        self, adds: list[AddAction], schema: Schema, job_id: str, replace: bool, properties: CommitProperties
    ) -> int:
        try:
            delta = self._delta()
        except TableNotFoundError:
            create_table_with_add_actions(
                self.url,
                delta_schema(schema),
                adds,
                partition_by=[PROVENANCE],
                name=schema.dataset_type,
                storage_options=self._options or None,
                commit_properties=properties,
            )
            return 0
        if (done := self.job_result(job_id)) is not None:
            return int(done["version"])
        delta.create_write_transaction(
            cast(Any, adds),
            mode="overwrite" if replace else "append",
            schema=delta.schema(),
            partition_by=[PROVENANCE],
            partition_filters=[(PROVENANCE, "in", list(BULK))] if replace else None,
            commit_properties=properties,
        )
        # Without retries inside, a commit that did not raise is the one after the version it was based on.
        return delta.version() + 1

    def replace_files(
        self, version: int, removed: Sequence[StoredFile], parts: Sequence[Part], job_id: str, result: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Put files in the place of others, as the version after `version`; gives the `result` with its "version".

        None, and nothing happened, when there is a newer version already: look at its files and come again. When this
        `job_id` has committed before, nothing happens either, and the result is that of then.
        """
        if (done := self.job_result(job_id)) is not None:
            return done
        delta, moment = self._delta(version), int(time.time() * 1000)
        removes = [RemoveAction(f.path, True, moment, f.size, {PROVENANCE: f.provenance}) for f in removed]
        try:
            delta.create_write_transaction(
                [*removes, *cast(Any, map(_added, parts))],
                mode="append",
                schema=delta.schema(),
                partition_by=[PROVENANCE],
                commit_properties=_properties(job_id, result),
            )
        except CommitFailedError:
            return None
        return {**result, "version": version + 1}

    def sweep(self, job_id: str, version: int) -> None:
        """Remove what attempts of a job left behind and `version`, which it committed, does not use.

        Only then: no other attempt can commit any more, so none of its files can be needed.
        """
        store, used = self.store(), {path.rpartition("/")[2] for path in self._delta(version).file_uris()}
        for provenance in (*BULK, PUT):
            listed = [m["path"] for batch in obstore.list(store, f"{PROVENANCE}={provenance}") for m in batch]
            left = [p for p in listed if stem_of(p) == stem(job_id) and p.rpartition("/")[2] not in used]
            if left:
                obstore.delete(store, left)

    def check_columns(self, schema: Schema) -> None:
        """Raises `ColumnsMissing` when the table exists without a column of the schema."""
        if self.exists():
            present = {field.name for field in self._delta().schema().fields}
            missing = [name for name in schema.column_names if name not in present]
            if missing:
                raise ColumnsMissing(
                    f"The table has no column {', '.join(missing)} of the schema; the dataset has to be updated first."
                )

    def store(self) -> ObjectStore:
        """The table's folder."""
        if "://" not in self.url:
            return LocalStore(self.url, automatic_cleanup=True, mkdir=True)
        return open_store(self.url, self._options)

    def _delta(self, version: int | None = None) -> DeltaTable:
        return DeltaTable(self.url, version=version, storage_options=self._options or None)


def _added(part: Part) -> AddAction:
    return AddAction(
        path=part.path,
        size=part.size,
        partition_values={PROVENANCE: part.provenance},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": part.rows}),
    )


def _properties(job_id: str, result: dict[str, Any]) -> CommitProperties:
    return CommitProperties(
        custom_metadata={"penchantJob": job_id, "penchantResult": json.dumps(result)},
        max_commit_retries=0,
        app_transactions=[Transaction(job_id, 1)],
    )


def delta_schema(schema: Schema) -> DeltaSchema:
    columns = [(field.name, _DELTA_TYPES[field.type]) for field in schema.fields]
    columns += [(SEQUENCE, "long"), (PROVENANCE, "string")]
    return DeltaSchema([Field(name, PrimitiveType(type_)) for name, type_ in columns])


def stem(job_id: str) -> str:
    """What begins the names of a job's files."""
    return hashlib.sha256(job_id.encode()).hexdigest()[:16]


def stem_of(path: str) -> str:
    return path.rpartition("/")[2].partition("-")[0]


__all__ = [
    "BULK",
    "FULL",
    "INCREMENTAL",
    "PUT",
    "ColumnsMissing",
    "StoredFile",
    "Table",
    "TableBusy",
    "TableNotFoundError",
]
