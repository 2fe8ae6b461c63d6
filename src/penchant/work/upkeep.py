"""What a worker does beside its jobs: folding what was streamed, and clearing away what nothing needs any more.

It keeps no state: each round looks at what there is, so it begins anew after a crash, and any worker may do it.
"""

import logging
import shutil
import threading
import time
from contextlib import suppress

from ..artifacts.sealed import UPDATES
from ..contract.arns import place_of
from ..contract.errors import ResourceNotFoundException
from ..events.entry import position_at
from ..house import House
from ..lake.compact import compact
from ..lake.table import Table
from ..resources import book, updates
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..store import clock
from .alone import Taken, alone
from .fold import fold_unless_busy
from .kept import kept_versions, needed_after

log = logging.getLogger(__name__)

DAY = 86_400
UNTOUCHED_HOURS = 1
"""Files that were taken out of a table so lately stay: a job may have begun to read the version that has them."""
SUPERSEDED_SECONDS = 3_600
"""How long a model stays that an update took the place of: a server or a batch job may be about to open it."""
EVENTS = "INTERACTIONS"
"""The datasets whose entries recommendations read."""


class Upkeep:
    """`fold_seconds` and `tend_seconds` are the pauses between rounds; `recent_days` is how long the journal keeps an
    event that no deployed model has learnt from."""

    def __init__(self, house: House, fold_seconds: float, tend_seconds: float, recent_days: float):
        self.house, self.fold_seconds, self.tend_seconds = house, fold_seconds, tend_seconds
        self.recent_days = recent_days

    def start(self) -> None:
        """In two threads of this process, until it ends."""
        for seconds, work in ((self.fold_seconds, self.fold), (self.tend_seconds, self.tend)):
            threading.Thread(target=forever, args=(seconds, work), name=work.__name__, daemon=True).start()

    def fold(self) -> None:
        """One round: every dataset's table gets what was streamed into it."""
        for number, dataset in self.streamed():
            if dataset is None:
                self.house.journal.prune(number, self.house.journal.newest(number))
            elif dataset["status"] == "ACTIVE":
                guarded(f"folding {dataset['datasetArn']}", lambda arn=dataset["datasetArn"]: self.fold_one(arn))

    def fold_one(self, arn: str) -> None:
        with suppress(ResourceNotFoundException):  # deleted meanwhile
            fold_unless_busy(self.house.at(place_of(arn)), arn)

    def tend(self) -> None:
        """One round: small files become large ones, and what nothing names is removed."""
        with self.house.reading() as connection:
            arns = book.everywhere(connection, KINDS["dataset"])
        for arn in arns:
            guarded(f"tending {arn}", lambda arn=arn: self.tend_one(arn))
        guarded("clearing away what updates took the place of", self.clear)
        guarded("tidying what was shown", self.house.shown.tidy)

    def clear(self) -> None:
        """Models that newer updates took the place of, and what died before it was sealed."""
        with self.house.reading() as connection:
            for line in updates.every(connection):
                house = self.house.at(place_of(line.arn))
                trained = house.recommender_folder(line.arn) / line.model
                folder = (trained if line.model else house.artifact_folder(line.arn)) / UPDATES
                needed = {line.folder} | ({line.job} if updates.at_work(connection, line) else set())
                for each in folder.iterdir() if folder.exists() else ():
                    if each.name not in needed and each.stat().st_mtime < time.time() - SUPERSEDED_SECONDS:
                        shutil.rmtree(each)

    def tend_one(self, arn: str) -> None:
        house = self.house.at(place_of(arn))
        table = Table(house.dataset_folder(arn))
        with suppress(Taken, ResourceNotFoundException), alone(house.dataset_folder(arn), "tend", wait=False):
            with house.reading() as connection:
                dataset = book.find(connection, KINDS["dataset"], arn)
                number = book.number_of(connection, arn)
            if dataset["status"] != "ACTIVE" or not table.exists():
                return
            compact(table)
            versions = kept_versions(house, dataset["datasetGroupArn"], dataset["datasetType"])
            if versions is not None:
                table.vacuum(versions, hours=UNTOUCHED_HOURS)
                table.trim_log(versions)
            house.journal.prune(number, self.prunable(house, dataset, table.position()))

    def prunable(self, house: House, dataset: Document, folded: int) -> int:
        """Up to where the journal's entries are in the table and read by nobody."""
        if dataset["datasetType"] != EVENTS:
            return folded
        needed = needed_after(house, dataset["datasetGroupArn"])
        if needed is None:
            return folded
        return min(folded, max(needed, position_at(clock.now() - self.recent_days * DAY)))

    def streamed(self) -> list[tuple[int, Document | None]]:
        """Those that the journal has entries of, by number; None for one that is gone."""
        found: list[tuple[int, Document | None]] = []
        for number in self.house.journal.datasets():
            with self.house.reading() as connection:
                arn = book.numbered(connection, number)
                found.append((number, book.find(connection, KINDS["dataset"], arn) if arn else None))
        return found


def forever(seconds: float, work) -> None:
    while True:
        time.sleep(seconds)
        guarded(work.__name__, work)


def guarded(what: str, work) -> None:
    """A full disk, or a database that is away for a while, must not end the upkeep."""
    try:
        work()
    except Exception:
        log.exception("%s failed; the next round tries again", what)
