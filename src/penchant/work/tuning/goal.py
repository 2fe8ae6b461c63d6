"""What a search aims at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...resources.trials import METRIC


@dataclass(frozen=True)
class Goal:
    metric: str = METRIC
    maximize: bool = True

    @staticmethod
    def of(objective: Mapping[str, Any]) -> "Goal":
        """That of an hpoObjective or an autoMLConfig, whose words were checked when the solution was made."""
        return Goal(objective.get("metricName", METRIC), objective.get("type") != "Minimize")

    def good(self, value: float) -> float:
        """The higher the better."""
        return value if self.maximize else -value

    def gains(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """(Q,) by how much `one` is better than `other` for each user."""
        return (one - other) if self.maximize else (other - one)
