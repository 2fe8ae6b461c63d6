"""Fits the model of the v2 recipes: start vectors, transformer, counted successors, and how to weigh them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Progress, require_sufficient
from penchant.recipes.parts import ppmi, slit, train_loop
from penchant.recipes.parts.fusion import Case, Weights, choose, log_flow
from penchant.recipes.parts.hold_out import HoldOut, hold_out
from penchant.recipes.parts.markov import fit_markov
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.new_user import start_scores
from penchant.recipes.parts.recency import recent_popularity
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.recipes.parts.settings import Settings, settings_for
from penchant.recipes.parts.transformer import export
from penchant.recipes.parts.transitions import Transitions

SEED = 20240101
VECTOR_SCALE = 0.05
UNTOUCHED = -20.0
"""Bias of items without an event, of which nothing is known: below every other, yet in the list."""
SCORES_AT_ONCE = 4_000_000
"""Users times items weighed at a time: 16 MB of scores."""
REPORT_SECONDS = 0.5


def fit_sequence_model(
    data: TrainingSet,
    progress: Progress,
    *,
    recency: bool,
    seed: int = SEED,
    settings: Settings | None = None,
    known: TrainingSet | None = None,
) -> SequenceModel:
    """Raises InsufficientData, and what `progress` raises. One seed gives one model on one machine.

    `settings` other than those for the data are for recipes with hyperparameters and for experiments (see
    bench/quality.py). `known` has the histories of the model's users where it is not to learn from all of them: the
    same users and items as `data`, which holds a part of the events.
    """
    known = data if known is None else known
    require_sufficient(known)
    report = _seldom(progress)
    progress(0.0, "Choosing settings")
    settings = settings or settings_for(data, slit.LARGEST_CATALOGUE)
    held = hold_out(data, seed)
    transitions = Transitions(held.training)
    # The counted successors take a second core, if there is one, while the transformer trains on the first.
    with _one_torch_thread(), ThreadPoolExecutor(1) as second:
        successors = second.submit(_fit_successors, transitions, settings)
        start = ppmi.start_vectors(
            transitions,
            settings.embedding_size,
            VECTOR_SCALE,
            np.random.default_rng(seed),
            lambda: report(0.02, "Factorising which items follow which"),
        )
        trained = train_loop.train(
            held.training, settings, start, seed, lambda done, what: report(0.05 + 0.83 * done, what)
        )
        users = train_loop.encode_users(trained, held.training, lambda: report(0.9, "Encoding users"))
        while not successors.done():
            progress(0.92, "Counting successors")
            wait([successors], timeout=REPORT_SECONDS)
        neighbours = successors.result()
        vectors = trained.items.cpu().numpy()
        weights, ndcg = _weigh(held, users, vectors, neighbours, recency, report)
        recent = recent_popularity(data) if recency else None
        model = SequenceModel(
            encoder=export(trained.net),
            item_vectors=vectors,
            item_bias=_bias(data, recent, weights.recency),
            user_vectors=train_loop.encode_users(trained, known, lambda: report(0.98, "Encoding users")),
            neighbours=neighbours,
            neighbour_weight=weights.neighbours,
            own_weight=weights.own,
            habit_weight=weights.habit,
            recency_weight=weights.recency,
            held_out_ndcg=ndcg,
            start=start_scores(data, recent),
        )
    progress(1.0, "Trained")
    return model


def _fit_successors(transitions: Transitions, settings: Settings) -> Neighbours:
    return slit.fit_slit(transitions, **settings.slit) if settings.slit else fit_markov(transitions)


def _weigh(
    held: HoldOut, users: np.ndarray, items: np.ndarray, neighbours: Neighbours, recency: bool, report: Progress
) -> tuple[Weights, float]:
    """The weights that foretell the held-out events best, from vectors of `users` (U, d) and `items` (I, d)."""
    recent = recent_popularity(held.training) if recency else None

    def cases() -> Iterator[Case]:
        step = max(1, SCORES_AT_ONCE // len(items))
        for start in range(0, len(held.users), step):
            report(0.95, "Weighing the parts of the model")
            part = slice(start, start + step)
            histories = [held.training.history(user) for user in held.users[part]]
            flows = np.stack([log_flow(neighbours.follow(history)) for history in histories])
            yield Case(users[held.users[part]] @ items.T, flows, histories, held.truths[part])

    return choose(cases, None if recent is None else np.log1p(recent))


def _bias(data: TrainingSet, recent: np.ndarray | None, weight: float) -> np.ndarray:
    """(I,) float32 of the weighted trend, and of how little is known of an item without events."""
    bias = np.where(np.bincount(data.item, minlength=len(data.items)) > 0, 0.0, UNTOUCHED)
    if recent is not None:
        bias += weight * np.log1p(recent)
    return bias.astype(np.float32)


def _seldom(progress: Progress) -> Progress:
    """Passes on at most two reports a second: steps take milliseconds, and a report may reach a database."""
    last = 0.0

    def report(done: float, message: str) -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT_SECONDS:
            last = time.monotonic()
            progress(done, message)

    return report


@contextmanager
def _one_torch_thread() -> Iterator[None]:
    """Steps are so small that a second thread only spins beside the first."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
