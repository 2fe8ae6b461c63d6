"""What a search judges by: the newest events of the training part, which its trials do not learn from.

One moment divides all events, so that nothing is foretold from what came after it. The events that a version's metrics
are measured with are no part of it: they were taken away before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...jobs.job import Failed
from ...lake.training_set import TrainingSet
from ...measure.ranking import best, coverage, ranking_values
from ...measure.split import draw, split_newest
from ...recipes.base import Model, Progress

NEWEST_SHARE = 0.1
PER_USER = 10
"""First events of a user after that moment that are to be foretold: what is far away says little of a model."""
FEWEST_USERS = 25
MOST_USERS = 5_000
SCORES_AT_MOST = 100_000_000
"""Users times items, some seconds of a core; it never goes below USERS_AT_LEAST for this."""
USERS_AT_LEAST = 500
SHARE_OF_USERS = 0.25
"""Of which the newest tenth is taken, where no moment divides the events."""
SEED = "validation"
AT_ONCE = 256
TRAINABLE = 100
"""Events without which nothing can be told of a recipe."""


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
        cut = np.quantile(data.timestamp, 1 - NEWEST_SHARE, method="lower") if len(data.timestamp) else 0
        earlier = data.timestamp <= cut
        lengths = np.diff(data.offsets)
        before = np.bincount(data.user[earlier], minlength=len(lengths))
        users = np.flatnonzero((before > 0) & (before < lengths))
        most = int(np.clip(SCORES_AT_MOST // max(1, len(data.items)), USERS_AT_LEAST, MOST_USERS))
        if len(users) < FEWEST_USERS or earlier.sum() < TRAINABLE:
            return by_users(data, most)
        users = draw(data, users, most, SEED)
        firsts = data.offsets[users] + before[users]
        stops = np.minimum(data.offsets[1:][users], firsts + PER_USER)
        truths = [data.item[first:stop] for first, stop in zip(firsts.tolist(), stops.tolist(), strict=True)]
        return Validation(replace(data.keep(earlier), judged=True), users, truths)

    def values(self, model: Model, known: TrainingSet, metric: str, progress: Progress) -> tuple[np.ndarray, float]:
        """(Q,) float32 of a metric by user, and the coverage. The model was fitted on `known`, a part of `training`."""
        lists = []
        whole = np.diff(known.offsets) == np.diff(self.training.offsets)
        for start in range(0, len(self.users), AT_ONCE):
            progress(start / len(self.users), "Measuring with the validation events.")
            users = self.users[start : start + AT_ONCE]
            histories = [self.training.history(user) for user in users]
            asked = [user if whole[user] else None for user in users.tolist()]
            lists.append(best(model.scores_asked(histories, asked)))
        found = np.concatenate(lists)
        each = ranking_values(found, self.truths)[metric].astype(np.float32)
        return each, coverage(found, len(self.training.items))


def by_users(data: TrainingSet, most: int) -> Validation:
    """Without a moment that divides enough histories: the newest tenth of some of the users."""
    able = np.flatnonzero(np.diff(data.offsets) >= 2)
    size = min(most, int(SHARE_OF_USERS * len(able)))
    if size < 1:
        raise Failed("Create failed. There are too few users with two interactions to choose between trainings by.")
    split = split_newest(data, draw(data, able, size, SEED))
    return Validation(replace(split.training, judged=True), split.users, split.truths)
