"""One at a time for those who write to a dataset's table: imports, deletions of users, a new schema."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two jobs on one dataset on one machine take turns; the system lets go of the lock when a process dies.

    (Between machines nothing holds them apart: their commits follow one another, and an event that both of two
    INCREMENTAL imports bring is stored twice and used once.)
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / f".{folder.name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
