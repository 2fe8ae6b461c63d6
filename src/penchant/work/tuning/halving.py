"""What a search does next, as it follows from its trials: most of them are given up after a part of a training.

Successive halving (Jamieson & Talwalkar, AISTATS 2016) in one or two generations. A training that is gone on with is
begun anew, so nothing is lost by waiting until all of a generation have had a first part of one, where the asynchronous
form (Li et al., MLSys 2020) lets whatever is the best so far go on, which is every second trial once the search works.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...resources.trials import FAILED, RUNNING, Trial
from .goal import Goal

SHARES = (1 / 9, 1 / 3, 1.0)
"""Of a whole training."""
KEPT = (2, 1)
"""Trials of a generation that go on after their first part of a training, and after their second; of the last one,
which has nothing to leave money for, as many of the best as can be paid."""
SMALL = 12
"""Up to so many trials are one generation; more are two, the second of which knows how the first did."""
FEW = 2
"""Trials that a generation is not begun for."""
BRIEF = 0.3
"""A part of a training that costs so much more of a whole one than its share is not worth having."""
BUDGET = 7.0
"""Whole trainings of the first trial, which is the recipe as it is, that a search may cost in processor time; with the
one that makes the model there are eight. It comes first, and with it all that is loaded and made for those after it, as
before any training. Room for twenty trials, where a ninth of a training costs a ninth."""


@dataclass(frozen=True)
class Train:
    numbers: Sequence[int]
    share: float


@dataclass(frozen=True)
class GiveUp:
    numbers: Sequence[int]
    sentence: str


@dataclass(frozen=True)
class Ask:
    """For new trials."""

    count: int


Move = Train | GiveUp | Ask


@dataclass(frozen=True)
class Halving:
    jobs: int
    at_once: int
    goal: Goal
    free_seconds: float
    """Processor time that a search may use in any case."""
    shares: Sequence[float] = SHARES
    """Of a whole training, ascending to 1: what a trial is trained for, one after the other."""

    def next(self, trials: Sequence[Trial]) -> Move | None:
        """`trials` by number; None where the search is over."""
        if not trials:
            return Ask(1)
        first = trials[0]
        whole = first.at(SHARES[-1])
        if first.state == FAILED:
            return None
        if whole is None:
            return Train([0], SHARES[-1])
        limit = max(self.free_seconds, BUDGET * whole.core_seconds)
        left = limit - sum(trial.core_seconds for trial in trials)
        parts = []
        for share in self.shares[:-1] if self.jobs > 1 else ():
            point = first.at(share)
            if point is None:
                return Train([0], share)
            if point.core_seconds <= (share + BRIEF) * whole.core_seconds:
                parts.append(share)
        if not parts:
            return self.whole(trials, left)
        return replace(self, shares=(*parts, SHARES[-1])).generation(trials, left)

    def whole(self, trials: Sequence[Trial], left: float) -> Move | None:
        """The newest trial tells what the next will cost: the first one made what all have in common."""
        if running := [trial.number for trial in trials if trial.state == RUNNING]:
            return Train(running, SHARES[-1])
        cost = trials[-1].core_seconds
        count = min(self.at_once, self.jobs - len(trials), int(left / max(cost, 1e-9)))
        return Ask(count) if count > 0 else None

    def generation(self, trials: Sequence[Trial], left: float) -> Move | None:
        """`left` is what may still be spent."""
        size = self.jobs - 1 if self.jobs <= SMALL else -(-(self.jobs - 1) // 2)
        place = 1 + max(0, len(trials) - 2) // size * size
        members = trials[place : place + size]
        running = [trial for trial in members if trial.state == RUNNING]
        reserve = sum(kept * cost(trials, share) for kept, share in zip(KEPT, self.shares[1:], strict=False))
        affordable = int((left - reserve) / max(cost(trials, self.shares[0]), 1e-9))
        for at, share in enumerate(self.shares):
            untrained = [trial.number for trial in running if trial.at(share) is None]
            if not untrained:
                continue
            if at == 0:
                return Train(untrained[: self.at_once], share)
            open_ = at == 1 and len(untrained) == len(members) - failed(members)
            if open_ and (room := min(size - len(members), self.jobs - len(trials), affordable, self.at_once)) > 0:
                return Ask(room)
            if len(untrained) == len(running):
                after = zip(KEPT[at:], self.shares[at + 1 :], strict=False)
                later = sum(most * cost(trials, share) for most, share in after)
                most = len(running) if place + size >= self.jobs else KEPT[at - 1]
                kept, dear = self.payable(trials, running, at, left - later, most)
                if dear:
                    sentence = f"Too dear: there was not enough left for {share:.0%} of a training."
                    return GiveUp(dear, sentence)
                if len(running) > kept:
                    return self.give_up(running, self.shares[at - 1], kept)
            return Train(untrained[: self.at_once], share)
        # All of this generation have ended. One that was not filled had no time left, unless all of it failed.
        if 0 < len(members) < size and failed(members) < len(members):
            return None
        room = min(size, self.jobs - len(trials), affordable)
        return Ask(min(room, self.at_once)) if room >= min(FEW, self.jobs - len(trials)) and room > 0 else None

    def payable(
        self, trials: Sequence[Trial], running: Sequence[Trial], at: int, money: float, most: int
    ) -> tuple[int, list[int]]:
        """How many of the best, and `most` at most, can be trained for share `at`, and the numbers of those who would
        be among them and are too dear. It costs each so many times the share before as it did the first trial."""
        before, share = self.shares[at - 1], self.shares[at]
        times = spent(trials[0], share) / max(spent(trials[0], before), 1e-9)
        kept, dear = 0, []
        for trial in self.ranked(running, before):
            needed = times * spent(trial, before)
            if kept == most:
                break
            if needed > money:
                dear.append(trial.number)
                continue
            kept, money = kept + 1, money - needed
        return kept, dear

    def ranked(self, running: Sequence[Trial], share: float) -> list[Trial]:
        def good(trial: Trial) -> float:
            point = trial.at(share)
            assert point is not None
            return self.goal.good(point.value)

        return sorted(running, key=lambda trial: (-good(trial), trial.number))

    def give_up(self, running: Sequence[Trial], share: float, kept: int) -> GiveUp:
        order = self.ranked(running, share)
        best = "the best" if kept == 1 else f"the best {kept}"
        sentence = f"Not {best} of {len(running)} after {share:.0%} of a training."
        if kept > 1:
            sentence = f"Not among {best} of {len(running)} after {share:.0%} of a training."
        return GiveUp([trial.number for trial in order[kept:]], sentence)


def cost(trials: Sequence[Trial], share: float) -> float:
    """Mean seconds of a core that so much of a training took. Some hyperparameters are dear and others cheap."""
    return float(np.mean([point.core_seconds for trial in trials if (point := trial.at(share))]))


def spent(trial: Trial, share: float) -> float:
    point = trial.at(share)
    assert point is not None
    return point.core_seconds


def failed(trials: Sequence[Trial]) -> int:
    return sum(trial.state == FAILED for trial in trials)
