"""One attempt at a heavy job in a process of its own: a stuck or oversized fit cannot harm the worker, its memory
comes back, and a stop that is not heeded ends in a kill, as does one that takes more memory than it may.

The parent holds the child's standard input open; when the parent dies the child reads its end and dies too, so that an
attempt never outlives the worker that answers for it. The child's last word is one line of JSON on standard output.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence

from sqlalchemy.exc import InterfaceError, OperationalError

from ..store.database import Database
from . import cores, ledger
from .job import Died, Failed, Job, Lost, Stopped
from .memory import Limit, watched
from .runner import Changes, Work, reporter

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often a worker looks whether a stop was asked for. With the grace that is given then, and what it takes to end a
process, a stop takes five seconds at most."""
REPORT_SECONDS = 0.25
OUT_OF_MEMORY = "can't allocate memory"
"""How torch says it, in a RuntimeError."""


def in_child(
    database: Database, command: Sequence[str], grace_seconds: float, at_once: int = 1, limit: Limit | None = None
) -> Work:
    """Work that runs `command JOB_ID ATTEMPT` and waits for it; a stop leaves it `grace_seconds` to end by itself.

    It gets its part of the cores, of which `at_once` such works may want some, and of memory what the `limit` allows.
    """

    def work(job: Job) -> Changes:
        if stop_requested(database, job.id):  # of a worker that died before it could be heeded
            raise Stopped("The work was asked to stop before it was gone on with.")
        child = subprocess.Popen(
            [*command, job.id, str(job.attempt)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | cores.environment(cores.share(at_once)),
        )
        with watched(child.pid, None if limit is None else limit.bytes, child.kill) as memory:
            killed_for_stop = wait(child, lambda: stop_requested(database, job.id), grace_seconds)
        assert child.stdout is not None and child.stdin is not None
        words = child.stdout.read().strip().splitlines()
        child.stdout.close()
        child.stdin.close()
        if killed_for_stop:
            raise Stopped("The work did not end by itself and was ended.")
        if not words:
            if stop_requested(database, job.id):  # and somebody was in a hurry
                raise Stopped("The work was ended.")
            if limit is not None and memory.exceeded:
                raise Failed(limit.exceeded(job.task, memory.most, doing(database, job.id)))
            how = ending(child.returncode, memory.most, limit)
            raise Died(f"The process that did the work ended without a word ({how}).")
        word = json.loads(words[-1])
        if limit is not None and word["ended"] == "memory":
            log.warning("job %s (%s) was refused memory:\n%s", job.id, job.task, word["traceback"])
            raise Failed(limit.refused(job.task, memory.most, word["sentence"]))
        return understand(word)

    return work


def wait(
    child: "subprocess.Popen[str]",
    asked_to_stop: Callable[[], bool],
    grace_seconds: float,
    clock: Callable[[], float] = time.monotonic,
) -> bool:
    """Wait for a child to end; True if it had to be killed because it did not heed a stop."""
    deadline = None
    while True:
        try:
            child.wait(LOOK_SECONDS)
            return False
        except subprocess.TimeoutExpired:
            pass
        if deadline is None and asked_to_stop():
            deadline = clock() + grace_seconds
        if deadline is not None and clock() >= deadline:
            child.kill()
            child.wait()
            return True


def stop_requested(database: Database, job_id: str) -> bool:
    try:
        with database.read() as connection:
            entry = ledger.find(connection, job_id)
    except (OperationalError, InterfaceError):  # the next look will tell; the work need not fail for it
        return False
    return entry is not None and entry.stop_requested


def doing(database: Database, job_id: str) -> str:
    """The newest sentence of its progress."""
    with database.read() as connection:
        entry = ledger.find(connection, job_id)
    return "" if entry is None else entry.sentence


def understand(word: dict) -> Changes:
    match word["ended"]:
        case "done":
            return word["changes"]
        case "stopped":
            raise Stopped(word["sentence"])
        case "lost":
            raise Lost(word["sentence"])
        case "failed":
            raise Failed(word["sentence"])
    raise RuntimeError(f"The work broke:\n{word['traceback']}")


def ending(code: int, held: int, limit: Limit | None) -> str:
    if code == -signal.SIGKILL and limit is not None:
        return f"signal {-code}, {limit.killed(held)}"
    return f"signal {-code}" if code < 0 else f"exit status {code}"


def serve_attempt(database: Database, job_id: str, attempt: int, work: Work) -> None:
    """The child's side: do the work of one attempt and say how it ended."""
    os.nice(cores.NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches the whole group; the parent decides
    threading.Thread(target=die_with_parent, daemon=True).start()
    channel = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not be taken for the last word
    with database.read() as connection:
        entry = ledger.find(connection, job_id)
    assert entry is not None
    job = Job(entry.id, entry.task, entry.subject, attempt, patient(reporter(database, entry)))
    word: dict[str, object]
    try:
        word = {"ended": "done", "changes": work(job) or {}}
    except (Stopped, Lost, Failed) as told:
        word = {"ended": type(told).__name__.lower(), "sentence": str(told)}
    except Exception as error:
        ended = "memory" if isinstance(error, MemoryError) or OUT_OF_MEMORY in str(error) else "broke"
        word = {"ended": ended, "sentence": str(error) or type(error).__name__, "traceback": traceback.format_exc()}
    channel.write(json.dumps(word) + "\n")
    channel.flush()


def die_with_parent() -> None:
    # Read the descriptor itself: a thread inside sys.stdin's buffer would make the interpreter hang at its exit.
    while os.read(0, 1024):
        pass
    os._exit(1)


def patient(report: Callable[[float, str], None]) -> Callable[[float, str], None]:
    """Fits report every few milliseconds; the database hears of it a few times a second."""
    last = 0.0

    def now_and_then(fraction: float, sentence: str) -> None:
        nonlocal last
        if (moment := time.monotonic()) - last >= REPORT_SECONDS:
            last = moment
            report(fraction, sentence)

    return now_and_then
