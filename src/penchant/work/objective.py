"""How much of its relevance a solution gives up for its optimizationObjective: measured, not guessed.

A few of the newest events are kept from the fit. The weight of the objective is the largest with which the lists still
hold so much of their NDCG on these events as the sensitivity asks for.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..lake.training_set import TrainingSet
from ..measure.ranking import DEPTH, best, relevance, standard_ndcg
from ..measure.rewards import mean_values
from ..recipes.base import InsufficientData, Progress, require_sufficient
from ..recipes.parts.factored import FactoredModel
from ..recipes.parts.hold_out import HoldOut, hold_out
from ..recipes.parts.objective import normalised, pursuing

KEPT = {"LOW": 0.97, "MEDIUM": 0.90, "HIGH": 0.75}
"""The least share of the NDCG that is kept."""
UNMEASURED = {"LOW": math.log(1.25), "MEDIUM": math.log(2.0), "HIGH": math.log(4.0)}
"""Weights where there is nothing to measure by: the most valuable item counts as so many times as likely as the least
valuable one."""
DEFAULT = "MEDIUM"
"""Of an objective without a sensitivity: Amazon calls it the one that weighs both alike."""
TRIED = tuple(0.2 * 2 ** (0.4 * step) for step in range(18))
"""Weights, up to 22: there, value outweighs whatever a model knows."""
SEED = 20240102
"""Other than that of the fits, which keep events of their own for other ends."""
SCORES_AT_ONCE = 4_000_000
DECIMALS = 4


@dataclass(frozen=True)
class Objective:
    attribute: str
    """A column of the Items dataset."""
    sensitivity: str
    """OFF, LOW, MEDIUM or HIGH."""

    @staticmethod
    def of(config: Mapping[str, Any]) -> "Objective | None":
        """That of a solutionConfig."""
        asked = config.get("optimizationObjective")
        return asked and Objective(asked["itemAttribute"], asked.get("objectiveSensitivity", DEFAULT))


class Pursuit:
    """Of one training: `training` is what its recipe is fitted on, and `pursued` weighs the model that it makes."""

    def __init__(self, objective: Objective, data: TrainingSet, values: np.ndarray):
        """`values` (I,) is what the items are worth, NaN for unknown. ValueError where no item has a value."""
        self.objective, self.data, self.values = objective, data, values
        self.rewards = normalised(values)
        self.held = held_out(data) if objective.sensitivity in KEPT else None
        self.training = self.held.training if self.held else data
        self.trade: dict[str, Any] = {}
        """What was measured, and what was chosen by it, as JSON has it."""

    def pursued(self, model: Any, progress: Progress) -> Any:
        """The model with the objective in its scores, knowing all histories. `progress` is told from 0 to 1."""
        if not isinstance(model, FactoredModel):
            raise TypeError(f"{type(model).__name__} has no term of its items that an objective could enter.")
        sensitivity = self.objective.sensitivity
        self.trade = {"itemAttribute": self.objective.attribute, "objectiveSensitivity": sensitivity, "weight": 0.0}
        if sensitivity not in KEPT:
            return model
        weight = UNMEASURED[sensitivity]
        if self.held:
            tried = self.tried(model, self.held, progress)
            chosen = choose(tried, KEPT[sensitivity])
            weight = tried[chosen].weight if tried[0].ndcg.any() else weight
            self.trade["heldOut"] = {
                "users": len(self.held.users),
                "leastKept": KEPT[sensitivity],
                "tried": [each.told(tried[0]) for each in tried],
            }
            users, data = self.held.users, self.data
            newest = data.timestamp[data.offsets[1:][users] - 1]
            model = model.brought_up(users, [data.history(user) for user in users], newest)
        self.trade["weight"] = round(weight, DECIMALS)
        return pursuing(model, self.rewards, weight)

    def tried(self, model: FactoredModel, held: HoldOut, progress: Progress) -> "list[Try]":
        """Each of the weights on the held-out events, the first of them 0."""
        weights = (0.0, *TRIED)
        lists: list[list[np.ndarray]] = [[] for _ in weights]
        step = max(1, SCORES_AT_ONCE // len(self.rewards))
        for start in range(0, len(held.users), step):
            users = held.users[start : start + step]
            scores = model.scores_many([held.training.history(user) for user in users], users)
            for at, weight in enumerate(weights):
                done = (start + len(users) * at / len(weights)) / len(held.users)
                progress(done, "Weighing relevance against the objective.")
                lists[at].append(best(scores + np.float32(weight) * self.rewards))
        sizes = np.array([len(truth) for truth in held.truths])
        return [
            Try(
                weight,
                standard_ndcg(relevance(found, held.truths), sizes, DEPTH),
                float(self.rewards[found].mean()),
                float(np.nan_to_num(np.nanmean(mean_values(found, self.values)))),
            )
            for weight, found in zip(weights, map(np.concatenate, lists), strict=True)
        ]


@dataclass(frozen=True)
class Try:
    weight: float
    ndcg: np.ndarray
    """(V,) of each user."""
    reward: float
    """Mean of the items in the lists, from 0 to 1."""
    value: float
    """The same in the attribute's own numbers."""

    def told(self, without: "Try") -> dict[str, float]:
        ndcg, before = float(self.ndcg.mean()), float(without.ndcg.mean())
        told = {"weight": self.weight, "ndcg_at_25": ndcg, "mean_reward_at_25": self.reward}
        told |= {"mean_value_at_25": self.value, "kept": ndcg / before if before else 1.0}
        return {name: round(value, DECIMALS) for name, value in told.items()}


def choose(tried: Sequence[Try], least: float) -> int:
    """The largest weight, with all before it, that keeps so much of the NDCG of the first, which is 0.

    By more than one standard error, so that a few users do not allow by chance what costs more. The mean reward never
    falls when the weight grows, so the largest is the best for the objective.
    """
    chosen = 0
    for at, each in enumerate(tried[1:], 1):
        margin = each.ndcg - least * tried[0].ndcg
        if margin.mean() <= margin.std() / math.sqrt(len(margin)):
            break
        chosen = at
    return chosen


def held_out(data: TrainingSet) -> HoldOut | None:
    """None where too little would be left to train on."""
    held = hold_out(data, SEED)
    try:
        require_sufficient(held.training)
    except InsufficientData:
        return None
    return held
