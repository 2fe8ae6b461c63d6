"""A race of recipes: all are trained for a ninth of their whole training, those that are certainly worse than the best
drop out, the others are trained for a third, and so on while the race costs less than one training of the best.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ...measure.intervals import estimates
from ...recipes.base import Progress, Recipe
from ...resources.trials import COMPLETE, PRUNED, RUNNING, Trial
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

    def run(self, progress: Progress) -> Trial:
        """The winner's trial, whose number is the place of its recipe. `progress` is told from 0 to 1.

        Raises a `refusal` where no recipe can be trained, and what `progress` raises.
        """
        begun = {trial.number: trial for trial in self.notebook.read()}
        if chosen := [trial for trial in begun.values() if trial.chosen]:
            return chosen[0]
        self.trials = [begun.get(at) or Trial(at, recipe.name, {}) for at, recipe in enumerate(self.recipes)]
        for lap, share in enumerate(SHARES):
            if len(self.alive()) == 1 and lap:
                break
            if not self.train(share, part(progress, lap, len(SHARES))):
                break
            if not self.alive():
                raise refusal(self.trials[0].sentence)
            self.drop()
        winner = self.leader()
        self.put([trial.ended(COMPLETE) for trial in self.alive()])
        self.notebook.choose(winner)
        progress(1.0, f"{winner.recipe} is chosen.")
        return winner

    def alive(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.state in (RUNNING, COMPLETE)]

    def leader(self) -> Trial:
        """The best after the longest share that all who are left were trained for."""
        share = min(trial.curve[-1].share for trial in self.alive())

        def good(trial: Trial) -> float:
            point = trial.at(share)
            assert point is not None
            return self.goal.good(point.value)

        return max(self.alive(), key=lambda trial: (good(trial), -trial.number))

    def train(self, share: float, progress: Progress) -> bool:
        """Whether all who are left could be trained for so long. From the second lap on the leader goes first: what it
        needs then says what its whole training would cost, and that is what the race may cost."""
        todo = [trial for trial in self.alive() if trial.at(share) is None]
        if share > SHARES[0]:
            leader = self.leader()
            todo.sort(key=lambda trial: trial is not leader)
        for at, trial in enumerate(todo):
            if share > SHARES[0] and not self.affordable(trial, share):
                return False
            task = Task(self.recipes[trial.number], share)
            told = named(trial.recipe, part(progress, at, len(todo)))
            [outcome] = self.hands.run([task], told)
            self.put([became(trial, outcome, share)])
        return True

    def put(self, changed: Sequence[Trial]) -> None:
        for trial in changed:
            self.trials[trial.number] = trial
        self.notebook.write(changed)

    def drop(self) -> None:
        """Those whose differences to the leader, user by user, are below 0 in their whole 95 % interval, if they were
        trained for long enough to say so."""
        leader = self.leader()
        for trial in self.alive():
            if trial is leader or trial.each is None or leader.each is None:
                continue
            if trial.curve[-1].share < self.recipes[trial.number].shortest:
                continue
            if trial.curve[-1].share != leader.curve[-1].share:  # an attempt that died was in the middle of a lap
                continue
            gain = estimates({"gain": self.goal.gains(trial.each, leader.each)})["gain"]
            if gain.high < 0:
                sentence = (
                    f"Worse than {leader.recipe} by {-gain.mean:.4f}, with 95 % certainty by {-gain.high:.4f} to "
                    f"{-gain.low:.4f}, after {trial.curve[-1].share:.0%} of a training."
                )
                self.put([trial.ended(PRUNED, sentence)])

    def affordable(self, trial: Trial, share: float) -> bool:
        """Whether the race, with one more part of a training, costs no more than a whole training of the leader."""
        leader = self.leader()
        cost = trial.curve[-1].core_seconds
        if point := leader.at(share):
            cost *= point.core_seconds / max(leader.curve[0].core_seconds, 1e-9)
        spent = sum(each.core_seconds for each in self.trials)
        return spent + cost <= max(self.free_seconds, whole_cost(leader))


def whole_cost(trial: Trial) -> float:
    """Processor seconds of its whole training, by the line through the two longest parts that are known of it."""
    *_, last = trial.curve
    if last.share == SHARES[-1]:
        return last.core_seconds
    if len(trial.curve) == 1:
        return last.core_seconds / last.share
    before = trial.curve[-2]
    slope = (last.core_seconds - before.core_seconds) / (last.share - before.share)
    return last.core_seconds + max(slope, 0.0) * (SHARES[-1] - last.share)


def named(name: str, progress: Progress) -> Progress:
    return lambda done, sentence: progress(done, f"{name}: {sentence}")
