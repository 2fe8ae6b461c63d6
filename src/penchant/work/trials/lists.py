"""The trial of recipes that answer with lists of items for a person: the newest tenth of a tenth of the users."""

import numpy as np

from ...lake.training_set import TrainingSet
from ...measure.ranking import best, ranking_metrics
from ...measure.split import split_users
from ...recipes.base import Model, Progress
from .trial import Trial

QUERIES = 256
"""Test users scored at a time."""


class ListTrial(Trial):
    """See `measure/split.py`. The deployed model still reads the held-out events as history."""

    def __init__(self, data: TrainingSet, seed: str):
        self.data = data
        self.split = split_users(data, seed)
        self.training = self.split.training

    def metrics(self, model: Model, progress: Progress) -> dict[str, float]:
        return ranking_metrics(self.lists(model, progress), self.split.truths, len(self.data.items))

    def lists(self, model: Model, progress: Progress) -> np.ndarray:
        """(Q, 25) item codes. A test user's known state is that after their input."""
        split, lists = self.split, []
        for start in range(0, len(split.users), QUERIES):
            progress(start / len(split.users), "Measuring with the held-out events.")
            users = split.users[start : start + QUERIES]
            lists.append(best(model.scores_many(split.histories[start : start + QUERIES], users)))
        return np.concatenate(lists)

    def finished(self, model: Model) -> Model:
        return model.brought_up(self.split.users, [self.data.history(user) for user in self.split.users])
