"""One attempt at a heavy job in a process of its own: a stuck or oversized fit cannot harm the worker, its memory
comes back, and a stop that is not heeded ends in a kill.

The parent holds the child's standard input open; when the parent dies the child reads its end and dies too, so that an
attempt never outlives the worker that answers for it. The child's last word is one line of JSON on standard output.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence

from ..store.database import Database
from . import ledger
from .job import Failed, Job, Lost, Stopped
from .runner import Changes, Work, reporter

LOOK_SECONDS = 0.5
REPORT_SECONDS = 0.25


def in_child(database: Database, command: Sequence[str], grace_seconds: float) -> Work:
    """Work that runs `command JOB_ID ATTEMPT` and waits for it; a stop leaves it `grace_seconds` to end by itself."""

    def work(job: Job) -> Changes:
        child = subprocess.Popen(
            [*command, job.id, str(job.attempt)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        killed_for_stop = wait(child, lambda: stop_requested(database, job.id), grace_seconds)
        assert child.stdout is not None and child.stdin is not None
        words = child.stdout.read().strip().splitlines()
        child.stdout.close()
        child.stdin.close()
        if killed_for_stop:
            raise Stopped("The work did not end by itself and was ended.")
        if not words:
            raise Failed(f"The process that did the work ended without a word ({ending(child.returncode)}).")
        return understand(json.loads(words[-1]))

    return work


def wait(child: "subprocess.Popen[str]", asked_to_stop: Callable[[], bool], grace_seconds: float) -> bool:
    """Wait for a child to end; True if it had to be killed because it did not heed a stop."""
    deadline = None
    while True:
        try:
            child.wait(LOOK_SECONDS)
            return False
        except subprocess.TimeoutExpired:
            pass
        if deadline is None and asked_to_stop():
            deadline = time.monotonic() + grace_seconds
        if deadline is not None and time.monotonic() > deadline:
            child.kill()
            child.wait()
            return True


def stop_requested(database: Database, job_id: str) -> bool:
    with database.read() as connection:
        entry = ledger.find(connection, job_id)
    return entry is not None and entry.stop_requested


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


def ending(code: int) -> str:
    return f"signal {-code}; out of memory, if it was 9" if code < 0 else f"exit status {code}"


def serve_attempt(database: Database, job_id: str, attempt: int, work: Work) -> None:
    """The child's side: do the work of one attempt and say how it ended."""
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
    except Exception:
        word = {"ended": "broke", "traceback": traceback.format_exc()}
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
