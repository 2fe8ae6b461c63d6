"""Which parts of a model count, and how much: decided on the events that the fit kept from training."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from penchant.recipes.parts.fusion import Case, Weights, choose, gains, log_flow
from penchant.recipes.parts.hold_out import HoldOut
from penchant.recipes.parts.neighbours import Neighbours

SCORES_AT_ONCE = 4_000_000
"""Users times items weighed at a time: 16 MB of scores."""


@dataclass(frozen=True)
class Weighed:
    weights: Weights
    groups: Sequence[str]
    """What of the vectors beside the transformer's pays."""
    ndcg: float
    """NDCG@25 of the held-out events."""


@dataclass(frozen=True)
class Weighing:
    held: HoldOut
    states: np.ndarray
    """(V, d) of the transformer, for the people in the sample."""
    added: Mapping[str, np.ndarray]
    """By group, the (V, d) that what is known beside it adds."""
    items: np.ndarray
    """(I, d)."""
    neighbours: Neighbours
    recent: np.ndarray | None
    """(I,) log of recent popularity, None for no such term."""
    breathe: Callable[[], None]

    def decide(self) -> Weighed:
        """Groups that gain nothing are left out, one after the other, and the weights chosen for those that stay.

        Groups are judged by the event that follows at once: its occasion is the one that is known.
        """
        groups = tuple(self.added)
        weights, ndcg = choose(lambda: self.cases(groups), self.recent)
        reached = self.following(groups, weights)
        for group in self.added:
            fewer = tuple(other for other in groups if other != group)
            without = self.following(fewer, weights)
            if without >= reached:
                groups, reached = fewer, without
        if len(groups) < len(self.added):
            weights, ndcg = choose(lambda: self.cases(groups), self.recent)
        return Weighed(weights, groups, ndcg)

    def following(self, groups: Sequence[str], weights: Weights) -> float:
        """NDCG@25 of the events that follow at once, each counting by what it is worth; to compare by."""
        gained, place = [], 0
        for case in self.cases(groups):
            part = slice(place, place := place + len(case.truths))
            items = [item[None] for item in self.held.following[part]]
            worths = [all_[truth == item] for all_, truth, item in zip(case.worths, case.truths, items, strict=True)]
            share = gains(replace(case, truths=items, worths=worths), [weights], self.recent)[0]
            gained.append(float(share @ np.concatenate(worths)))
        return sum(gained)

    def cases(self, groups: Sequence[str]) -> Iterator[Case]:
        """With what some of the groups add."""
        held = self.held
        people = sum((self.added[group] for group in groups), self.states)
        step = max(1, SCORES_AT_ONCE // len(self.items))
        for start in range(0, len(held.users), step):
            self.breathe()
            part = slice(start, start + step)
            histories = held.histories[part]
            flows = np.stack([log_flow(self.neighbours.follow(history)) for history in histories])
            yield Case(people[part] @ self.items.T, flows, histories, held.truths[part], held.worths[part])
