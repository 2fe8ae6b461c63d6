"""Gathers the requests that come while others are being scored, so that one matrix product serves them all.

A product with one vector reads the whole catalogue from memory for a single answer; with sixteen it reads it once. What
is cheap is scored at once, on the caller's thread.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..contract.errors import ServiceUnavailable, ThrottlingException
from .answering import Answering, Asked
from .scored import Scored

T = TypeVar("T")

MOST_WAITING = 1_024
"""Requests that may wait for their scores."""


@dataclass(slots=True)
class Request:
    answering: Answering
    asked: Asked
    finish: Callable[[Scored], Any]
    loop: asyncio.AbstractEventLoop | None
    """Where somebody waits for the answer, if that is an event loop; it is told there."""
    done: "Future[Any]" = field(default_factory=Future)


class Scorer:
    def __init__(self, most_waiting: int = MOST_WAITING):
        self.most_waiting = most_waiting
        self._waiting: deque[Request] = deque()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def submit(self, answering: Answering, asked: Asked, finish: Callable[[Scored], T]) -> "T | Future[T]":
        """What `finish` makes of the scores, or a promise of it. Raises ThrottlingException when too many wait, and
        ServiceUnavailable after `close`."""
        if answering.cheap:
            return finish(answering.score([asked])[0])
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            loop = None
        request = Request(answering, asked, finish, loop)
        with self._wake:
            if self._closing:
                raise ServiceUnavailable("The server is ending; try again.")
            if len(self._waiting) >= self.most_waiting:
                raise ThrottlingException(
                    f"{self.most_waiting} requests wait for their scores already; try again in a second."
                )
            self._waiting.append(request)
            if self._thread is None:
                self._thread = threading.Thread(target=self._score_on, name="scoring", daemon=True)
                self._thread.start()
            self._wake.notify()
        return request.done

    def close(self) -> None:
        """Answers what waits."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()

    def _score_on(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                if not self._waiting:
                    return
                batch = self._next()
            self._answer([request for request in batch if request.done.set_running_or_notify_cancel()])

    def _next(self) -> list[Request]:
        """The oldest, and the others that ask the same model, as far as they may be scored at once."""
        answering = self._waiting[0].answering
        batch: list[Request] = []
        others: list[Request] = []
        while self._waiting and len(batch) < answering.at_once:
            request = self._waiting.popleft()
            (batch if request.answering is answering else others).append(request)
        self._waiting.extendleft(reversed(others))
        return batch

    def _answer(self, batch: list[Request]) -> None:
        waits: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
        for outcome in outcomes(batch):
            loop = outcome[0].loop
            if loop is None:
                settle(*outcome)
            else:
                waits.setdefault(loop, []).append(outcome)
        for loop, those in waits.items():  # one wake-up for all of a batch
            try:
                loop.call_soon_threadsafe(settle_all, those)
            except RuntimeError:  # the loop is closed: nobody waits any more
                settle_all(those)


Outcome = tuple[Request, Any, Exception | None]


def outcomes(batch: list[Request]) -> list[Outcome]:
    try:
        scored = batch[0].answering.score([request.asked for request in batch]) if batch else []
    except Exception as error:
        return [(request, None, error) for request in batch]
    return [finished(request, each) for request, each in zip(batch, scored, strict=True)]


def finished(request: Request, scored: Scored) -> Outcome:
    try:
        return request, request.finish(scored), None
    except Exception as error:
        return request, None, error


def settle_all(told: list[Outcome]) -> None:
    for request, answer, error in told:
        settle(request, answer, error)


def settle(request: Request, answer: Any, error: Exception | None) -> None:
    if error is not None:
        request.done.set_exception(error)
    else:
        request.done.set_result(answer)
