"""How often a worker looks for jobs: often while jobs come, seldom while none do.

A look costs the machine milliseconds, which a server on the same core has to wait for, and a laptop its battery.
"""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

IDLE_AFTER_SECONDS = 10.0
"""Without a job, until looks become seldom."""
OFTEN_SECONDS, SELDOM_SECONDS = 0.3, 1.5
"""Between two looks. A job waits half as long on average, and the first after a silence half of the longer one."""


class Pace:
    """Of all queues of an installation. Several workers set it, each as it sees it; who has a job sets it anew."""

    def __init__(self, look_each: Callable[[float], None], idle_after: float = IDLE_AFTER_SECONDS):
        """`look_each` sets the seconds between looks; it may raise when the database is away."""
        self._look_each = look_each
        self._idle_after = idle_after
        self._changed = threading.Condition()
        self._running = 0
        self._idle_since = self._set_at = time.monotonic()
        self._set_to: float | None = OFTEN_SECONDS
        """None where another worker may have set something else."""

    def start(self) -> None:
        threading.Thread(target=self._keep, name="pace", daemon=True).start()

    def watched(self, run: Callable[[str], None]) -> Callable[[str], None]:
        """`run`, which runs a job, in a form that tells of it."""

        def told(job_id: str) -> None:
            self._begin()
            try:
                run(job_id)
            finally:
                self._end()

        return told

    def _begin(self) -> None:
        with self._changed:
            self._running += 1
            if time.monotonic() - self._set_at > self._idle_after:
                self._set_to = None
            if self._set_to != OFTEN_SECONDS:
                self._changed.notify()

    def _end(self) -> None:
        with self._changed:
            self._running -= 1
            self._idle_since = time.monotonic()

    def _keep(self) -> None:
        while True:
            with self._changed:
                while (wanted := self._wanted()) == self._set_to:
                    self._changed.wait(self._idle_after if wanted == OFTEN_SECONDS else None)
                self._set_to, self._set_at = wanted, time.monotonic()
            try:
                self._look_each(wanted)
            except Exception as error:  # the database is away, and then there are no jobs either
                log.warning("the pace of looking for jobs stays as it is: %s", error)

    def _wanted(self) -> float:
        idle = not self._running and time.monotonic() - self._idle_since >= self._idle_after
        return SELDOM_SECONDS if idle else OFTEN_SECONDS
