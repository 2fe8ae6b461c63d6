"""A dataset as a Delta table in a folder or under an object-store URL: its versions, its rows, its commits.

Beside the columns of the schema a row has hidden ones (see `parts.py`). A record of an Items, Users or Actions dataset
may be stored more than once; `read` gives the newest, `rows` gives all.
"""

import hashlib
import io
import json
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import obstore
import polars as pl
from deltalake import DeltaTable, Field
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from obstore.store import LocalStore, ObjectStore

from penchant.lake import delta_log
from penchant.lake.commits import (
    ATTEMPTS,
    FOLD,
    MERGE,
    NAME,
    RESULT,
    Commit,
    StoredFile,
    attempts,
    create,
    delta_schema,
    write,
)
from penchant.lake.delta_log import HOOKS, PROPERTIES
from penchant.lake.fields import KEYS, OBJECTS
from penchant.lake.parts import BULK, FULL, HIDDEN, INCREMENTAL, PROVENANCE, PUT, SEQUENCE, Part, PartWriter
from penchant.lake.schema import Schema
from penchant.store.objects import open_store

JOURNAL = "penchant-journal"
"""The application whose number in a version is the position of the journal up to which the version holds it."""
STRAY_DAYS = 7
"""A file that is in no version for so long is of a job that died. (Delta remembers for as long what it removed.)"""


class ColumnsMissing(ValueError):
    """The table was made for a schema with fewer columns."""


class TableBusy(RuntimeError):
    """Others kept committing to the table. Nothing was changed; the job may run again."""


class Table:
    """`url` is a folder or an object-store URL; `storage_options` are those of deltalake and obstore."""

    def __init__(self, url: str | Path, storage_options: Mapping[str, str] | None = None) -> None:
        self.url = str(url)
        self._options = dict(storage_options or {})
        self._left_out: str | None = None

    def without(self, provenance: str) -> "Table":
        """The same table, of which `rows` and `read` pass over what has this provenance."""
        table = Table(self.url, self._options)
        table._left_out = provenance
        return table

    def exists(self) -> bool:
        return DeltaTable.is_deltatable(self.url, self._options or None)

    def version(self) -> int:
        """The newest version. Raises `TableNotFoundError` when nothing was ever committed."""
        return self._delta().version()

    def position(self, version: int | None = None) -> int:
        """Up to which entry a version, by default the newest, holds the journal; 0 when it holds nothing of it."""
        return _position(self._delta(version)) if self.exists() else 0

    def names_after(self, version: int) -> list[str]:
        """What the commits after a version (-1: all) are named, oldest first; "" for one without a name.

        It looks for the next commit in the log, which costs a hundredth of opening the table. Where that one is no
        longer there (see `trim_log`), the list is empty.
        """
        names: list[str] = []
        if "://" in self.url or Path(self.url).exists():
            store = self.store()
            while told := delta_log.commit_info(store, version + len(names) + 1):
                names.append(told.get(NAME, ""))
        return names

    def read(self, version: int | None = None) -> pl.LazyFrame:
        """The records of a version, in the columns of the schema and no particular order; the newest per key.

        Events that name no item or action are left out; those of anonymous visitors have their session as USER_ID.
        """
        delta = self._delta(version)
        files, dataset_type = _files(delta), delta.metadata().name or ""
        rows = self._counted(pl.scan_delta(delta))
        streamed = any(file.provenance == PUT for file in files)
        key, subject = KEYS.get(dataset_type), OBJECTS.get(dataset_type)
        # Within one import keys are unique already.
        if key and (streamed or len({stem_of(file.path) for file in files}) > 1):
            rows = rows.sort(SEQUENCE).unique(key, keep="last", maintain_order=True)
        if subject and streamed:
            rows = rows.filter(pl.col(subject).is_not_null())
        return rows.drop(HIDDEN, strict=False)

    def rows(self, version: int | None = None) -> pl.LazyFrame:
        """Every stored row with its hidden columns."""
        return self._counted(pl.scan_delta(self._delta(version)))

    def _counted(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows if self._left_out is None else rows.filter(pl.col(PROVENANCE) != self._left_out)

    def files(self, version: int | None = None) -> list[StoredFile]:
        """The files whose rows make up a version, in no particular order."""
        return _files(self._delta(version))

    def streamed(self, version: int | None = None) -> bool:
        """Whether a version has streamed rows. Only then are the hidden columns of events sure to be there."""
        return any(file.provenance == PUT for file in self.files(version))

    def read_file(self, path: str, columns: list[str] | None = None, rows: int | None = None) -> pl.DataFrame:
        """The rows of one file in the order written, without the provenance that its folder tells."""
        return pl.read_parquet(self.open_file(path), columns=columns, n_rows=rows, hive_partitioning=False)

    def open_file(self, path: str) -> Path | io.BytesIO:
        """One file, for Polars to read."""
        if "://" not in self.url:
            return Path(self.url) / path
        return io.BytesIO(bytes(obstore.get(self.store(), path).bytes()))

    def first_sequence(self, file: StoredFile) -> int:
        """The `_sequence` of a file's first row."""
        return self.read_file(file.path, [SEQUENCE], 1)[SEQUENCE][0] if file.first is None else file.first

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
        """Give the table the columns it lacks (null in the rows it has); gives the version. Raises `TableBusy`.

        A table that was made by an earlier release also gets the properties of those made now.
        """
        lost = None
        for _ in attempts():
            delta = self._delta()
            try:
                if added := _missing(delta, schema):
                    delta.alter.add_columns(added, post_commithook_properties=HOOKS)
                elif _lacks(delta, schema):
                    delta.alter.set_table_properties(PROPERTIES, post_commithook_properties=HOOKS)
                else:
                    return delta.version()
            except CommitFailedError as error:
                lost = error
        raise self._busy(lost)

    def vacuum(self, keep_versions: Collection[int], *, full: bool = True, hours: int = 0) -> int:
        """Delete the files that neither the newest version nor those to keep use; gives their number.

        Those that left the newest version within the last so many hours stay, for whoever reads an older one. With
        `full`, files that never came into a version go too when they are so old that no job can be about to commit
        them. May run beside everything that writes.
        """
        newest = self.version()
        keep = sorted({*(version for version in keep_versions if version <= newest), newest})
        removed, store = self._left(keep, hours), self.store()
        folders = (obstore.list(store, f"{PROVENANCE}={provenance}") for provenance in (*BULK, PUT))
        present = {meta["path"]: meta["last_modified"] for folder in folders for batch in folder for meta in batch}
        gone = removed & present.keys()
        if full:
            before = datetime.now(UTC) - timedelta(days=STRAY_DAYS)
            if old := {path for path, modified in present.items() if modified < before}:
                gone |= old - self._left(keep, 0) - {file.path for version in keep for file in self.files(version)}
        if gone:
            obstore.delete(store, sorted(gone))
        return len(gone)

    def trim_log(self, keep_versions: Collection[int], days: float = delta_log.LOG_DAYS) -> int:
        """Remove the part of the log that is older than so many days; gives the number of files.

        The versions to keep can be read as before, all others from then no more. May run beside everything.
        """
        return delta_log.trim(
            self.store(), lambda version: self._delta(version).create_checkpoint(), keep_versions, days
        )

    def job_result(self, job_id: str) -> dict[str, Any] | None:
        """What `commit` was told by a job that has committed, with its "version"; None when it has not.

        After `LOG_DAYS` only the version may be known.
        """
        if not self.exists():
            return None
        delta = self._delta()
        version = delta.transaction_version(job_id)
        if version is None:
            return None
        told = delta_log.commit_info(self.store(), version)
        if told.get(NAME) != job_id:  # an earlier release, whose jobs had other numbers
            found = ((entry["version"], entry) for entry in delta.history() if entry.get(NAME) == job_id)
            version, told = next(found, (version, {}))
        return {**json.loads(told.get(RESULT, "{}")), "version": version}

    def writer(self, job_id: str, provenance: str) -> PartWriter:
        """Writes rows into the table's folder, unseen until `commit`."""
        return PartWriter(self.store(), f"{stem(job_id)}-{uuid.uuid4().hex[:8]}", provenance)

    def commit(self, parts: list[Part], schema: Schema, job_id: str, replace: bool, result: dict[str, Any]) -> int:
        """Add the files, and with `replace` remove all earlier bulk rows, in one step; gives the new version.

        A job commits once: when this `job_id` has committed before, nothing happens, the files are not used, and the
        version is that of then.
        Raises `TableBusy` when others are always faster.
        """
        lost = None
        for _ in attempts():
            try:
                return self._try_commit(parts, schema, job_id, replace, result)
            except CommitFailedError as error:
                lost = error
        raise self._busy(lost)

    def _try_commit(self, parts: list[Part], schema: Schema, job_id: str, replace: bool, result: dict[str, Any]) -> int:
        try:
            delta = self._delta()
        except TableNotFoundError:
            create(self.url, self._options or None, schema, parts, Commit(job_id, {job_id: 0}, result))
            return 0
        if (done := self.job_result(job_id)) is not None:
            return int(done["version"])
        # A job's number is the version it makes, so that what it told there is found again.
        version = delta.version() + 1
        write(delta, Commit(job_id, {job_id: version}, result), parts, replace=BULK if replace else ())
        return version

    def put(self, parts: list[Part], schema: Schema, after: int, until: int) -> bool:
        """Add files of streamed rows and move the position from `after` to `until`, in one step.

        False, and nothing happened, when the table's position is not `after`. Raises `TableBusy` when others are
        always faster.
        """
        commit = Commit(f"{FOLD}-{uuid.uuid4().hex}", {JOURNAL: until}, {})
        for _ in attempts():
            delta = self._delta() if self.exists() else None
            if (_position(delta) if delta else 0) != after:
                return False
            if delta is None:
                landed = self._landed(
                    0, commit, partial(create, self.url, self._options or None, schema, parts, commit)
                )
            elif _lacks(delta, schema):
                self.add_columns(schema)
                continue
            else:
                landed = self._landed(delta.version() + 1, commit, partial(write, delta, commit, parts))
            if landed:
                return True
        raise self._busy()

    def merge(self, removed: Sequence[StoredFile], parts: Sequence[Part]) -> bool:
        """Put files in the place of others that hold the same rows.

        False, and nothing happened, when one of the others is no longer in the newest version, or when others are
        always faster.
        """
        commit, paths = Commit(f"{MERGE}-{uuid.uuid4().hex}", {}, {}), {file.path for file in removed}
        for _ in attempts():
            delta = self._delta()
            if not paths <= {file.path for file in _files(delta)}:
                return False
            attempt = partial(write, delta, commit, parts, removed, same_rows=True)
            if self._landed(delta.version() + 1, commit, attempt):
                return True
        return False

    def replace_files(
        self, version: int, removed: Sequence[StoredFile], parts: Sequence[Part], job_id: str, result: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Put files in the place of others, as the version after `version`; gives the `result` with its "version".

        None, and nothing happened, when there is a newer version already: look at its files and come again. When this
        `job_id` has committed before, nothing happens either, and the result is that of then.
        """
        if (done := self.job_result(job_id)) is not None:
            return done
        try:
            write(self._delta(version), Commit(job_id, {job_id: version + 1}, result), parts, removed)
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

    def _landed(self, version: int, commit: Commit, attempt: Callable[[], None]) -> bool:
        """Try to commit; whether this version is that commit now."""
        try:
            attempt()
        except CommitFailedError:
            # A store may have taken it and lost its answer.
            return delta_log.commit_info(self.store(), version).get(NAME) == commit.name
        return True

    def _left(self, keep: list[int], hours: int) -> set[str]:
        """The files that left the newest version at least so many hours ago and are not in a version to keep."""
        # Delta's own deletion would add two versions to the table, even one that finds nothing.
        return set(
            self._delta().vacuum(
                retention_hours=hours, dry_run=True, enforce_retention_duration=False, full=False, keep_versions=keep
            )
        )

    def _busy(self, lost: Exception | None = None) -> TableBusy:
        error = TableBusy(f"The table {self.url} was changed by others {ATTEMPTS} times in a row.")
        error.__cause__ = lost
        return error


def stem(job_id: str) -> str:
    """What begins the names of a job's files."""
    return hashlib.sha256(job_id.encode()).hexdigest()[:16]


def stem_of(path: str) -> str:
    return path.rpartition("/")[2].partition("-")[0]


def _position(delta: DeltaTable) -> int:
    return delta.transaction_version(JOURNAL) or 0


def _files(delta: DeltaTable) -> list[StoredFile]:
    found = pl.DataFrame(delta.get_add_actions(flatten=True))
    if not len(found):
        return []
    first = pl.col(f"min.{SEQUENCE}") if f"min.{SEQUENCE}" in found.columns else pl.lit(None)
    columns = found.select("path", f"partition.{PROVENANCE}", "size_bytes", "num_records", first)
    return [StoredFile(*row) for row in columns.iter_rows()]


def _missing(delta: DeltaTable, schema: Schema) -> list[Field]:
    present = {field.name for field in delta.schema().fields}
    return [field for field in delta_schema(schema).fields if field.name not in present]


def _lacks(delta: DeltaTable, schema: Schema) -> bool:
    """Columns, or properties in the case of a table that an earlier release made."""
    return bool(_missing(delta, schema)) or not PROPERTIES.items() <= delta.metadata().configuration.items()


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
