"""Those who do the trainings of a search: this process alone, or as many others beside as may run at once."""

import logging
import math
import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

import numpy as np

from ...jobs.cores import of_machine
from ...jobs.job import Failed, Lost, Stopped
from ...recipes.base import InsufficientData, Progress, Recipe
from ...recipes.parts.course import Course, followed
from ...recipes.parts.sharing import Shelf, shared
from ...recipes.parts.text.encoder import EncoderUnavailable
from .validation import Validation

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
TOLD_FROM = 0.5
"""From this progress on, seconds over progress tell what a training will take, give or take a half: some things are
done once and at the beginning."""
UNSURE = 1.5
BROKEN = "The training broke:"
"""How a failure begins that is none of the customer's."""


@dataclass(frozen=True)
class Task:
    recipe: Recipe
    share: float
    """Of the work of a whole training."""
    limit: float = math.inf
    """Seconds of processor cores after which it is stopped; sooner, where its progress shows that it needs more."""


class Over(Exception):
    """A task has reached its limit."""


@dataclass(frozen=True)
class Outcome:
    each: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    """(Q,) float32 of each validation user."""
    coverage: float = 0.0
    seconds: float = 0.0
    core_seconds: float = 0.0
    failure: str = ""
    """Why there is nothing to tell; empty where there is."""
    over: bool = False
    """Whether that is because it reached its limit."""


def fit(task: Task, validation: Validation, metric: str, progress: Progress, course: Course, shelf: Shelf) -> Outcome:
    """A trial that breaks must not end the search. One whose state the `course` kept goes on from there; what all have
    in common lies on the `shelf`. Raises what `progress` raises to stop it."""
    course.forget()  # of the one before, whose outcome is written down by now where there is but one process
    wall, core = time.monotonic(), time.process_time()
    recipe, data = task.recipe, validation.training

    def told(done: float, sentence: str) -> None:
        progress(done, sentence)
        spent = time.process_time() - core
        if spent > task.limit or (done > TOLD_FROM and spent > UNSURE * done * task.limit):
            raise Over

    def nothing(failure: str, over: bool = False) -> Outcome:
        seconds, core_seconds = time.monotonic() - wall, time.process_time() - core
        return Outcome(seconds=seconds, core_seconds=core_seconds, failure=failure, over=over)

    try:
        with followed(course), shared(shelf):
            if task.share < 1 and (brief := recipe.briefly(data, task.share)):
                recipe, data = brief
            model = recipe.fit(data, lambda done, sentence: told(0.9 * done, sentence))
        each, cover = validation.values(model, data, metric, lambda done, sentence: told(0.9 + 0.1 * done, sentence))
    except (Stopped, Lost):
        raise
    except Over:
        return nothing(f"Stopped after {time.process_time() - core:.1f} seconds of a core.", over=True)
    except (InsufficientData, EncoderUnavailable) as reason:
        return nothing(str(reason))
    except Exception as error:
        log.warning("a trial of %s broke", task, exc_info=True)
        return nothing(f"{BROKEN} {type(error).__name__}: {error}")
    if not np.isfinite(each).all():
        return nothing("Its metric is not a number.")
    return Outcome(each, cover, time.monotonic() - wall, time.process_time() - core)


def refusal(failure: str) -> Exception:
    """What to raise where nothing but a failure came of it: Failed, where the customer can do something about it."""
    return RuntimeError(failure) if failure.startswith(BROKEN) else Failed(failure)


class Hands:
    """`with Hands(...) as hands`: the other processes end with it, and with this process however it ends."""

    def __init__(self, validation: Validation, metric: str, at_once: int, course: Course | None = None):
        """`course` keeps the states of the trainings; it goes along to the other processes."""
        self.course = course or Course()
        self.validation, self.metric, self.at_once = validation, metric, max(1, min(at_once, of_machine()))
        self.core_seconds = 0.0
        """Used up by the other processes."""
        self.shelf = Shelf()
        """What is made here and not in the other processes, each of which has its own."""
        self._others: list[tuple[Any, Connection]] = []

    def __enter__(self) -> "Hands":
        return self

    def __exit__(self, *exception: object) -> None:
        for process, connection in self._others:
            process.terminate()
            process.join()
            connection.close()
        self._others.clear()

    def have_part(self, recipe: Recipe, share: float) -> bool:
        """Whether so much of a training can be had and says anything. If not, a task for it is done whole."""
        with shared(self.shelf):
            return share >= recipe.shortest and recipe.briefly(self.validation.training, share) is not None

    def run(self, tasks: Sequence[Task], progress: Progress) -> list[Outcome]:
        """The outcome of each task. `progress` is told from 0 to 1, and may raise to stop it."""
        if len(tasks) <= 1 or self.at_once == 1:
            return [
                fit(task, self.validation, self.metric, part(progress, at, len(tasks)), self.course, self.shelf)
                for at, task in enumerate(tasks)
            ]
        outcomes: dict[int, Outcome] = {}
        waiting = list(enumerate(tasks))[::-1]
        busy: dict[Connection, int] = {}
        while waiting or busy:
            for connection in self._free(busy, len(waiting)):
                at, task = waiting.pop()
                connection.send(task)
                busy[connection] = at
            for ready in wait(list(busy), LOOK_SECONDS):
                assert isinstance(ready, Connection)
                outcomes[busy.pop(ready)] = self._heard(ready)
            progress(len(outcomes) / len(tasks), f"{len(busy)} trainings at a time.")
        return [outcomes[at] for at in range(len(tasks))]

    def _free(self, busy: dict[Connection, int], wanted: int) -> list[Connection]:
        """Processes with nothing to do, up to as many as are wanted; new ones where there are not enough."""
        free = [connection for _, connection in self._others if connection not in busy]
        while len(free) < wanted and len(self._others) < self.at_once:
            free.append(self._another())
        return free[:wanted]

    def _another(self) -> Connection:
        # Not by fork: threads of this process may hold locks that the copy would wait for without end.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, self.validation, self.metric, self.course), daemon=True)
        process.start()
        theirs.close()
        self._others.append((process, ours))
        return ours

    def _heard(self, connection: Connection) -> Outcome:
        try:
            outcome: Outcome = connection.recv()
        except (EOFError, ConnectionResetError):
            process = next(process for process, its in self._others if its is connection)
            process.join()
            self._others = [(other, its) for other, its in self._others if its is not connection]
            connection.close()
            how = "it ran out of memory" if process.exitcode == -9 else f"exit status {process.exitcode}"
            return Outcome(failure=f"The process that trained it ended without a word ({how}).")
        self.core_seconds += outcome.core_seconds
        return outcome


def serve(connection: Connection, validation: Validation, metric: str, course: Course) -> None:
    """The other side: does one task after the other until it is ended."""
    threading.Thread(target=die_with_parent, daemon=True).start()
    shelf = Shelf()
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(fit(task, validation, metric, lambda done, sentence: None, course, shelf))


def die_with_parent() -> None:
    """A training must not outlive the job that it is for, however that ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def part(progress: Progress, at: int, count: int) -> Progress:
    return lambda done, sentence: progress((at + done) / count, sentence)
