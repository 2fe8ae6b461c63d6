"""Runs one job: writes its events to the ledger and to whoever follows, and its work in this process or a child.

Every event is one transaction of ledger and follower, so a resource's status and its job never disagree.
"""

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from ..store.database import Database
from . import ledger
from .job import Died, Failed, Gone, Job, Lost, Stopped

log = logging.getLogger(__name__)

T = TypeVar("T")
Changes = dict[str, Any]
Follower = Callable[[Connection, str, str, str, Changes], None]
"""(connection, task, subject, event, changes): told of each event, in its transaction. Raises Gone for a subject that
is no longer there."""
Work = Callable[[Job], Changes | None]
"""The work itself; answers with changes to the subject, to be written together with its being done."""

LONGEST_WAIT_SECONDS = 30.0
ATTEMPTS = 20
"""A job whose worker died this often is what kills it."""
DEATHS = 3
"""A job is given up sooner where its own process dies under one worker this often in a row: that is hardly chance."""


@dataclass(frozen=True)
class Runner:
    database: Database
    follow: Follower
    work: Work

    def run(self, job_id: str) -> None:
        """Run a job to its end. Returns normally whatever happens, except when the process itself dies."""
        try:
            for left in reversed(range(DEATHS)):
                job = insist(lambda: self.begin(job_id))
                if job is None or self.attempt(job, last=not left):
                    break
        except Lost as lost:
            log.warning("job %s: %s", job_id, lost)
        except Gone as gone:
            log.warning("job %s: %s", job_id, gone)
            insist(lambda: self.abandon(job_id))
        except Exception:
            log.exception("job %s could not be written down", job_id)

    def begin(self, job_id: str) -> Job | None:
        with self.database.write() as connection:
            entry = ledger.begin(connection, job_id)
            if entry is None:
                return None
            self.follow(connection, entry.task, entry.subject, "running", {})
        return Job(entry.id, entry.task, entry.subject, entry.attempt, reporter(self.database, entry))

    def attempt(self, job: Job, last: bool = True) -> bool:
        """Whether the job is at its end: the `last` attempt is one however it ends, another is not if it dies."""
        try:
            if job.attempt > ATTEMPTS:
                raise Failed(f"The work was begun {ATTEMPTS} times and each time its process died.")
            changes = self.work(job) or {}
        except Lost:
            raise
        except Stopped:
            self.end(job, "stopped", "Stopped.", {})
        except Failed as failed:
            if isinstance(failed, Died) and not last:
                log.warning("attempt %d at job %s (%s) died: %s", job.attempt, job.id, job.task, failed)
                return False
            self.end(job, "failed", str(failed), {"failureReason": str(failed)})
        except Exception:
            log.exception("job %s (%s of %s) broke", job.id, job.task, job.subject)
            reason = f"Internal failure in job {job.id}; the log of the worker has the details."
            self.end(job, "failed", reason, {"failureReason": reason}, traceback.format_exc())
        else:
            self.end(job, "done", "Done.", changes)
        return True

    def end(self, job: Job, state: str, sentence: str, changes: Changes, error: str | None = None) -> None:
        """A stop that was asked for is how a job ends, though its work was at its end before it heard of it: whoever
        asked was told that it would be so."""

        def write() -> None:
            with self.database.write() as connection:
                asked = ledger.current(connection, job.id, job.attempt).stop_requested
                ended, words, told = ("stopped", "Stopped.", {}) if asked else (state, sentence, changes)
                ledger.end(connection, job.id, job.attempt, ended, words, error)
                self.follow(connection, job.task, job.subject, ended, told)

        insist(write)

    def abandon(self, job_id: str) -> None:
        with self.database.write() as connection:
            ledger.abandon(connection, job_id)


def insist(write: Callable[[], T]) -> T:
    """Write until the database takes it: one that cannot be reached, or has no room, for a while must not leave a job
    that has ended looking as if it ran for ever. A write that was taken after all is told by Lost the next time."""
    seconds = 1.0
    while True:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            log.error("the database does not take a job's news, trying again in %g s: %s", seconds, error)
            time.sleep(seconds)
            seconds = min(2 * seconds, LONGEST_WAIT_SECONDS)


def reporter(database: Database, entry: ledger.Entry) -> Callable[[float, str], None]:
    def report(fraction: float, sentence: str) -> None:
        try:
            with database.write() as connection:
                ledger.progress(connection, entry.id, entry.attempt, min(max(fraction, 0.0), 1.0), sentence)
        except (OperationalError, InterfaceError) as error:  # the next word will tell; the work need not fail for it
            log.warning("the progress of job %s could not be written: %s", entry.id, error)

    return report
