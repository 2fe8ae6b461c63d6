"""Fits the model of the v2 recipes: start vectors, transformer, counted successors, and how to weigh them."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from functools import partial

import numpy as np

from penchant.lake.attributes import Categories
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Progress, require_sufficient
from penchant.recipes.parts import course, ppmi, slit, train_loop
from penchant.recipes.parts.foretold import Foretold
from penchant.recipes.parts.held_out_loss import HeldOutLoss
from penchant.recipes.parts.hold_out import HoldOut, hold_out
from penchant.recipes.parts.item_tower import ItemTower
from penchant.recipes.parts.knowledge import Knowledge
from penchant.recipes.parts.new_user import start_scores
from penchant.recipes.parts.occasion_features import OccasionFeatures
from penchant.recipes.parts.occasions import GROUPS, TYPE
from penchant.recipes.parts.one_thread import one_torch_thread
from penchant.recipes.parts.recency import recent_popularity
from penchant.recipes.parts.sequence_model import UNKNOWN_TIME, SequenceModel, bias_of_unseen
from penchant.recipes.parts.settings import Settings, settings_for
from penchant.recipes.parts.sharing import once
from penchant.recipes.parts.successors import fit_successors
from penchant.recipes.parts.towers import Towers
from penchant.recipes.parts.transformer import export
from penchant.recipes.parts.transitions import Transitions
from penchant.recipes.parts.weighing import Weighing

SEED = 20240101
VECTOR_SCALE = 0.05
PERSON = "person"
"""The group of what the metadata of a user says, beside those of occasions."""
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
    bench/variants.py). `known` has the histories of the model's users where it is not to learn from all of them: the
    same users and items as `data`, which holds a part of the events.
    """
    known = data if known is None else known
    require_sufficient(known)
    course.current().seeded(seed)
    report = _seldom(progress)
    progress(0.0, "Choosing settings")
    settings = settings or settings_for(data, slit.LARGEST_CATALOGUE)
    held = once(data, (hold_out, seed, "amid"), lambda: hold_out(data, seed, amid=True))
    training = held.training
    knowledge = once(held, Knowledge, lambda: Knowledge.of(training, lambda: report(0.01, "Reading the metadata")))
    transitions = once(held, Transitions, lambda: Transitions(training))
    # The counted successors take a second core, if there is one, while the transformer trains on the first.
    with one_torch_thread(), ThreadPoolExecutor(1) as second:
        successors = second.submit(copy_context().run, fit_successors, transitions, settings)
        start = partial(
            ppmi.start_vectors,
            transitions,
            settings.embedding_size,
            VECTOR_SCALE,
            np.random.default_rng(seed),
            lambda: report(0.02, "Factorising which items follow which"),
        )
        limit = settings.history_limit
        surprise = HeldOutLoss.of(held, data, knowledge.occasions, limit) if settings.patience else None
        trained = train_loop.train(
            training,
            knowledge,
            settings,
            start,
            seed,
            lambda done, what: report(0.05 + 0.83 * done, what),
            Foretold.of(held, data).share,
            surprise.loss if surprise is not None and surprise.tells else None,
        )
        states = train_loop.encode_users(trained, held.before(data), lambda: report(0.9, "Encoding users"))
        while not successors.done():
            progress(0.92, "Counting successors")
            wait([successors], timeout=REPORT_SECONDS)
        vectors, occasions, towers = trained.items.cpu().numpy(), knowledge.occasions, trained.towers
        aim = _aim(data, occasions)
        trend = recent_popularity(training) if recency else None
        weighed = Weighing(
            held,
            states,
            _added(data, held, occasions, towers, aim),
            vectors,
            successors.result(),
            None if trend is None else np.log1p(trend),
            lambda: report(0.95, "Weighing the parts of the model"),
        ).decide()
        weights, recent = weighed.weights, recent_popularity(data) if recency else None
        occasion_weights = towers.occasion_weights()
        if occasion_weights is None:
            occasion_weights = np.zeros((len(occasions.group), settings.embedding_size), np.float32)
        aimed = occasion_weights[aim] if aim is not None and TYPE in weighed.groups else 0 * occasion_weights[0]
        tastes = towers.tastes() if PERSON in weighed.groups else towers.tastes()[:0]
        users = train_loop.encode_users(trained, known, lambda: report(0.98, "Encoding users"))
        users += aimed  # in place: of many users a second array is what takes most memory of a training
        if len(tastes):
            users += tastes
        model = SequenceModel(
            encoder=export(trained.net),
            item_vectors=vectors,
            item_bias=_bias(data, knowledge.described, recent, weights.recency),
            item_tower=ItemTower.of(knowledge.items, towers.item_weights()),
            user_vectors=users,
            newest_times=_newest_times(known),
            tastes=tastes,
            aim=aimed,
            occasions=occasions.served(occasion_weights, weighed.groups),
            neighbours=weighed.neighbours,
            neighbour_weight=weights.neighbours,
            own_weight=weights.own,
            habit_weight=weights.habit,
            fresh_weight=weights.fresh,
            recency_weight=weights.recency,
            held_out_ndcg=weighed.ndcg,
            start=start_scores(data, recent),
        )
    progress(1.0, "Trained")
    return model


def _aim(data: TrainingSet, occasions: OccasionFeatures) -> int | None:
    """The feature of the type of events that weighs most, if there is one: what is to be foretold."""
    kinds = data.event_columns.get("EVENT_TYPE")
    if not occasions.types or not isinstance(kinds, Categories):
        return None
    heaviest = np.zeros(len(occasions.types), np.float32)
    np.maximum.at(heaviest, kinds.codes, data.weight[np.repeat(np.arange(len(data.item)), np.diff(kinds.offsets))])
    best = np.flatnonzero(heaviest == heaviest.max())
    return len(occasions.group) - len(occasions.types) + int(best[0]) if len(best) == 1 else None


def _added(
    data: TrainingSet, held: HoldOut, occasions: OccasionFeatures, towers: Towers, aim: int | None
) -> dict[str, np.ndarray]:
    """By group, the (V, d) that is known of the people in the sample when they are about to be foretold."""
    weights, tastes, added = towers.occasion_weights(), towers.tastes(), {}
    if weights is not None:
        features = occasions.of(data, held.first)
        for place, group in enumerate(GROUPS):
            if group in occasions.groups and group != TYPE:
                added[group] = features @ np.where((occasions.group == place)[:, None], weights, 0)
    if weights is not None and aim is not None:
        added[TYPE] = np.tile(weights[aim], (len(held.users), 1))
    if len(tastes):
        added[PERSON] = tastes[held.users]
    return added


def _bias(data: TrainingSet, described: np.ndarray, recent: np.ndarray | None, weight: float) -> np.ndarray:
    """(I,) float32 of the weighted trend, and of how little is known of an item without events or metadata."""
    touched = np.bincount(data.item, minlength=len(data.items)) > 0
    bias = bias_of_unseen(touched | described)
    if recent is not None:
        bias += (weight * np.log1p(recent)).astype(np.float32)
    return bias


def _newest_times(data: TrainingSet) -> np.ndarray:
    """(U,) int64."""
    times = np.full(len(data.users), UNKNOWN_TIME, np.int64)
    some = np.diff(data.offsets) > 0
    times[some] = data.timestamp[data.offsets[1:][some] - 1]
    return times


def _seldom(progress: Progress) -> Progress:
    """Passes on at most two reports a second: steps take milliseconds, and a report may reach a database."""
    last = 0.0

    def report(done: float, message: str) -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT_SECONDS:
            last = time.monotonic()
            progress(done, message)

    return report
