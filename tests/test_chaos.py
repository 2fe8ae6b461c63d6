"""Live data under kill -9 and on a disk that is full: every record that was acknowledged is in its table, once."""

import os
import resource
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.chaos import ENVIRONMENT, MANY, REFUSED, Chaos, serving
from tests.conftest import Served

SEED = 4
KILLS = ("folding worker", "child", "server", "worker", "server")
"""And everything at once at the end."""
SOME_FOLDS = 3 * float(ENVIRONMENT["PENCHANT_FOLD_SECONDS"])
"""Seconds in which a worker tries to fold, whether it can or not."""


def test_nothing_is_lost_or_doubled_whatever_is_killed(tmp_path, database_url):
    with serving(tmp_path / "data", database_url) as served, Chaos([served], SEED, database_url) as chaos:
        for kind in KILLS:
            chaos.kill(kind)
        report = chaos.finish()
    assert report.faults == []
    assert report.errors == {}
    assert report.kills == Counter([*KILLS, "everything"])


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own; yields a folder in it."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can make a small disk, and mount it")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be made here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_and_lived_through(tmp_path):
    with small_disk(tmp_path / "data") as disk, serving(disk) as served, Chaos([served], SEED) as chaos:
        chaos.until_acknowledged(MANY)
        filler = disk / "filler"
        fill(filler)
        chaos.until(lambda: chaos.count(REFUSED) > MANY, "refused calls")
        time.sleep(SOME_FOLDS)
        filler.unlink()
        goes_on(chaos)
        report = chaos.report()
    assert report.faults == []
    assert list(report.errors) == ["503 ServiceUnavailable"]


def test_a_journal_that_cannot_be_written_is_told_and_lived_through(tmp_path):
    with serving(tmp_path / "data") as served, Chaos([served], SEED) as chaos:
        chaos.until_acknowledged(MANY)
        limit_files(served, 0)
        chaos.until(lambda: chaos.count(REFUSED) > MANY, "refused calls")
        limit_files(served, resource.RLIM_INFINITY)
        goes_on(chaos)
        report = chaos.report()
    assert report.faults == []
    assert list(report.errors) == ["503 ServiceUnavailable"]


def fill(filler: Path) -> None:
    """Leave nothing of the disk."""
    with open(filler, "wb", buffering=0) as file:
        for size in (2**20, 2**12):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                pass


def limit_files(served: Served, size: int) -> None:
    """The server may write no file beyond so many bytes from its beginning."""
    assert served.process
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def goes_on(chaos: Chaos) -> None:
    """The same server takes calls again and the same worker folds them. Ends the writing."""
    chaos.until_acknowledged(MANY)
    chaos.until_committed()
    chaos.end()
