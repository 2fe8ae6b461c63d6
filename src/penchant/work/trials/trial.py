"""What a trial of a recipe is: data divided so that one fit gives both the deployed model and its offline metrics."""

from abc import ABC, abstractmethod
from typing import Any

from ...lake.training_set import TrainingSet
from ...recipes.base import Model, Progress


class Trial(ABC):
    """Made for one training."""

    training: TrainingSet
    """What the recipe is fitted on."""

    @abstractmethod
    def metrics(self, model: Any, progress: Progress) -> dict[str, float]:
        """The `metrics` of GetSolutionMetrics, rounded to 4 decimals. `progress` is told from 0 to 1."""

    def details(self) -> dict[str, Any]:
        """What the last `metrics` found beside them, as JSON has it: how sure each is, and a floor to compare with. It
        is told by GET /penchant/v1/metrics."""
        return {}

    @abstractmethod
    def finished(self, model: Any, progress: Progress) -> Model:
        """The measured model, knowing of what was kept from it as much as it can without learning. `progress` is told
        from 0 to 1."""
