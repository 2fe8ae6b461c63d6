"""A course of a training that is kept in memory, for fits that are killed at a step of the test's choice."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import numpy as np

from penchant.recipes.base import Model
from penchant.recipes.parts.course import Course, Epoch, Kept, followed
from penchant.recipes.parts.resumable import Resumable


class Killed(BaseException):
    """What nothing in a fit may catch."""


class Memory(Course):
    """A state every so many steps, as its time would be due; what is kept has been through JSON, as in a file."""

    keeps = listens = True

    def __init__(self, every: int):
        self.every, self.since = every, 0
        self.states: dict[tuple[str, str], Kept] = {}
        self.taken: list[dict] = []
        """Where fits went on from."""
        self.epochs: list[Epoch] = []

    def kept(self, part: str, identity: str) -> Kept | None:
        state = self.states.get((part, identity))
        if state is not None:
            self.taken.append(state.facts["place"])
        return state

    def due(self, share: float = 1.0) -> bool:
        if share < 1:  # the end of a loop
            return True
        self.since += 1
        return self.since >= self.every

    def keep(self, part: str, identity: str, state: Kept) -> None:
        self.since = 0
        arrays = {name: np.array(array) for name, array in state.arrays.items()}
        self.states[part, identity] = Kept(arrays, json.loads(json.dumps(state.facts)))

    def epoch(self, epoch: Epoch) -> None:
        self.epochs.append(epoch)


@contextmanager
def dying(step: int) -> Iterator[list[int]]:
    """Fits die after so many steps of theirs. Gives the steps that were made, in a list that grows."""
    made: list[int] = []
    stepped = Resumable.stepped

    def counted(loop: Resumable, *given) -> None:
        stepped(loop, *given)
        made.append(loop.steps)
        if len(made) == step:
            raise Killed

    with mock.patch.object(Resumable, "stepped", counted):
        yield made


def killed(fit: Callable[[], Model], memory: Memory, step: int) -> int | None:
    """The step at which a fit died; None where it came to its end before."""
    with dying(step) as made:
        try:
            with followed(memory):
                fit()
        except Killed:
            return made[-1]
    return None


def assert_same(one: Model, other: Model) -> None:
    """Bit for bit."""
    first, second = one.state(), other.state()
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert array.dtype == second[name].dtype and array.tobytes() == second[name].tobytes(), name
