"""The trial of recipes that answer with lists: what the measured model reads afterwards, and when it can be stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from penchant.jobs.job import Stopped
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.work.trials import lists
from penchant.work.trials.lists import ListTrial
from tests.recipes.contract import training_set


@dataclass(frozen=True)
class Reader(Model):
    """Likes what it was told of a person, and remembers it."""

    items: int
    read: dict[int, tuple[list[int], int]] = field(default_factory=dict)
    calls: int = 0

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        return np.bincount(history, minlength=self.items).astype(np.float32)

    def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray], newest: np.ndarray | None = None):
        assert newest is not None
        told = zip(users.tolist(), histories, newest.tolist(), strict=True)
        new = {user: (history.tolist(), time) for user, history, time in told}
        assert not new.keys() & self.read.keys()
        return Reader(self.items, self.read | new, self.calls + 1)


@pytest.fixture
def data() -> TrainingSet:
    rng = np.random.default_rng(0)
    return training_set([rng.integers(0, 30, int(rng.integers(1, 20))).tolist() for _ in range(300)], 30)


def silent(done: float, sentence: str) -> None:
    pass


@pytest.mark.parametrize(("at_once", "times", "calls"), [(1_000, 16, 1), (10, 100, 3), (1, 4, 4)])
def test_the_held_out_events_are_read_some_users_after_the_other(data, monkeypatch, at_once, times, calls) -> None:
    monkeypatch.setattr(lists, "BROUGHT_UP", at_once)
    monkeypatch.setattr(lists, "TIMES", times)
    trial, told = ListTrial(data, "seed"), []
    finished = trial.finished(Reader(30), lambda done, sentence: told.append(done))
    assert finished.calls == len(told) == calls
    assert told == sorted(told) and told[0] == 0 and told[-1] < 1
    newest = data.timestamp[data.offsets[1:] - 1].tolist()
    assert finished.read == {user: (data.history(user).tolist(), newest[user]) for user in trial.split.users.tolist()}


def test_it_can_be_stopped_between_any_two_steps(data, monkeypatch) -> None:
    monkeypatch.setattr(lists, "QUERIES", 8)
    monkeypatch.setattr(lists, "BROUGHT_UP", 8)
    trial = ListTrial(data, "seed")

    def all_of_it(looks: int | None = None) -> int:
        """Ended at so many looks; how many there were."""
        seen = 0

        def look(done: float, sentence: str) -> None:
            nonlocal seen
            seen += 1
            if seen == looks:
                raise Stopped("The job was asked to stop.")

        trial.metrics(Reader(30), look)
        trial.finished(Reader(30), look)
        return seen

    looks = all_of_it()
    assert looks > 2 * len(trial.split.users) // 8 + 2
    for place in range(1, looks + 1):
        with pytest.raises(Stopped):
            all_of_it(place)
