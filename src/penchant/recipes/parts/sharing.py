"""What fits on the same data have in common, made once: a search of hyperparameters fits a recipe again and again.

A recipe says what does not depend on its hyperparameters, and need not know whether anybody searches::

    pairs = once(data, ("pairs", in_order), lambda: list(counted(data, in_order)))

Without a search around it nothing is kept. What is made must not be changed by whoever gets it.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Made = TypeVar("Made")


class Shelf:
    """Keeps what was made of each thing that it was made of, and that thing, as long as it lives."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, Hashable], tuple[Any, Any]] = {}

    def once(self, of: Any, what: Hashable, make: Callable[[], Any]) -> Any:
        key = (id(of), what)
        if key not in self._kept:
            self._kept[key] = (of, make())  # with `of`, so that nothing else can get its id
        return self._kept[key][1]


_shelf: ContextVar[Shelf | None] = ContextVar("shelf", default=None)


def sharing() -> bool:
    """Whether what this thread makes is kept."""
    return _shelf.get() is not None


@contextmanager
def shared(shelf: Shelf) -> Iterator[None]:
    before = _shelf.set(shelf)
    try:
        yield
    finally:
        _shelf.reset(before)


def once(of: Any, what: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` makes, or made when it was last asked for `what` of the very same object `of`."""
    shelf = _shelf.get()
    if shelf is None:
        return make()
    made: Made = shelf.once(of, what, make)
    return made
