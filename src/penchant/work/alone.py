"""One at a time for those who write to a dataset's table: imports, deletions of users, a new schema, folding."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Taken(Exception):
    """Another process is at it."""


@contextmanager
def alone(folder: Path, what: str = "", wait: bool = True) -> Iterator[None]:
    """Two jobs on one dataset on one machine take turns; the system lets go of the lock when a process dies.

    `what` names a turn of its own: folding need not wait for an import. Raises Taken where it may not `wait`.

    (Between machines nothing holds them apart: their commits follow one another, and an event that both of two
    INCREMENTAL imports bring is stored twice and used once.)
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    name = f".{folder.name}.{what}.lock" if what else f".{folder.name}.lock"
    with open(folder.parent / name, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken(f"Another process is at work on {folder}.") from None
        yield
