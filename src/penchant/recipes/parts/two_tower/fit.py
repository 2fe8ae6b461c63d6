"""Fits the model of similar items: metadata, start vectors, towers, counted successors, and how to weigh them."""

from collections.abc import Iterator

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Progress, require_sufficient
from penchant.recipes.parts import course, ppmi
from penchant.recipes.parts.fusion import lift
from penchant.recipes.parts.hold_out import HoldOut, hold_out
from penchant.recipes.parts.markov import fit_markov
from penchant.recipes.parts.metadata.encoding import Encoding
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.one_thread import one_torch_thread
from penchant.recipes.parts.popular import popular_ranking
from penchant.recipes.parts.sharing import once
from penchant.recipes.parts.transitions import Transitions
from penchant.recipes.parts.two_tower import weighing
from penchant.recipes.parts.two_tower.model import SimilarModel

SEED = 20240101
VECTOR_SCALE = 0.05
PRIOR_EVENTS = 5
"""Added to the events of an item before the logarithm of its popularity: a new one is not punished for being new."""
UNKNOWN = -30.0
"""Bias of items without an event and without metadata: below every other, yet in the list."""
SCORES_AT_ONCE = 4_000_000
"""Questions times items weighed at a time: 16 MB of scores."""


def fit_similar(
    data: TrainingSet,
    progress: Progress,
    *,
    discount: float,
    id_size: int,
    metadata_size: int,
    effort: float = 1.0,
    seed: int = SEED,
) -> SimilarModel:
    """Raises InsufficientData, and what `progress` raises. One seed gives one model on one machine.

    `effort` is the share of the steps of a whole training.
    """
    from penchant.recipes.parts.two_tower import training

    require_sufficient(data)
    course.current().seeded(seed)

    def reading() -> None:
        progress(0.0, "Reading the metadata of the items")

    reading()
    columns, size = data.item_columns, len(data.items)
    features = once(data, Encoding, lambda: Encoding.fit(columns, size, reading).features(columns, size, reading))
    held = once(data, (hold_out, seed), lambda: hold_out(data, seed))
    transitions = once(held, Transitions, lambda: Transitions(held.training))
    events = np.bincount(data.item, minlength=len(data.items))

    def start() -> np.ndarray:
        return ppmi.start_vectors(
            transitions,
            id_size,
            VECTOR_SCALE,
            np.random.default_rng(seed),
            lambda: progress(0.1, "Factorising which items go together"),
        )

    learnt = np.bincount(held.training.item, minlength=len(data.items))
    by_id = np.where(features.some, learnt >= training.FEW_EVENTS, learnt > 0)
    with one_torch_thread():
        towers = training.train(
            held.training,
            features,
            start,
            id_size,
            metadata_size,
            by_id,
            seed,
            effort,
            lambda done: progress(0.15 + 0.75 * done, "Training the two towers"),
        )
    vectors = towers.vectors(features, by_id) * np.float32(training.TEMPERATURE**-0.5)
    progress(0.9, "Counting which items follow which")
    neighbours = once(transitions, fit_markov, lambda: fit_markov(transitions))
    popularity = np.log(events + PRIOR_EVENTS)
    progress(0.95, "Weighing the parts of the model")
    near, popular, ndcg = weighing.choose(lambda: _cases(held, vectors, neighbours, progress), popularity)
    model = SimilarModel(
        item_vectors=vectors,
        item_bias=np.where((events > 0) | features.some, (popular - discount) * popularity, UNKNOWN).astype(np.float32),
        neighbours=neighbours,
        neighbour_weight=near,
        popularity_weight=popular,
        held_out_ndcg=ndcg,
        start=popular_ranking(data),
    )
    progress(1.0, "Trained")
    return model


def _cases(held: HoldOut, vectors: np.ndarray, neighbours: Neighbours, progress: Progress) -> Iterator[weighing.Case]:
    asked = np.array([held.training.history(user)[-1] for user in held.users], np.int64)
    step = max(1, SCORES_AT_ONCE // len(vectors))
    for start in range(0, len(asked), step):
        progress(0.95, "Weighing the parts of the model")
        part = slice(start, start + step)
        flows = np.stack(
            [lift(neighbours.follow(asked[row : row + 1])) for row in range(start, min(start + step, len(asked)))]
        )
        yield weighing.Case(asked[part], vectors[asked[part]] @ vectors.T, flows, list(held.truths[part]))
