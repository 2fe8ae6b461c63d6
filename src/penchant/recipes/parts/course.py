"""What a long fit keeps and tells beside its progress: its state now and then, to go on from after a crash, and how
each epoch went.

In a notebook nobody listens, and a fit is as it is. Whoever does listen puts a Course of their own around it::

    with followed(course):
        recipe.fit(data, progress)
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MILESTONE = 0.2
"""Share of the time between two states after which the end of a part is worth keeping."""


@dataclass(frozen=True)
class Epoch:
    part: str
    """What is trained: a fit may have more than one loop."""
    number: int
    """From 1."""
    of: int
    """At most, where a training may end sooner."""
    loss: float | None
    """Mean over all that was learnt from in this epoch; None where that is no number."""
    seconds: float
    """Of the clock on the wall, over all attempts at it."""
    held_out: float | None = None
    """NDCG@25 of a few people's events that are kept from training, by the part alone; None where nobody looked."""


@dataclass(frozen=True)
class Kept:
    """A state as it is kept."""

    arrays: Mapping[str, np.ndarray]
    facts: Mapping[str, Any] = field(default_factory=dict)
    """As JSON has it."""


class Course:
    """Keeps nothing and tells nobody."""

    keeps = False
    """Whether a state may be kept, or was: an identity, which costs a pass over the data, is then worth having."""
    listens = False
    """Whether anybody looks at epochs: what costs time to measure is then worth measuring."""

    @property
    def began(self) -> float:
        """When the training began, in seconds since the epoch; the same for one that is taken up again."""
        return time.time()

    def kept(self, part: str, identity: str) -> Kept | None:
        """The newest state that was kept of a part; None where there is none of this `identity`: of the same data,
        the same settings and the same seed."""
        return None

    def due(self, share: float = 1.0) -> bool:
        """Whether a state should be kept now: a `share` of the time between two has passed. It costs next to nothing,
        so that every step may ask."""
        return False

    def keep(self, part: str, identity: str, state: Kept) -> None:
        """Put a state in the place of the last one of this part and identity."""

    def forget(self) -> None:
        """Let go of what was kept of the fit that has ended: what it made is kept elsewhere."""

    def aside(self) -> "Course":
        """For what is fitted beside: it keeps states as this one does, and tells nothing."""
        return self

    def seeded(self, seed: int) -> None:
        """Told what all that is drawn at random begins from."""

    def epoch(self, epoch: Epoch) -> None:
        """Told at the end of each, and again for those that are trained again after a crash."""


ALONE = Course()
_followed: ContextVar[Course] = ContextVar("course", default=ALONE)


def current() -> Course:
    """The course of the fit that this thread is at."""
    return _followed.get()


@contextmanager
def followed(course: Course) -> Iterator[None]:
    before = _followed.set(course)
    try:
        yield
    finally:
        _followed.reset(before)


def digest(*things: Any) -> str:
    """The same for the same things: arrays by what is in them, anything else by its `repr`."""
    found = hashlib.blake2b(digest_size=16)
    for thing in things:
        if isinstance(thing, np.ndarray):
            found.update(f"{thing.dtype} {thing.shape}".encode())
            found.update(np.ascontiguousarray(thing).data)
        else:
            found.update(repr(thing).encode())
        found.update(b"\0")
    return found.hexdigest()
