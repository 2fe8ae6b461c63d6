"""Fits the model of user segments: a sequence model, EASE beside it, and how to weigh them.

The newest fifth of a sample of users is kept from training and foretold, as Amazon's metrics foretell the newest fifth
of all. The finished model reads it as history.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Progress, require_sufficient
from penchant.recipes.parts import ease, slit
from penchant.recipes.parts.affinity import AffinityModel, Taken, Tastes, Weights, any_of, idle_seconds, log_sum
from penchant.recipes.parts.newest_fifth import newest_fifth
from penchant.recipes.parts.sequence_fit import SEED, fit_sequence_model
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.recipes.parts.settings import settings_for

SHARE_OF_USERS = 0.25
USERS_AT_MOST, USERS_AT_LEAST = 2_000, 50
SCORES_AT_MOST = 10_000_000
"""Sampled users times items: 40 MB for each term."""
QUESTIONS_AT_MOST = 1_000
SEGMENT_SHARE, SEGMENT_AT_LEAST = 0.01, 10
"""Users of a segment that is tried: as in the metrics, unless a hundredth of the sample is too few to tell anything."""
GRID: dict[str, Sequence[float]] = {
    "sequence": (0.1, 0.2, 0.3, 0.5, 0.7, 1.0),
    "companions": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
    "own": (-8.0, -4.0, -2.0, -1.0, 0.0, 0.5, 1.0, 2.0),
    "habit": (0.0, 0.5, 1.0, 1.5, 2.0),
    "frequency": (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5),
}
ORDER = ("frequency", "own", "habit", "companions", "sequence", "frequency", "own")
HALF_LIVES = (0.125, 0.25, 0.5, 1.0, 2.0)
"""Of the time that the data spans."""
FITTED = 0.9
BREATH_SECONDS = 0.5


def fit_affinity(
    data: TrainingSet, progress: Progress, width: int, questions: Sequence[np.ndarray], seed: int = SEED
) -> AffinityModel:
    """Vectors of about `width`. `questions` are item codes that will be asked about together; the weights are those
    that answer them best. Raises InsufficientData, and what `progress` raises."""
    require_sufficient(data)
    rng = np.random.default_rng(seed)
    held = _sample(data, rng)
    fifths = newest_fifth(data, held)
    learnt = fifths.rest
    settings = settings_for(learnt, slit.LARGEST_CATALOGUE)
    settings = replace(settings, embedding_size=width // settings.heads * settings.heads)
    sequence = fit_sequence_model(
        learnt, lambda done, what: progress(FITTED * done, what), recency=True, settings=settings, known=data
    )
    companions = _companions(learnt, lambda: progress(FITTED, "Relating items over whole histories"))
    case = _case(sequence, companions, learnt, held, fifths.truths, questions, rng)
    breathe = partial(progress, 0.94, "Weighing what people like and how active they are")
    weights = Weights() if case is None else case.chosen(breathe)
    model = AffinityModel.of(
        sequence, companions, data, weights, partial(progress, 0.97, "Adding up the scores of every user")
    )
    progress(1.0, "Trained")
    return model


def _companions(learnt: TrainingSet, breathe: Callable[[], None]) -> np.ndarray:
    """As in `Tastes`. `breathe` is called while the solver, which cannot be asked how far it is, works beside."""
    breathe()
    if len(learnt.items) > ease.LARGEST_CATALOGUE:
        return np.empty((0, 0), np.float16)
    with ThreadPoolExecutor(1) as beside:
        companions = beside.submit(ease.fit_ease, learnt)
        while not wait([companions], timeout=BREATH_SECONDS).done:
            breathe()
        return companions.result()


def _sample(data: TrainingSet, rng: np.random.Generator) -> np.ndarray:
    """Codes, ascending, of users who have a fifth to be kept."""
    able = rng.permutation(np.flatnonzero(np.diff(data.offsets) >= 3))
    affordable = max(USERS_AT_LEAST, SCORES_AT_MOST // max(1, len(data.items)))
    return np.sort(able[: min(USERS_AT_MOST, affordable, int(SHARE_OF_USERS * len(able)))])


def _case(
    sequence: SequenceModel,
    companions: np.ndarray,
    learnt: TrainingSet,
    held: np.ndarray,
    truths: Sequence[np.ndarray],
    questions: Sequence[np.ndarray],
    rng: np.random.Generator,
) -> "Case | None":
    """None where the sample answers no question."""
    chosen = [questions[place] for place in rng.permutation(len(questions))[:QUESTIONS_AT_MOST].tolist()]
    wanted = np.zeros((len(held), len(learnt.items)), bool)
    for row, truth in enumerate(truths):
        wanted[row, truth] = True
    takers = np.stack([wanted[:, codes].any(axis=1) for codes in chosen], axis=1) if chosen else wanted[:, :0]
    asked = np.flatnonzero(takers.any(axis=0))
    if not len(asked):
        return None
    histories = [learnt.history(user) for user in held.tolist()]
    offsets = np.concatenate([[0], np.cumsum([len(history) for history in histories])])
    tastes = Tastes(
        sequence.brought_up(held, histories).user_vectors[held],
        sequence.item_vectors,
        sequence.item_bias,
        companions,
        sequence.neighbours,
        Taken.of(offsets, np.concatenate(histories), len(learnt.items)),
    )
    everybody = slice(0, len(held))
    everything = np.arange(len(learnt.items))
    logits, spoken = tastes.terms(everybody, everything, tastes.toward(everything))
    span = float(np.ptp(learnt.timestamp)) if len(learnt.timestamp) else 0.0
    return Case(
        tastes,
        logits,
        spoken,
        np.log(np.diff(offsets) + 0.5).astype(np.float32),
        idle_seconds(learnt)[held],
        span,
        [chosen[place] for place in asked.tolist()],
        takers[:, asked],
    )


@dataclass(frozen=True)
class Case:
    """V sampled users and Q questions."""

    tastes: Tastes
    logits: np.ndarray
    """(V, I) float32, as `spoken`: the terms of `Tastes.terms`."""
    spoken: np.ndarray
    events: np.ndarray
    """(V,) log of how many each has."""
    idle: np.ndarray
    """(V,) seconds since the newest."""
    span: float
    """Seconds from the oldest event of all to the newest."""
    questions: Sequence[np.ndarray]
    takers: np.ndarray
    """(V, Q) bool: who took any of the items."""

    def chosen(self, breathe: Callable[[], None]) -> Weights:
        """Weight by weight, those with the best mean recall. A weight is changed only if the gain is more than one
        standard error of the differences, so that a small sample does not choose by chance."""
        weights = Weights()
        for name in ORDER:
            tried, recalls = [weights, *(replace(weights, **{name: value}) for value in GRID[name])], []
            for each in tried:
                breathe()
                recalls.append(self.recall(each))
            best = int(np.argmax([recall.mean() for recall in recalls]))
            if _beyond_error(recalls[best] - recalls[0]):
                weights = tried[best]
        return self.forgetting(weights, breathe)

    def forgetting(self, weights: Weights, breathe: Callable[[], None]) -> Weights:
        """With the shortest half-life that does no harm that could be told from chance.

        The newest fifth of everybody's events lies in everybody's own past, so that this validation (and Amazon's
        metric) never sees that people leave. A segment is for the time to come, where they do not come back.
        """
        recall = self.recall(weights)
        for share in HALF_LIVES if self.span else ():
            breathe()
            fading = replace(weights, half_life=share * self.span)
            if not _beyond_error(recall - self.recall(fading)):
                return fading
        return weights

    def recall(self, weights: Weights) -> np.ndarray:
        """(Q,) share of the takers who are in a segment of a hundredth of the users."""
        scores = np.float32(weights.sequence) * self.logits + np.float32(weights.companions) * self.spoken
        users, everything = slice(0, len(scores)), np.arange(scores.shape[1])
        self.tastes.add_own(scores, users, everything, weights)
        scores -= log_sum(scores)[:, None]
        activity = weights.frequency * self.events
        if weights.half_life:
            activity = activity - np.log(2) * self.idle / weights.half_life
        affinity = any_of(scores, self.questions) + activity[:, None]
        size = min(len(scores), max(SEGMENT_AT_LEAST, int(SEGMENT_SHARE * len(scores))))
        segment = np.argpartition(-affinity, size - 1, axis=0)[:size]
        return np.take_along_axis(self.takers, segment, axis=0).sum(axis=0) / self.takers.sum(axis=0)


def _beyond_error(difference: np.ndarray) -> bool:
    """Whether the mean is above 0 by more than one standard error."""
    return bool(difference.mean() > difference.std() / np.sqrt(len(difference)))
