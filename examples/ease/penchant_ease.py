"""A recipe of one file: EASE, a linear model of which items go together, solved in closed form.

Each item is foretold from the other items of a person's history by a ridge regression; all the regressions together are
one matrix inverse. H. Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019, arXiv:1905.03375.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe, param, require_sufficient

SMALL = 1e-3
"""What popularity is worth beside the weights: it orders what they say nothing of."""


@dataclass(frozen=True)
class EaseModel(Model):
    """A model's fields are arrays and numbers, so that it can be sealed and read again; I items, K of them weighed."""

    place: np.ndarray
    """(I,) int32 row of each item in `weights`, -1 for one that is not weighed."""
    items: np.ndarray
    """(K,) int32 the items of the rows."""
    weights: np.ndarray
    """(K, K) float32: how much an item (row) speaks for another one (column)."""
    popularity: np.ndarray
    """(I,) float32 share of the users, at most SMALL."""

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        scores = np.array(self.popularity)  # a fresh array, which the caller may change
        rows = np.unique(self.place[history])
        rows = rows[rows >= 0]
        if len(rows):
            scores[self.items] += self.weights[rows].sum(axis=0)
        return scores


@dataclass(frozen=True)
class Ease(Recipe):
    """The class attributes say what the recipe is, the fields are its hyperparameters."""

    name: ClassVar[str] = "penchant-ease"
    recipe_type: ClassVar[str] = "USER_PERSONALIZATION"
    description: ClassVar[str] = "Linear item-to-item model with a closed form; strong where the order hardly matters."
    model: ClassVar[type[Model]] = EaseModel
    created: ClassVar[str] = "2025-01-01"
    feature_transformation: ClassVar[str] = "penchant-ease"
    scores_shown: ClassVar[bool] = False
    real_time: ClassVar[bool] = True

    regularisation: float = param(300.0, 1.0, 100_000.0, tunable=True, help="How little a few users may say of a pair.")
    most_items: int = param(5_000, 10, 20_000, help="The most popular items, which are weighed against each other.")

    def fit(self, data: TrainingSet, progress: Progress) -> EaseModel:
        import scipy.sparse as sparse  # here, because the server imports recipes and never fits one

        require_sufficient(data)
        progress(0.0, "Counting who took what")
        users, items = len(data.users), len(data.items)
        taken = sparse.csr_matrix((np.ones(len(data.item)), (data.user, data.item)), shape=(users, items))
        taken.data[:] = 1  # however often
        popularity = np.asarray(taken.sum(axis=0)).ravel()
        kept = np.sort(np.argsort(-popularity, kind="stable")[: self.most_items])
        kept = kept[popularity[kept] > 0]
        place = np.full(items, -1, np.int32)
        place[kept] = np.arange(len(kept))
        progress(0.2, "Counting who took both of two items")
        together = (taken[:, kept].T @ taken[:, kept]).toarray()
        together[np.diag_indices(len(kept))] += self.regularisation
        progress(0.4, "Solving for the weights")
        inverse = np.linalg.inv(together)
        weights = -inverse / np.diag(inverse)
        np.fill_diagonal(weights, 0)  # an item must not foretell itself
        progress(1.0, "Solved for the weights")
        return EaseModel(
            place, kept.astype(np.int32), weights.astype(np.float32), (SMALL * popularity / users).astype(np.float32)
        )
