"""What all views have in common: a state that is swapped whole, made by one thread at a time."""

import logging
import threading
import time
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

S = TypeVar("S")

PATIENCE = 60
"""Seconds. A view that was not looked after for longer (the process may have slept) looks anew before it is ready."""


class View(ABC, Generic[S]):
    """`build` before the first read, in a thread; reads of a view that is not built raise RuntimeError."""

    def __init__(self) -> None:
        self._state: S | None = None
        self._lock = threading.Lock()
        self._looked = self._succeeded = 0.0
        self._failing = False
        self.used = time.monotonic()

    @property
    def ready(self) -> bool:
        # The wall clock goes on while a machine sleeps.
        return self._state is not None and abs(time.time() - self._looked) < PATIENCE

    @property
    def state(self) -> S:
        """Never changes; what is newer is another one."""
        if self._state is None:
            raise RuntimeError(f"{self} is read before it is built.")
        return self._state

    def build(self) -> None:
        """Make it ready: seconds where there are a million rows. Whoever comes meanwhile waits for the one who builds.

        Raises what reading the dataset raises, if nothing was ever read.
        """
        with self._lock:
            if not self.ready:
                self._look()

    def refresh(self) -> None:
        """Bring a view that was built up to date. What fails is logged once, and the state stays."""
        with self._lock:
            if self._state is not None:
                self._look()

    def _look(self) -> None:
        thorough = abs(time.time() - self._succeeded) >= PATIENCE
        try:
            self._state = self.next(self._state, thorough)
        except Exception:
            if self._state is None:
                raise
            if not self._failing:
                log.exception("%s stays as it is: reading what is newer failed, and is tried again", self)
            self._failing = True
        else:
            self._failing, self._succeeded = False, time.time()
        self._looked = time.time()

    @abstractmethod
    def next(self, state: S | None, thorough: bool) -> S:
        """The state as of now, out of the one before; the same one where nothing happened.

        `thorough`: that was long ago.
        """

    @abstractmethod
    def __str__(self) -> str:
        """For the log."""
