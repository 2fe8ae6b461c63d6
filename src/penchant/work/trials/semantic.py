"""The trial of semantic similarity: nothing is kept from it, because it learns from no events.

Amazon names three numbers and tells how each is made, not what they are called (Developer Guide, "Evaluating a solution
version with metrics"): how popular and how new the items of the catalogue are on average, and how alike the items of
an answer are to the one that was asked about.
"""

import numpy as np

from ...lake.training_set import TrainingSet
from ...measure.ranking import DEPTH, best
from ...recipes.base import Progress
from ...recipes.parts.semantic.model import SemanticModel
from ...recipes.parts.semantic.normalised import CREATED, by_age, by_users
from .trial import Trial

ASKED = 2_000
"""Items that are asked about; a sample where there are more."""
AT_ONCE = 4_000_000
"""Scores that are held at a time."""


class SemanticTrial(Trial):
    def __init__(self, data: TrainingSet, seed: str):
        self.training, self.seed = data, seed

    def metrics(self, model: SemanticModel, progress: Progress) -> dict[str, float]:
        """Popularity is told where there are interactions, and freshness where the items have a time of creation."""
        data = self.training
        metrics = {"item_similarity": self.similarity(model, progress)}
        if len(data.item):
            metrics["item_popularity"] = float(by_users(data).mean())
        if CREATED in data.item_columns:
            metrics["item_freshness"] = float(by_age(data).mean())
        return {name: round(value, 4) for name, value in sorted(metrics.items())}

    def similarity(self, model: SemanticModel, progress: Progress) -> float:
        """The mean cosine of an item and those of its list, of items that have a text."""
        vectors = model.item_vectors
        asked = np.flatnonzero(vectors.any(axis=1))
        if len(asked) > ASKED:
            rng = np.random.default_rng(int.from_bytes(self.seed.encode()[-8:], "little"))
            asked = np.sort(rng.choice(asked, ASKED, replace=False))
        if not len(asked) or len(vectors) < 2:
            return 0.0
        depth, step, found = min(DEPTH, len(vectors) - 1), max(1, AT_ONCE // len(vectors)), []
        for start in range(0, len(asked), step):
            progress(start / len(asked), "Measuring how alike the items of the lists are.")
            part = asked[start : start + step]
            listed = best(model.scores_many([np.array([code], np.int32) for code in part.tolist()]), depth)
            found.append(np.einsum("qd,qkd->q", vectors[part], vectors[listed]) / depth)
        return float(np.concatenate(found).mean())

    def finished(self, model: SemanticModel, progress: Progress) -> SemanticModel:
        return model
