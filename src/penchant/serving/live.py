"""What is kept at hand between requests: opened models, and what a campaign points at.

A sealed artifact never changes, so an opened one can never be stale. A pointer can change in another process, so it is
asked after a moment whether any has.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from ..artifacts.sealed import UPDATES, OtherRelease
from ..contract.errors import InternalFailure
from .answering import Answering, open_answering

T = TypeVar("T")

OPEN_MODELS = 64
POINTERS = 10_000
POINTER_SECONDS = 0.25
"""How long a deleted or updated campaign may still answer as before."""
UNKNOWN: Any = object()


@dataclass
class Live:
    """Opened models by folder, the least recently used let go. Losing a race opens one twice, which does no harm."""

    models: OrderedDict[str, Answering] = field(default_factory=OrderedDict)
    """Texts rather than paths, which are hashed anew each time."""

    def model(self, folder: Path) -> Answering:
        """Raises InternalFailure, with what to do, for a model that another release sealed."""
        key = str(folder)
        model = self.models.get(key)
        if model is not None:
            self.models.move_to_end(key)
        else:
            try:
                model = self.models[key] = open_answering(folder)
            except OtherRelease as error:
                raise InternalFailure(str(error)) from None
            for other in list(self.models):  # what an update took the place of would keep its disk space while open
                if other != key and trained(Path(other)) == trained(folder):
                    self.models.pop(other, None)
            while len(self.models) > OPEN_MODELS:
                self.models.popitem(last=False)
        return model


def trained(folder: Path) -> Path:
    """Where the model of a folder lies as it was trained."""
    return folder.parent.parent if folder.parent.name == UPDATES else folder


@dataclass
class Pointers:
    """Answers of slow lookups, good while nothing changes; whether something did is asked once in a moment. What a
    lookup raises is not remembered.
    """

    revision: Callable[[], int]
    """Differs after every change of what is looked up."""
    seconds: float = POINTER_SECONDS
    known: dict[Hashable, Any] = field(default_factory=dict)
    _asked: float = -inf
    _number: int = -1

    def __call__(self, key: Hashable, look_up: Callable[[], T]) -> T:
        moment = time.monotonic()
        if moment > self._asked + self.seconds:
            number = self.revision()  # before the lookups, so that none of them is older than it says
            if number != self._number:
                self.known = {}  # a new one: what is being looked up now, and may be of before, goes into the old
            self._asked, self._number = moment, number
        known = self.known
        found = known.get(key, UNKNOWN)
        if found is UNKNOWN:
            found = look_up()
            if len(known) >= POINTERS:
                known.clear()
            known[key] = found
        return found
