"""Removes the rows of users from a table: once per job however often the job runs, beside streamed records.

What a user did in a session before saying who it was is the user's as well. Files without such rows stay as they are.
The others are written anew under the name of the job that first wrote them, because a table tells by it which rows can
share a key.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import obstore
import polars as pl
from deltalake.exceptions import DeltaError

from penchant.lake import attribution
from penchant.lake.csv_reader import CsvReader
from penchant.lake.faults import ImportFault
from penchant.lake.parts import ANONYMOUS, PROVENANCE, SESSION, Part, write_part
from penchant.lake.schema import Field, Schema
from penchant.lake.table import BULK, PUT, StoredFile, Table, TableBusy, stem, stem_of
from penchant.store.objects import Source

Progress = Callable[[float, str], None]
"""Told the done fraction (0-1) and a sentence; may raise to stop."""
MAXIMUM_BYTES = 100 * 2**20
"""Size of all input files together."""
USER_ID = "USER_ID"
_INPUT = Schema("USERS", None, (Field(USER_ID, "string"),))
_ATTEMPTS = 20
"""Each looks only at what was streamed since the one before, so it soon is fast enough."""


def read_users(sources: list[Source]) -> pl.Series:
    """The users to remove, each once. Raises `ImportFault` with what is wrong with the files."""
    size = sum(source.size for source in sources)
    if size > MAXIMUM_BYTES:
        raise ImportFault(
            f"The input files have {size:,} bytes; a data deletion job takes {MAXIMUM_BYTES:,} in total. "
            "Split them over several jobs."
        )
    reader, users = CsvReader(_INPUT, sources), pl.Series(USER_ID, [], dtype=pl.String)
    for frame in reader.frames():
        if reader.ignored_columns:
            more = ", ".join(reader.ignored_columns)
            raise ImportFault(f"The input files must have one column, USER_ID. Take away: {more}.")
        users = pl.concat([users, frame[USER_ID]]).unique()
    reader.faults.raise_if_any()
    return users


def erase_users(
    table: Table,
    users: pl.Series,
    job_id: str,
    progress: Progress = lambda fraction, sentence: None,
) -> int:
    """Remove every stored row of these users in one commit; gives the number of rows.

    The anonymous rows of the sessions that belong to them go too (see `attribution.py`).
    Run again with the same `job_id` after a commit, it removes nothing and gives the first run's number. Raises
    `TableBusy`; then, and when `progress` raises, the table is as it was.
    """
    if not table.exists():
        return 0
    work = _Work(table, users, job_id)
    done = table.job_result(job_id)
    try:
        for _ in range(_ATTEMPTS):
            if done is not None:
                break
            version = table.version()
            touched = work.through(version, progress)
            if not touched:
                return 0
            removed = sum(each.removed for each in touched)
            progress(0.95, f"Committing without {removed:,} rows.")
            parts = [each.part for each in touched if each.part]
            done = table.replace_files(version, [each.file for each in touched], parts, job_id, {"deleted": removed})
        else:
            raise TableBusy(f"The table {table.url} was changed by others {_ATTEMPTS} times in a row.")
    except BaseException:
        # A commit that raised may still have happened (a lost answer): then its files must stay.
        if table.job_result(job_id) is None:
            work.discard()
        raise
    work.sweep(int(done["version"]))
    progress(1.0, f"Removed {done.get('deleted', 0):,} rows.")
    return int(done.get("deleted", 0))


@dataclass(frozen=True)
class _Outcome:
    """A file of the table and what takes its place."""

    file: StoredFile
    removed: int
    part: Part | None
    """None where nothing is left, or nothing was removed."""


class _Work:
    """The files this attempt has gone through."""

    def __init__(self, table: Table, users: pl.Series, job_id: str) -> None:
        self._table, self._users = table, users.rename(USER_ID)
        self._mark, self._attempt = stem(job_id), uuid.uuid4().hex[:8]
        self._sessions = pl.Series(SESSION, [], dtype=pl.String)
        self._outcomes: dict[str, _Outcome] = {}
        self._names = 0

    def through(self, version: int, progress: Progress) -> list[_Outcome]:
        """What becomes of those files of a version that hold rows to remove."""
        files = self._table.files(version)
        if any(file.provenance == PUT for file in files):
            self._own_sessions(version)
        fresh = [file for file in files if file.path not in self._outcomes]
        for number, file in enumerate(fresh):
            progress(0.9 * number / len(fresh), f"Looking through {len(files):,} files of the table.")
            self._outcomes[file.path] = self._rewritten(file)
        outcomes = (self._outcomes[file.path] for file in files)
        return [outcome for outcome in outcomes if outcome.removed]

    def _own_sessions(self, version: int) -> None:
        """Find the sessions of the users. Where they are others than before, the files have to be looked at again."""
        rows = self._table.rows(version)
        if SESSION not in rows.collect_schema():
            return
        streamed, users = rows.filter(pl.col(PROVENANCE) == PUT), self._users.to_frame()
        theirs = streamed.filter(~attribution.anonymous()).join(users.lazy(), on=USER_ID, how="semi")
        sessions = theirs.select(pl.col(SESSION).drop_nulls().unique()).collect(engine="streaming")
        owned = attribution.owners(streamed, sessions.lazy()).join(users, on=USER_ID, how="semi")[SESSION].sort()
        if not owned.equals(self._sessions):
            self.discard()
            self._sessions, self._outcomes = owned, {}

    def discard(self) -> None:
        paths = [outcome.part.path for outcome in self._outcomes.values() if outcome.part]
        if paths:
            obstore.delete(self._table.store(), paths)

    def sweep(self, version: int) -> None:
        """Remove what attempts at this job left behind. Only after its commit: no other can need a file any more."""
        try:
            used = {file.path for file in self._table.files(version)}
        except DeltaError:
            return  # So long ago that the log has no such version any more.
        store = self._table.store()
        for provenance in (*BULK, PUT):
            listed = [m["path"] for batch in obstore.list(store, f"{PROVENANCE}={provenance}") for m in batch]
            left = [path for path in listed if f"-{self._mark}-" in path and path not in used]
            if left:
                obstore.delete(store, left)

    def _rewritten(self, file: StoredFile) -> _Outcome:
        goes = self._goes(file)
        removed = int(goes.sum())
        if not removed or removed == len(goes):
            return _Outcome(file, removed, None)
        frame = self._table.read_file(file.path).filter(~goes)
        name = f"{stem_of(file.path)}-{self._mark}-{self._attempt}-{self._names:05}.parquet"
        self._names += 1
        return _Outcome(file, removed, write_part(self._table.store(), file.provenance, name, frame))

    def _goes(self, file: StoredFile) -> pl.Series:
        """Which rows of a file to remove."""
        if not len(self._sessions) or file.provenance != PUT:
            return self._table.read_file(file.path, [USER_ID])[USER_ID].is_in(self._users.implode())
        rows = self._table.read_file(file.path, [USER_ID, ANONYMOUS])
        visits = attribution.anonymous() & pl.col(USER_ID).is_in(self._sessions.implode())
        return rows.select(pl.col(USER_ID).is_in(self._users.implode()) | visits).to_series()
