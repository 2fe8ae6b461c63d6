"""The trial of recipes that answer with lists of items for a person: the newest tenth of a tenth of the users."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...lake.training_set import TrainingSet
from ...measure import rewards
from ...measure.event_weights import event_weight_values
from ...measure.intervals import Estimate, estimates
from ...measure.ranking import DEPTH, best, coverage, ranking_values
from ...measure.split import split_users
from ...recipes.base import Model, Progress
from ...recipes.parts.popular import popular_ranking
from ...recipes.popularity_count import PopularityCount
from .trial import Trial

QUERIES = 256
"""Test users scored at a time."""
BROUGHT_UP = 5_000
"""Test users whose newest events the model reads at a time, a few seconds' work."""
TIMES = 16
"""At most: each may copy what the model keeps of all users."""
MEASURING = "Measuring with the held-out events."
DECIMALS = 4
"""Recorded: of all metrics."""
TOLD_DECIMALS = 6
"""Of intervals, which are narrow where there are many users."""

PerUser = dict[str, np.ndarray]
"""(Q,) values of the test users by metric."""


class ListTrial(Trial):
    """See `measure/split.py`. The deployed model still reads the held-out events as history."""

    def __init__(self, data: TrainingSet, seed: str, weighted: bool = False, values: np.ndarray | None = None):
        """`weighted` where an eventsConfig gave the events their weights; `values` (I,) is what the items are worth to
        an optimizationObjective, NaN for unknown."""
        self.data, self.weighted, self.values = data, weighted, values
        self.split = split_users(data, seed)
        self.training = self.split.training
        self._details: dict[str, Any] = {}

    def metrics(self, model: Model, progress: Progress) -> dict[str, float]:
        found = self.lists(model, progress, self.depth)
        progress(1.0, MEASURING)
        popular = best(popular_ranking(self.training)[None], self.depth).repeat(len(found), axis=0)
        own, floor = self.per_user(found), self.per_user(popular)
        progress(1.0, MEASURING)
        sure = estimates(own | self.extras(found))
        progress(1.0, MEASURING)
        self._details = {
            "testUsers": len(found),
            "metrics": {"coverage": self.coverage_told(found), **intervals(sure)},
            "baseline": {
                "recipe": PopularityCount.name,
                "metrics": {
                    "coverage": self.coverage_told(popular),
                    **intervals(estimates(floor | self.extras(popular))),
                },
                "gain": intervals(estimates({name: own[name] - floor[name] for name in own})),
            },
        }
        metrics = {"coverage": self.coverage(found), **{name: sure[name].mean for name in own}}
        return {name: round(value, DECIMALS) for name, value in metrics.items()}

    def details(self) -> dict[str, Any]:
        return self._details

    @property
    def depth(self) -> int:
        """How many items of each list are looked at."""
        return DEPTH if self.values is None else rewards.RECOMMENDED

    def lists(self, model: Model, progress: Progress, depth: int = DEPTH) -> np.ndarray:
        """(Q, depth) item codes. A test user's known state is that after their input."""
        split, lists = self.split, []
        if (found := model.lists(split.histories, depth)) is not None:
            return found
        for start in range(0, len(split.users), QUERIES):
            progress(start / len(split.users), MEASURING)
            users = split.users[start : start + QUERIES]
            lists.append(best(model.scores_many(split.histories[start : start + QUERIES], users), depth))
        return np.concatenate(lists)

    def per_user(self, lists: np.ndarray) -> PerUser:
        """What the metrics are the means of, from lists of item codes (Q, depth)."""
        truths = self.split.truths
        values = ranking_values(lists[:, :DEPTH], truths)
        if self.weighted:
            values |= event_weight_values(lists[:, :DEPTH], truths, self.truth_weights())
        if self.values is not None:
            values[rewards.NAME] = rewards.reward_shares(lists, truths, self.values)
        return values

    def extras(self, lists: np.ndarray) -> PerUser:
        """What Amazon has no metric for."""
        if self.values is None:
            return {}
        taken = rewards.taken_values(lists, self.split.truths, self.values)
        return {"mean_value_at_25": rewards.mean_values(lists, self.values), "taken_value_at_25": taken}

    def truth_weights(self) -> list[np.ndarray]:
        """Of the events of the truths, which are the newest of each test user."""
        stops = self.data.offsets[1:][self.split.users].tolist()
        return [
            self.data.weight[stop - len(truth) : stop] for stop, truth in zip(stops, self.split.truths, strict=True)
        ]

    def coverage(self, lists: np.ndarray) -> float:
        return coverage(lists[:, :DEPTH], len(self.data.items))

    def coverage_told(self, lists: np.ndarray) -> dict[str, float]:
        """It belongs to all lists together: no user has one, and no interval is told."""
        return {"mean": round(self.coverage(lists), TOLD_DECIMALS)}

    def finished(self, model: Model, progress: Progress) -> Model:
        users, data = self.split.users, self.data
        newest = data.timestamp[data.offsets[1:][users] - 1]
        step = max(BROUGHT_UP, -(-len(users) // TIMES))
        for start in range(0, len(users), step):
            progress(start / len(users), "Reading the held-out events.")
            some = slice(start, start + step)
            model = model.brought_up(users[some], [data.history(user) for user in users[some]], newest[some])
        return model


def intervals(found: Mapping[str, Estimate]) -> dict[str, dict[str, float]]:
    """By metric its mean, and how sure that is."""
    return {
        metric: {
            "mean": round(each.mean, TOLD_DECIMALS),
            "standardError": round(each.standard_error, TOLD_DECIMALS),
            "low": round(each.low, TOLD_DECIMALS),
            "high": round(each.high, TOLD_DECIMALS),
            "users": each.users,
        }
        for metric, each in found.items()
    }
