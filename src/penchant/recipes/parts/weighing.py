"""Which parts of a model count, and how much: decided on the events that the fit kept from training."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from penchant.recipes.parts.fusion import Case, Weights, better, choose, gains, log_flow, surely
from penchant.recipes.parts.hold_out import HoldOut
from penchant.recipes.parts.neighbours import Neighbours

SCORES_AT_ONCE = 4_000_000
"""Users times items weighed at a time: 16 MB of scores."""
COMPARED_AT = (0.4, 0.8, 1.25)
"""Weights at which tables of successors are compared, each by the one that suits it best."""


@dataclass(frozen=True)
class Weighed:
    neighbours: Neighbours
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
    successors: Sequence[Neighbours]
    """Tables of which one is taken: the first, unless another gains more than chance would."""
    recent: np.ndarray | None
    """(I,) log of recent popularity, None for no such term."""
    breathe: Callable[[], None]

    def decide(self) -> Weighed:
        """Groups that gain nothing are left out, one after the other, and the weights chosen for those that stay.

        Groups are judged by the event that follows at once: its occasion is the one that is known.
        """
        groups = tuple(self.added)
        neighbours = self.suited(groups)
        weights, ndcg = choose(lambda: self.cases(groups, neighbours), self.recent)
        reached = self.following(groups, neighbours, weights)
        for group in self.added:
            fewer = tuple(other for other in groups if other != group)
            without = self.following(fewer, neighbours, weights)
            if without >= reached:
                groups, reached = fewer, without
        if len(groups) < len(self.added):
            weights, ndcg = choose(lambda: self.cases(groups, neighbours), self.recent)
        return Weighed(neighbours, weights, groups, ndcg)

    def suited(self, groups: Sequence[str]) -> Neighbours:
        """The table with the best mean NDCG@25, each at the weight that suits it.

        What the items of the history count is settled first: where nobody takes a thing twice, they would stand in
        front with any table and hide what it is good for.
        """
        first, *others = self.successors
        if not others:
            return first
        own, _ = better(lambda: self.cases(groups, first), Weights(), "own", self.recent)
        best, reached = first, self.compared(groups, first, own)
        usual = reached
        for table in others:
            gained = self.compared(groups, table, own)
            if gained.mean() > reached.mean() and surely(gained - usual):
                best, reached = table, gained
        return best

    def compared(self, groups: Sequence[str], table: Neighbours, own: Weights) -> np.ndarray:
        """(V,) NDCG@25 with a table of successors at the best of COMPARED_AT."""
        tried = [replace(own, neighbours=weight) for weight in COMPARED_AT]
        gained = np.concatenate([gains(case, tried, self.recent) for case in self.cases(groups, table)], axis=1)
        best: np.ndarray = gained[gained.mean(axis=1).argmax()]
        return best

    def following(self, groups: Sequence[str], neighbours: Neighbours, weights: Weights) -> float:
        """NDCG@25 of the events that follow at once, each counting by what it is worth; to compare by."""
        gained, place = [], 0
        for case in self.cases(groups, neighbours):
            part = slice(place, place := place + len(case.truths))
            items = [item[None] for item in self.held.following[part]]
            worths = [all_[truth == item] for all_, truth, item in zip(case.worths, case.truths, items, strict=True)]
            share = gains(replace(case, truths=items, worths=worths), [weights], self.recent)[0]
            gained.append(float(share @ np.concatenate(worths)))
        return sum(gained)

    def cases(self, groups: Sequence[str], neighbours: Neighbours) -> Iterator[Case]:
        """With what some of the groups add."""
        held = self.held
        people = sum((self.added[group] for group in groups), self.states)
        step = max(1, SCORES_AT_ONCE // len(self.items))
        for start in range(0, len(held.users), step):
            self.breathe()
            part = slice(start, start + step)
            histories = held.histories[part]
            flows = np.stack([log_flow(neighbours.follow(history)) for history in histories])
            yield Case(people[part] @ self.items.T, flows, histories, held.truths[part], held.worths[part])
