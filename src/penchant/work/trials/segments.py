"""The trial of recipes that answer with users: the newest fifth of what every user did."""

import hashlib

import numpy as np

from ...lake.training_set import TrainingSet
from ...measure.segments import COVERED, segment_metrics, segment_size
from ...recipes.base import MINIMUM_INTERACTIONS, Model, Progress
from ...recipes.parts.newest_fifth import fifth_of, newest_fifth
from ...recipes.parts.segments import SegmentModel
from .trial import Trial

ANSWERS_AT_MOST = 200_000_000
"""Questions times users that are measured: some minutes. Of more questions a sample is drawn."""
DECIMALS = 4


class SegmentTrial(Trial):
    """Amazon's minimum of interactions is that of all data. So that as many are left to train on, fewer users are
    tested where there is little more."""

    def __init__(self, data: TrainingSet, seed: str):
        self.data, self.seed = data, seed
        users = np.arange(len(data.users))
        sizes, spare = fifth_of(np.diff(data.offsets)), len(data.item) - MINIMUM_INTERACTIONS
        if sizes.sum() > spare:
            drawn = sorted(users.tolist(), key=lambda user: hashed(seed, data.users[user]))
            users = np.sort(np.array(drawn, np.int64)[np.cumsum(sizes[drawn]) <= spare])
        fifths = newest_fifth(data, users)
        self.training = fifths.rest
        lengths = [len(truth) for truth in fifths.truths]
        self.users = np.repeat(users, lengths)
        """(T,) users of the truths, and `items` (T,): distinct pairs."""
        self.items = np.concatenate([np.empty(0, np.int64), *fifths.truths])

    def metrics(self, model: SegmentModel, progress: Progress) -> dict[str, float]:
        asked, takers = self.questions(model)
        size = max(COVERED, segment_size(len(self.data.users)))
        segments: list[np.ndarray] = []
        for segment in model.users_for(asked, size):
            progress(len(segments) / len(asked), "Measuring with the held-out events.")
            segments.append(segment)
        found = segment_metrics(segments, takers, len(self.data.users))
        return {name: round(value, DECIMALS) for name, value in found.items()}

    def questions(self, model: SegmentModel) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Those that the truths answer, and the users who do, codes ascending."""
        order = np.argsort(self.items, kind="stable")
        users, starts = self.users[order], np.searchsorted(self.items[order], np.arange(len(self.data.items) + 1))
        counts = np.diff(starts)
        possible = [asked for asked in model.questions() if counts[asked].any()]
        most = max(1, ANSWERS_AT_MOST // max(1, len(self.data.users)))
        if len(possible) > most:
            rng = np.random.default_rng(int.from_bytes(hashed(self.seed, "questions")))
            possible = [possible[place] for place in np.sort(rng.permutation(len(possible))[:most])]
        takers = [
            np.unique(np.concatenate([users[starts[item] : starts[item + 1]] for item in asked.tolist()]))
            for asked in possible
        ]
        return possible, takers

    def finished(self, model: SegmentModel, progress: Progress) -> Model:
        return model.knowing(self.data)


def hashed(seed: str, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}\0{name}".encode(), digest_size=8).digest()
