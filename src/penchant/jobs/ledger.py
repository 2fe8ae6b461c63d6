"""The ledger of jobs: what was asked for, how far it is, how it ended. Every function works on an open connection.

    waiting -> running -> done | failed | stopped        waiting -> stopped
               running -> running (a new attempt, after the machine or the worker died)

`attempt` is the fencing token: an attempt that is not the newest is told Lost at its next word.
"""

import time
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from ..store.database import Database
from ..store.tables import jobs
from .job import Lost, Stopped

OPEN = ("waiting", "running")


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    id: str
    task: str
    subject: str
    queue: str
    state: str
    attempt: int
    fraction: float
    sentence: str
    stop_requested: bool
    error: str | None
    created: float
    started: float | None
    heard: float | None
    finished: float | None


def put(connection: Connection, task: str, subject: str, queue: str) -> str:
    """A new job; answers with its id."""
    job_id = uuid.uuid4().hex
    connection.execute(
        sa.insert(jobs).values(
            id=job_id,
            task=task,
            subject=subject,
            queue=queue,
            state="waiting",
            attempt=0,
            fraction=0.0,
            sentence="Waiting for a worker.",
            stop_requested=False,
            created=time.time(),
        )
    )
    return job_id


def find(connection: Connection, job_id: str, *, lock: bool = False) -> Entry | None:
    """One line. `lock` holds it until the transaction ends (on SQLite the transaction itself already does)."""
    query = sa.select(jobs).where(jobs.c.id == job_id)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return Entry(**row._mapping) if row else None


def newest(connection: Connection, subject: str) -> Entry | None:
    """The last job that was put for a resource."""
    query = sa.select(jobs).where(jobs.c.subject == subject).order_by(jobs.c.created.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Entry(**row._mapping) if row else None


def begin(connection: Connection, job_id: str) -> Entry | None:
    """Start the next attempt. None where there is nothing to do: the job has ended, or was stopped while it waited."""
    entry = find(connection, job_id, lock=True)
    if entry is None or entry.state not in OPEN:
        return None
    moment = time.time()
    connection.execute(
        sa.update(jobs)
        .where(jobs.c.id == job_id)
        .values(state="running", attempt=entry.attempt + 1, started=moment, heard=moment, sentence="Started.")
    )
    return find(connection, job_id)


def progress(connection: Connection, job_id: str, attempt: int, fraction: float, sentence: str) -> None:
    """Write down how far an attempt is. Raises Stopped or Lost."""
    entry = current(connection, job_id, attempt)
    connection.execute(
        sa.update(jobs).where(jobs.c.id == job_id).values(fraction=fraction, sentence=sentence, heard=time.time())
    )
    if entry.stop_requested:
        raise Stopped("The job was asked to stop.")


def end(connection: Connection, job_id: str, attempt: int, state: str, sentence: str, error: str | None = None) -> None:
    """Close an attempt as done, failed or stopped. Raises Lost."""
    current(connection, job_id, attempt)
    values: dict[str, object] = {"state": state, "sentence": sentence, "error": error, "finished": time.time()}
    if state == "done":
        values["fraction"] = 1.0
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))


def abandon(connection: Connection, job_id: str) -> None:
    """Close a job whose subject is gone, in whatever state it is."""
    values = {"state": "stopped", "sentence": "The resource is gone.", "finished": time.time()}
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(OPEN)).values(values))


def request_stop(connection: Connection, job_id: str) -> str:
    """Ask a job to stop; answers with the state it was in. One that waits is stopped at once."""
    entry = find(connection, job_id, lock=True)
    state = entry.state if entry else "done"
    if state == "waiting":
        values = {"state": "stopped", "stop_requested": True, "sentence": "Stopped.", "finished": time.time()}
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))
    elif state == "running":
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(stop_requested=True))
    return state


def current(connection: Connection, job_id: str, attempt: int) -> Entry:
    entry = find(connection, job_id, lock=True)
    if entry is None or entry.state != "running" or entry.attempt != attempt:
        raise Lost(f"Attempt {attempt} of job {job_id} is no longer the one that counts.")
    return entry


def waiting(database: Database) -> list[str]:
    """Ids of the jobs that nobody has begun, oldest first."""
    with database.read() as connection:
        return list(connection.scalars(sa.select(jobs.c.id).where(jobs.c.state == "waiting").order_by(jobs.c.created)))
