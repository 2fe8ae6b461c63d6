"""What a search judges by: Amazon's split once more, of what is left for training, and of as many users as it bears.

It is the split that the metrics of the finished version come from, because those are what a search is to raise: what is
best for the time after one moment, when many people and items are new, need not be best for them (docs/LOG.md). The
events that the metrics are measured with are no part of it: they were taken away before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...jobs.job import Failed
from ...lake.training_set import TrainingSet
from ...measure.ranking import DEPTH, best, coverage, ranking_values
from ...measure.split import draw, held_out_sizes, split_newest
from ...recipes.base import Model, Progress

SHARE_OF_EVENTS = 0.15
"""That trials may lack at most. A tenth of each history is less, but for that of one event of a short one."""
MOST_USERS = 5_000
"""The standard error of an NDCG is then about .003, and of a difference a fraction of that."""
SCORES_AT_MOST = 100_000_000
"""Users times items, some seconds of a core; it never goes below USERS_AT_LEAST for this."""
USERS_AT_LEAST = 500
SEED = "validation"
AT_ONCE = 256
SCORES_AT_ONCE = 20_000_000
"""80 MB."""


@dataclass(frozen=True)
class Validation:
    training: TrainingSet
    """In the codes of the whole data set; users who come later have empty histories."""
    users: np.ndarray
    """(Q,) int64 codes."""
    truths: Sequence[np.ndarray]
    """Q arrays of item codes that followed, none empty."""

    @staticmethod
    def of(data: TrainingSet) -> "Validation":
        """Raises Failed where there is too little to keep any of it."""
        lengths = np.diff(data.offsets)
        able = np.flatnonzero(lengths >= 2)
        share = SHARE_OF_EVENTS * len(data.item) / max(1, held_out_sizes(lengths[able]).sum())
        most = int(np.clip(SCORES_AT_MOST // max(1, len(data.items)), USERS_AT_LEAST, MOST_USERS))
        size = min(most, int(min(1.0, share) * len(able)))
        if size < 1:
            raise Failed("Create failed. There are too few users with two interactions to choose between trainings by.")
        split = split_newest(data, draw(data, able, size, SEED))
        return Validation(replace(split.training, judged=True), split.users, split.truths)

    def values(self, model: Model, known: TrainingSet, metric: str, progress: Progress) -> tuple[np.ndarray, float]:
        """(Q,) float32 of a metric by user, and the coverage. The model was fitted on `known`, a part of `training`."""
        histories = [self.training.history(user) for user in self.users.tolist()]
        found = model.lists(histories, DEPTH)
        if found is None:
            found = self.scored(model, histories, known, progress)
        each = ranking_values(found, self.truths)[metric].astype(np.float32)
        return each, coverage(found, len(self.training.items))

    def scored(
        self, model: Model, histories: Sequence[np.ndarray], known: TrainingSet, progress: Progress
    ) -> np.ndarray:
        """(Q, 25) item codes, from the scores of all items."""
        whole = np.diff(known.offsets)[self.users] == np.diff(self.training.offsets)[self.users]
        asked = [user if same else None for user, same in zip(self.users.tolist(), whole.tolist(), strict=True)]
        step = int(np.clip(SCORES_AT_ONCE // max(1, len(known.items)), 1, AT_ONCE))
        lists = []
        for start in range(0, len(asked), step):
            progress(start / len(asked), "Measuring with the validation events.")
            part = slice(start, start + step)
            lists.append(best(model.scores_asked(histories[part], asked[part])))
        return np.concatenate(lists)
