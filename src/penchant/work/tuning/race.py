"""A race of recipes: each is trained for a part of its training, those that are certainly worse drop out, and the
others go on while there is money left.

**What it may cost.** In processor seconds, never more than a whole training of the cheapest recipe that is still in the
race, so that the race and the training which makes the model cost no more than twice the chosen one alone:

    race <= max(free_seconds, whole(r))    for every personal recipe r that was measured and has not dropped out

This holds at every moment, not only for who is ahead: the cheap recipe that leads may be overtaken by a dear one, and
the dear one that leads by a cheap one. What it takes to keep it:

- A task is stopped by its hands when it has used what was left. Nobody has to know before what a recipe costs.
- The quick go first. The first one measured sets the budget; a dear one before it would have spent what is not there.
- `whole` is a low estimate (see `Cost`), but for a training that ends sooner than its epochs: there it may be too high,
  and the bound be passed.
- Lists that are the same for everyone cost next to nothing and set no budget: with one of theirs nothing could be
  tried. They are in the race so that nothing worse is chosen.

So a recipe that is many times as dear as another is found better only where a part of it costs less than that other one
whole. More cannot be had: whoever pays for that part has overpaid if the cheap one is the best after all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...measure.intervals import estimates
from ...recipes.base import Progress, Recipe
from ...resources.trials import COMPLETE, PRUNED, RUNNING, Point, Trial
from .cost import Cost
from .goal import Goal
from .halving import SHARES
from .hands import Hands, Task, part, refusal
from .notebook import Notebook
from .search import FREE_SECONDS, became


@dataclass
class Race:
    recipes: Sequence[Recipe]
    """Of equally good ones the first wins."""
    goal: Goal
    notebook: Notebook
    hands: Hands
    free_seconds: float = FREE_SECONDS
    """What a race may cost in any case."""

    def run(self, progress: Progress) -> Trial:
        """The winner's trial, whose number is the place of its recipe. `progress` is told from 0 to 1.

        Raises a `refusal` where no recipe can be trained, and what `progress` raises.
        """
        begun = {trial.number: trial for trial in self.notebook.read()}
        if chosen := [trial for trial in begun.values() if trial.chosen]:
            return chosen[0]
        self.trials = [begun.get(at) or Trial(at, recipe.name, {}) for at, recipe in enumerate(self.recipes)]
        self.parts = [self.shares(recipe) for recipe in self.recipes]
        most = sum(len(parts) for parts in self.parts)
        while task := self.next():
            done = sum(len(trial.curve) for trial in self.trials)
            self.train(*task, part(progress, done, most))
            if not self.alive():
                raise refusal(self.trials[0].sentence)
            if self.compared():
                self.drop()
        winner = self.leader()
        self.put([ended(trial) for trial in self.alive()])
        self.notebook.choose(winner)
        progress(1.0, f"{winner.recipe} is chosen.")
        return winner

    def shares(self, recipe: Recipe) -> list[float]:
        """Of a whole training, ascending to 1: what a recipe is trained for, one after the other."""
        return [share for share in SHARES[:-1] if self.hands.have_part(recipe, share)] + [SHARES[-1]]

    def next(self) -> tuple[Trial, float, float] | None:
        """Who is trained next, for which share, and for how many seconds at most; None where the race is over.

        It follows from the trials and from nothing else, so a race that is begun again after a crash goes on.
        """
        alive = self.alive()
        left = self.budget() - sum(trial.core_seconds for trial in self.trials)
        if new := [trial for trial in alive if not trial.curve]:
            first = min(new, key=lambda trial: (self.personal(trial), self.recipes[trial.number].learns, trial.number))
            return (first, self.parts[first.number][0], left) if left > 0 else None
        if len(alive) == 1 or any(trial.lost for trial in alive):
            return None
        missing = [
            (trial, share) for trial in alive for share in self.parts[trial.number] if share > trial.curve[-1].share
        ]
        if not missing:
            return None
        share = min(share for _, share in missing)
        lap = [trial for trial, its in missing if its == share]
        # All of a lap or none: with one alone there is nothing to compare.
        if sum(Cost.of(trial).at(share) for trial in lap) > left:
            return None
        leader = self.leader()
        return min(lap, key=lambda trial: (trial is not leader, trial.number)), share, left

    def budget(self) -> float:
        """Seconds of processor cores that the race may use as far as is known now: see above."""
        measured = [trial for trial in self.alive() if trial.curve and self.personal(trial)]
        if not measured:
            return float("inf")
        return max(self.free_seconds, min(Cost.of(trial).whole for trial in measured))

    def personal(self, trial: Trial) -> bool:
        return self.recipes[trial.number].model.personal

    def train(self, trial: Trial, share: float, limit: float, progress: Progress) -> None:
        told = named(trial.recipe, progress)
        [outcome] = self.hands.run([Task(self.recipes[trial.number], share, limit)], told)
        if not outcome.over:
            self.put([became(trial, outcome, share)])
            return
        stopped = replace(trial, lost=trial.lost + outcome.core_seconds)
        if not trial.curve:
            sentence = f"{outcome.failure} More would have cost more than a training of another recipe."
            stopped = stopped.ended(PRUNED, sentence)
        self.put([stopped])

    def put(self, changed: Sequence[Trial]) -> None:
        for trial in changed:
            self.trials[trial.number] = trial
        self.notebook.write(changed)

    def alive(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.state in (RUNNING, COMPLETE)]

    def compared(self) -> dict[int, Point]:
        """By number the point that each of those who are left and were measured is compared by: after the longest share
        that all were trained for, or the next that there is."""
        measured = [trial for trial in self.alive() if trial.curve]
        share = min((trial.curve[-1].share for trial in measured), default=SHARES[-1])
        return {trial.number: next(point for point in trial.curve if point.share >= share) for trial in measured}

    def leader(self) -> Trial:
        points = self.compared()
        return self.trials[max(points, key=lambda number: (self.goal.good(points[number].value), -number))]

    def drop(self) -> None:
        """Those whose differences to the leader, user by user, are below 0 in their whole 95 % interval, if they were
        trained for as long."""
        points, leader = self.compared(), self.leader()
        its = points[leader.number]
        for number, point in points.items():
            trial = self.trials[number]
            if trial is leader or trial.each is None or leader.each is None or point.share < its.share:
                continue
            if trial.curve[-1] is not point or leader.curve[-1] is not its:  # single users are known of the newest part
                continue
            gain = estimates({"gain": self.goal.gains(trial.each, leader.each)})["gain"]
            if gain.high < 0:
                sentence = (
                    f"Worse than {leader.recipe} by {-gain.mean:.4f}, with 95 % certainty by {-gain.high:.4f} to "
                    f"{-gain.low:.4f}, after {point.share:.0%} of a training."
                )
                self.put([trial.ended(PRUNED, sentence)])


def ended(trial: Trial) -> Trial:
    return trial.ended(COMPLETE) if trial.curve else trial.ended(PRUNED, "Not tried: the race had cost enough.")


def named(name: str, progress: Progress) -> Progress:
    return lambda done, sentence: progress(done, f"{name}: {sentence}")
