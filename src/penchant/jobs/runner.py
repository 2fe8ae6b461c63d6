"""Runs one job: writes its events to the ledger and to whoever follows, and its work in this process or a child.

Every event is one transaction of ledger and follower, so a resource's status and its job never disagree.
"""

import logging
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ..store.database import Database
from . import ledger
from .job import Failed, Job, Lost, Stopped

log = logging.getLogger(__name__)

Changes = dict[str, Any]
Follower = Callable[[Connection, str, str, str, Changes], None]
"""(connection, task, subject, event, changes): told of each event, in its transaction."""
Work = Callable[[Job], Changes | None]
"""The work itself; answers with changes to the subject, to be written together with its being done."""

ATTEMPTS = 20
"""A job whose worker died this often is what kills it."""


@dataclass(frozen=True)
class Runner:
    database: Database
    follow: Follower
    work: Work

    def run(self, job_id: str) -> None:
        """Run a job to its end. Returns normally whatever happens, except when the process itself dies."""
        try:
            job = self.begin(job_id)
            if job is not None:
                self.attempt(job)
        except Lost as lost:
            log.warning("job %s: %s", job_id, lost)
        except Exception:
            log.exception("job %s could not be written down", job_id)

    def begin(self, job_id: str) -> Job | None:
        with self.database.write() as connection:
            entry = ledger.begin(connection, job_id)
            if entry is None:
                return None
            self.follow(connection, entry.task, entry.subject, "running", {})
        return Job(entry.id, entry.task, entry.subject, entry.attempt, reporter(self.database, entry))

    def attempt(self, job: Job) -> None:
        try:
            if job.attempt > ATTEMPTS:
                raise Failed(f"The work was begun {ATTEMPTS} times and each time its process died.")
            changes = self.work(job) or {}
        except Lost:
            raise
        except Stopped:
            self.end(job, "stopped", "Stopped.", {})
        except Failed as failed:
            self.end(job, "failed", str(failed), {"failureReason": str(failed)})
        except Exception:
            log.exception("job %s (%s of %s) broke", job.id, job.task, job.subject)
            reason = f"Internal failure in job {job.id}; the log of the worker has the details."
            self.end(job, "failed", reason, {"failureReason": reason}, traceback.format_exc())
        else:
            self.end(job, "done", "Done.", changes)

    def end(self, job: Job, state: str, sentence: str, changes: Changes, error: str | None = None) -> None:
        with self.database.write() as connection:
            ledger.end(connection, job.id, job.attempt, state, sentence, error)
            self.follow(connection, job.task, job.subject, state, changes)


def reporter(database: Database, entry: ledger.Entry) -> Callable[[float, str], None]:
    def report(fraction: float, sentence: str) -> None:
        with database.write() as connection:
            ledger.progress(connection, entry.id, entry.attempt, min(max(fraction, 0.0), 1.0), sentence)

    return report
