"""A notebook in memory, and hands that know the outcome of every training without doing it."""

from dataclasses import replace
from zlib import crc32

import numpy as np

from penchant.recipes.base import Progress
from penchant.resources.trials import Trial
from penchant.work.tuning.hands import Outcome, Task

USERS = 200


class Memory:
    def __init__(self) -> None:
        self.trials: dict[int, Trial] = {}

    def read(self) -> list[Trial]:
        return [self.trials[number] for number in sorted(self.trials)]

    def write(self, changed) -> None:
        self.trials |= {trial.number: trial for trial in changed}

    def choose(self, chosen: Trial) -> None:
        self.trials = {
            number: replace(trial, chosen=number == chosen.number, each=None) for number, trial in self.trials.items()
        }


class Known:
    """`value(recipe)` is what a whole training comes to; a shorter one comes to less. A whole training costs `cost`
    seconds of a core, a shorter one its share; each takes `fixed` seconds as well."""

    def __init__(
        self,
        value,
        at_once: int = 1,
        cost=lambda recipe: 1.0,
        noise: float = 0.0,
        stop_after: int = 10**6,
        fixed: float = 0.0,
        brief: bool = True,
    ):
        self.value, self.at_once, self.cost, self.noise = value, at_once, cost, noise
        self.tasks: list[Task] = []
        self.at_share = lambda recipe, share: self.value(recipe) * share**0.1
        self.seconds = lambda recipe, share: self.cost(recipe) * share + self.fixed
        self.stop_after, self.fixed, self.brief = stop_after, fixed, brief

    def have_part(self, recipe, share: float) -> bool:
        return self.brief and share >= recipe.shortest

    def run(self, tasks, progress: Progress) -> list[Outcome]:
        outcomes = []
        for at, task in enumerate(tasks):
            if len(self.tasks) == self.stop_after:
                raise KeyboardInterrupt
            self.tasks.append(task)
            progress(at / len(tasks), "Knowing.")
            value = self.value(task.recipe)
            if isinstance(value, str):
                outcomes.append(Outcome(failure=value))
                continue
            # The same users do well with every recipe: what differs between recipes is known better than each alone.
            users = np.random.default_rng(7).normal(0, 0.1, USERS)
            # Not by hash(), which is another in every process.
            own = np.random.default_rng(crc32(str(task.recipe).encode())).normal(0, self.noise, USERS)
            each = (self.at_share(task.recipe, task.share) + users + own).astype(np.float32)
            seconds = self.seconds(task.recipe, task.share)
            if seconds > task.limit:
                outcomes.append(Outcome(core_seconds=task.limit, failure="Stopped.", over=True))
                continue
            outcomes.append(Outcome(each, 0.5, seconds, seconds))
        return outcomes
