"""A search for hyperparameters: fixed points first, then what TPE suggests; `halving` says who is trained for how long.

What is done next follows from the trials before it and from nothing else, so a search that is begun again after a crash
goes on as if nothing had happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...recipes.base import Progress, Recipe
from ...resources.trials import COMPLETE, FAILED, PRUNED, Point, Trial
from .goal import Goal
from .halving import SHARES, Ask, GiveUp, Halving
from .hands import Hands, Outcome, Task, refusal
from .notebook import Notebook
from .space import Dimension, Values
from .suggest import suggested

FREE_SECONDS = 5.0
"""Processor time that a search may use in any case: where a training takes less than one, nobody counts eight."""


@dataclass
class Search:
    recipe: Recipe
    """As it is without a search."""
    space: Sequence[Dimension]
    starts: Sequence[Values]
    """What is tried first. The first of them is what the others have to beat."""
    goal: Goal
    jobs: int
    notebook: Notebook
    hands: Hands
    free_seconds: float = FREE_SECONDS

    def run(self, progress: Progress) -> Trial:
        """Tries up to `jobs` trials and answers with the chosen one. `progress` is told from 0 to 1.

        Raises a `refusal` where even the first trial fails, and what `progress` raises.
        """
        self.trials = self.notebook.read()
        if chosen := [trial for trial in self.trials if trial.chosen]:
            return chosen[0]
        shares = [share for share in SHARES[:-1] if self.hands.have_part(self.recipe, share)] + [SHARES[-1]]
        halving = Halving(self.jobs, self.hands.at_once, self.goal, self.free_seconds, shares)
        while move := halving.next(self.trials):
            if isinstance(move, Ask):
                if not self.ask(move.count):
                    # There is nothing new: those that were tried are all there are.
                    halving = replace(halving, jobs=len(self.trials))
            elif isinstance(move, GiveUp):
                self.put([self.trials[number].ended(PRUNED, move.sentence) for number in move.numbers])
            else:
                self.train(move.numbers, move.share, progress)
        if self.trials[0].state == FAILED:
            raise refusal(self.trials[0].sentence)
        found = choose(self.trials, self.goal)
        self.notebook.choose(found)
        progress(1.0, "Chosen.")
        return found

    def ask(self, count: int) -> int:
        """Enters up to so many new trials into the notebook; answers with how many there are."""
        tried: list[Values] = [dict(trial.parameters) for trial in self.trials]
        found = [values for values in self.starts if values not in tried][:count]
        if len(found) < count and len(tried) + len(found) >= len(self.starts):
            known = [*tried, *found]
            wanted = count - len(found)
            found += suggested(self.space, self.trials, known, wanted, len(self.starts), self.goal)
        self.put([Trial(len(tried) + at, self.recipe.name, values) for at, values in enumerate(found)])
        return len(found)

    def train(self, numbers: Sequence[int], share: float, progress: Progress) -> None:
        which = f"Trial {numbers[0] + 1}" if len(numbers) == 1 else f"Trials {numbers[0] + 1} to {numbers[-1] + 1}"
        begun, what = numbers[0] / self.jobs, f"{which} of {self.jobs}, {share:.0%} of a training"
        outcomes = self.hands.run(
            [Task(replace(self.recipe, **self.trials[number].parameters), share) for number in numbers],
            lambda done, sentence: progress(begun + done * len(numbers) / self.jobs, f"{what}: {sentence}"),
        )
        self.put([became(self.trials[at], out, share) for at, out in zip(numbers, outcomes, strict=True)])

    def put(self, changed: Sequence[Trial]) -> None:
        for trial in changed:
            self.trials[trial.number : trial.number + 1] = [trial]
        self.notebook.write(changed)


def became(trial: Trial, outcome: Outcome, share: float) -> Trial:
    if outcome.failure:
        return replace(trial, lost=trial.lost + outcome.core_seconds).ended(FAILED, outcome.failure)
    value = float(outcome.each.mean())
    point = Point(share, value, outcome.coverage, outcome.seconds, outcome.core_seconds)
    told = trial.measured(point, outcome.each)
    return told.ended(COMPLETE) if share == SHARES[-1] else told


def choose(trials: Sequence[Trial], goal: Goal) -> Trial:
    """The best of those that were trained whole, of equals the one that shows more items. The first stays where the
    best is better by no more than one standard error of the differences between users: that may be chance."""
    whole = [trial for trial in trials if trial.state == COMPLETE]
    first = whole[0]
    best = max(whole, key=lambda trial: (goal.good(trial.curve[-1].value), trial.curve[-1].coverage, -trial.number))
    if best is first or best.each is None or first.each is None:
        return best
    gains = goal.gains(best.each, first.each)
    return best if gains.mean() > gains.std() / np.sqrt(len(gains)) else first
