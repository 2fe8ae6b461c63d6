"""Work that takes too long for the event loop: done in a thread of its own, its promise settled where it is awaited."""

import asyncio
import logging
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

THREADS = 4


class Aside:
    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, "aside")
        self._begun: set[Hashable] = set()

    def __call__(self, work: Callable[[], T]) -> "T | Future[T]":
        """What the work gives; a promise of it where the caller is an event loop, which must not wait."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return work()
        promise: Future[T] = Future()

        def run() -> None:
            if promise.set_running_or_notify_cancel():
                try:
                    tell(loop, promise.set_result, work())
                except Exception as error:
                    tell(loop, promise.set_exception, error)

        self._threads.submit(run)
        return promise

    def begin(self, key: Hashable, work: Callable[[], None]) -> None:
        """Work that nobody waits for; not begun again while that of the same key is under way."""
        if key in self._begun:
            return
        self._begun.add(key)

        def run() -> None:
            try:
                work()
            except Exception:
                log.exception("Work on the side failed; it is begun again when it is needed")
            finally:
                self._begun.discard(key)

        self._threads.submit(run)

    def close(self) -> None:
        """Ends what was begun, so that every promise is kept."""
        self._threads.shutdown()


def tell(loop: asyncio.AbstractEventLoop, settle: Callable[[Any], None], what: Any) -> None:
    try:
        loop.call_soon_threadsafe(settle, what)
    except RuntimeError:  # the loop is closed: nobody waits any more
        settle(what)
