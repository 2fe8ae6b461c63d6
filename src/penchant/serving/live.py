"""What is kept at hand between requests: opened models, and what a campaign points at.

A sealed artifact never changes, so an opened one can never be stale. A pointer can change in another process, so it is
looked up again after a moment.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
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
    """Answers of slow lookups, each good for a moment. What a lookup raises is not remembered."""

    seconds: float = POINTER_SECONDS
    known: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)

    def __call__(self, key: Hashable, look_up: Callable[[], T]) -> T:
        moment = time.monotonic()
        found = self.known.get(key)
        if found is None or found[0] < moment:
            if len(self.known) >= POINTERS:
                self.known.clear()
            found = self.known[key] = (moment + self.seconds, look_up())
        return found[1]
