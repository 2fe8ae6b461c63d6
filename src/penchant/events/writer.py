"""The one thread of a process that commits to the journal: all that came while it was busy goes into the next commit.

So one wait for the disk serves many calls. What waits is bounded: beyond that, calls are turned away at once.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from ..contract.errors import ServiceUnavailable, ThrottlingException
from . import rejections
from .entry import NewEntry
from .journal import Journal
from .rejections import Rejection

log = logging.getLogger(__name__)

MOST_WAITING = 4_096
"""Calls that may wait for their commit. A call is at most about 100 kilobytes."""
MOST_AT_ONCE = 512
"""Calls in one commit."""
REFUSED = {
    True: "The database does not take it (its disk may be full), so nothing of this call was stored. It says:",
    # A server may have committed it and lost its answer.
    False: "The database did not confirm it (it is away, or its disk is full). This call may or may not be stored; "
    "events with an eventId can be sent again and count once. It says:",
}
"""By whether the database is SQLite, which always knows."""


@dataclass(slots=True)
class Submission:
    """What one call brings."""

    entries: Sequence[NewEntry]
    rejections: Sequence[Rejection]
    loop: asyncio.AbstractEventLoop | None
    """Where somebody waits for it, if that is an event loop; it is told there."""
    done: "Future[None]" = field(default_factory=Future)


class Writer:
    """`most_waiting`: calls that may wait for their commit."""

    def __init__(self, journal: Journal, most_waiting: int = MOST_WAITING):
        self.journal, self.most_waiting = journal, most_waiting
        self._waiting: deque[Submission] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def submit(self, entries: Sequence[NewEntry], found: Sequence[Rejection] = ()) -> "Future[None]":
        """Done when the entries are committed, all of them or none. Raises ThrottlingException.

        The future's exception is ServiceUnavailable, or what is wrong with this call alone.
        """
        submission = Submission(entries, found, running_loop())
        with self._wake:
            if len(self._waiting) >= self.most_waiting:
                raise ThrottlingException(
                    f"{self.most_waiting} calls wait to be written to the disk, as many as may. Try again soon."
                )
            self._waiting.append(submission)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()
            self._wake.notify()
        return submission.done

    def close(self) -> None:
        """Commit what waits and end. Nothing may be submitted any more."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            self._commit(batch)

    def _next(self) -> list[Submission] | None:
        """What waits, or None when nothing will come any more."""
        with self._wake:
            while not self._waiting:
                if self._closing:
                    return None
                self._wake.wait()
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
        # Whoever hung up before was told nothing, so nothing of theirs has to be kept.
        return [submission for submission in batch if submission.done.set_running_or_notify_cancel()]

    def _commit(self, batch: list[Submission]) -> None:
        if not batch:
            return
        try:
            self._write(batch)
        except self.journal.database.failures as error:
            log.error("%d calls could not be committed to the journal: %s", len(batch), error)
            settle(
                batch, ServiceUnavailable(f"{REFUSED[self.journal.database.is_sqlite]} {getattr(error, 'orig', error)}")
            )
        except Exception as error:
            if len(batch) == 1:
                log.exception("a call could not be committed to the journal")
                settle(batch, error)
                return
            for submission in batch:  # what is wrong with one must not hurt the others
                self._commit([submission])
        else:
            settle(batch)

    def _write(self, batch: list[Submission]) -> None:
        entries = [entry for submission in batch for entry in submission.entries]
        found = [rejection for submission in batch for rejection in submission.rejections]
        if not found:
            if entries:
                self.journal.append(entries)
            return
        with self.journal.database.write() as connection:
            if entries:
                self.journal.insert(connection, entries)
            rejections.count(connection, found)


def settle(batch: Iterable[Submission], error: Exception | None = None) -> None:
    """Tell those who wait; those of one event loop together, because waking it costs more than telling them."""
    by_loop: dict[asyncio.AbstractEventLoop | None, list[Submission]] = {}
    for submission in batch:
        by_loop.setdefault(submission.loop, []).append(submission)
    for loop, waiting in by_loop.items():
        if loop is None:
            tell(waiting, error)
        else:
            with suppress(RuntimeError):  # the loop was closed, so nobody waits
                loop.call_soon_threadsafe(tell, waiting, error)


def tell(waiting: Iterable[Submission], error: Exception | None) -> None:
    for submission in waiting:
        if error is None:
            submission.done.set_result(None)
        else:
            submission.done.set_exception(error)


def running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
