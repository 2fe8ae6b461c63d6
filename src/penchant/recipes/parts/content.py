"""What people take by what it says of itself: the counterpart of counted successors for items without events.

Who took what is regressed on metadata alone: x_ui = p_u W f_i, where f_i are the features of item i and p_u is the mean
of the features of what person u took. One ridge regression over all people and all items with events has a closed form;
its inverses do what weights by rarity do by rule of thumb, and they know which features go together. An event is
foretold by the others of the same person, never by itself.

There is no order and no decay in it, which made it worse at what people took at any time; what they are after just now
is the transformer's to say.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from penchant.lake.training_set import TrainingSet

if TYPE_CHECKING:
    from penchant.recipes.parts.metadata.features import Features

SIZE = 64
"""Numbers that stand for an item's features, at most; more features than that are projected on the leading ones."""
LEARNT_FROM = 100_000
"""Items that the projection is of."""
POWER_ITERATIONS = 2
RARE = 0.01
"""Mean square of a feature below which it gains nothing more by being rare."""
PEOPLE_RIDGE = 1e-3
"""Of the mean square of a feature over people."""
ITEM_RIDGE = 1.0
"""Items, as many as have nothing but one feature and nobody took: what holds a rare feature down."""
SEED = 0


@dataclass(frozen=True)
class Content:
    """k numbers of an item's features, which a model keeps as a part of its item vectors."""

    liking: np.ndarray
    """(k + 1, k) float32: W, and last what everybody likes."""
    spread: np.ndarray
    """(k, k) float32 of which the square is the covariance over the items that may be answered."""
    weight: float
    """Standard deviation, over these items, of what a person's scores get."""

    def of(self, means: np.ndarray) -> np.ndarray:
        """(B, k) float32 that the content vectors are compared with, of the mean (B, k) of each history's.

        Scores of all people are spread alike, so that one weight holds for them.
        """
        liked = means.astype(np.float32) @ self.liking[:-1] + self.liking[-1]
        length = np.linalg.norm(liked @ self.spread, axis=1, keepdims=True)
        return np.divide(self.weight * liked, length, out=np.zeros_like(liked), where=length > 1e-12)


def fit_content(data: TrainingSet, vectors: np.ndarray, answered: np.ndarray, weight: float) -> Content:
    """From (I, k) content vectors, of which those `answered` (I,) bool are to be told apart. An event counts by its
    weight, as what is to be foretold; all count alike in what it is foretold from."""
    spread = root(vectors[answered])
    vectors = np.column_stack([vectors, np.ones(len(vectors))])
    lengths = np.diff(data.offsets)
    others = np.maximum(lengths - 1, 1)
    people = means_of(data, vectors)
    taken = sums_of(data, vectors, data.weight)
    # With every event left out of its own mean: all pairs of a person's events, but for those with themselves.
    alone = np.bincount(data.item, data.weight / np.repeat(others, lengths), minlength=len(vectors))
    together = (people * (lengths / others)[:, None]).T @ taken - (vectors * alone[:, None]).T @ vectors
    of_people = people.T @ people
    touched = vectors[np.bincount(data.item, minlength=len(vectors)) > 0]
    of_items = touched.T @ touched + ITEM_RIDGE * np.eye(vectors.shape[1])
    of_people += PEOPLE_RIDGE * np.trace(of_people) / len(of_people) * np.eye(len(of_people))
    liking = np.linalg.solve(of_people, together) @ np.linalg.inv(of_items)
    # What is liked of all items alike puts none before another.
    return Content(liking[:, :-1].astype(np.float32), spread, weight)


def means_of(data: TrainingSet, vectors: np.ndarray) -> np.ndarray:
    """(U, k) float64 mean vector of each history; 0 for an empty one."""
    lengths = np.diff(data.offsets)
    return sums_of(data, vectors, np.repeat(1 / np.maximum(lengths, 1), lengths))


def sums_of(data: TrainingSet, vectors: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(U, k) float64 sum of each history's vectors, each times its share (E,)."""
    import scipy.sparse as sparse

    taken = sparse.csr_matrix((shares, data.item, data.offsets), (len(data.users), len(vectors)))
    return taken @ vectors.astype(np.float64)


def root(vectors: np.ndarray) -> np.ndarray:
    """(k, k) float32 A such that A Aᵀ is the covariance of vectors (N, k), N > 0."""
    centred = vectors - vectors.mean(axis=0, dtype=np.float64)
    values, basis = np.linalg.eigh(centred.T @ centred / len(centred))
    return (basis * np.sqrt(np.maximum(values, 0))).astype(np.float32)


def readings(features: "Features") -> np.ndarray:
    """(F, k) float32 that features are multiplied by to get content vectors: the features themselves if they are few,
    or else what they vary in most (Halko, Martinsson & Tropp, SIAM Review 2011)."""
    import scipy.sparse as sparse

    if features.width <= SIZE:
        return np.eye(features.width, dtype=np.float32)
    from sklearn.utils.extmath import randomized_svd

    rows = np.arange(len(features.dense))
    if len(rows) > LEARNT_FROM:
        rows = np.sort(np.random.default_rng(SEED).choice(rows, LEARNT_FROM, replace=False))
    some = features.take(rows)
    # What few items have tells more of them. Texts are weighed so already, and keep their proportions.
    squares = np.asarray(some.sparse.multiply(some.sparse).mean(axis=0)).ravel()
    of_texts = np.full(some.dense.shape[1], np.square(some.dense).mean() if some.dense.size else 0)
    scales = 1 / np.sqrt(np.maximum(np.concatenate([squares, of_texts]), RARE))
    whole = sparse.hstack([some.sparse, sparse.csr_matrix(some.dense)], format="csr").multiply(scales).tocsr()
    _, _, leading = randomized_svd(whole, min(SIZE, len(rows)), n_iter=POWER_ITERATIONS, random_state=SEED)
    return np.ascontiguousarray((leading * scales).T, np.float32)
