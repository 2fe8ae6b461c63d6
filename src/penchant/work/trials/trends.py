"""The trial of trends: that of lists, and how much of what grew in the newest intervals was foretold."""

from typing import Any

from ...lake.training_set import TrainingSet
from ...measure.trends import NAME, trend_prediction_accuracy
from ...recipes.base import Model, Progress
from ...recipes.trending_now import SECONDS, TrendingNow, trending_ranking
from .lists import DECIMALS, ListTrial


class TrendTrial(ListTrial):
    """What is deployed is counted again over all events: the newest of an interval, which make its trend, are the ones
    that the trial of lists keeps back."""

    def __init__(self, recipe: TrendingNow, data: TrainingSet, seed: str):
        super().__init__(data, seed)
        self.recipe = recipe
        self._foretold: dict[str, Any] = {}

    def metrics(self, model: Model, progress: Progress) -> dict[str, float]:
        metrics = super().metrics(model, progress)
        interval = SECONDS[self.recipe.frequency()]
        accuracy, told = trend_prediction_accuracy(self.data, lambda past: trending_ranking(past, interval), interval)
        self._foretold = {"intervalsWithGrowth": told, "intervalSeconds": interval}
        return metrics | {NAME: round(accuracy, DECIMALS)}

    def details(self) -> dict[str, Any]:
        return super().details() | {"trend": self._foretold}

    def finished(self, model: Model, progress: Progress) -> Model:
        return self.recipe.fit(self.data, progress)
