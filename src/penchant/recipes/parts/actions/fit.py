"""Learning how likely people take actions: from periods that slide over the past, each seen from its beginning.

An example is a person and an action that met in a period. It is positive if the action was taken in it, negative if it
was only viewed or not taken; its features are of what happened up to the beginning, so that nothing later leaks into
them. The newest period is kept apart for two things: it says how many trees are enough, and what share of those with a
certain sum really took the action.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from penchant.artifacts.vocabulary import Vocabulary
from penchant.lake.action_set import ActionSet
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Progress
from penchant.recipes.parts import course
from penchant.recipes.parts.actions.features import features, shared
from penchant.recipes.parts.actions.known import DAY, Known, pairs
from penchant.recipes.parts.actions.layout import Layout
from penchant.recipes.parts.actions.model import ActionModel, Calibration
from penchant.recipes.parts.actions.past import Past
from penchant.recipes.parts.actions.trees import LEAVES, Trees

PARTS = 4
"""Of a short past, a period is one part of so many."""
MOST_PERIODS = 12
STEPS = 2
"""A period begins so many times in the length of one."""
MOST_EXAMPLES = 1_500_000
LEAST_EXAMPLES, LEAST_OF_A_KIND = 100, 20
"""With fewer examples, or fewer positive or negative ones, nothing is learnt, and the shrunk rate of each action says
all."""
LEAST_CALIBRATED = 300
"""Examples of the kept period; fewer say less of a share than the trees do."""
TREES, PATIENCE = 150, 15
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.07,
    "num_leaves": LEAVES,
    "feature_fraction": 0.7,
    "lambda_l2": 5.0,
    "use_missing": False,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}
LEAST_OF_A_LEAF, SHARE_OF_A_LEAF = 20, 2_000
"""Examples that a leaf has at least, or one of so many of all."""
SEED = 6


@dataclass(frozen=True)
class Examples:
    features: np.ndarray
    """(n, F) float64."""
    taken: np.ndarray
    """(n,) float64."""
    person: np.ndarray
    """(n,) int64."""

    def __len__(self) -> int:
        return len(self.taken)

    @property
    def suffice(self) -> bool:
        positive = int(self.taken.sum())
        return len(self) >= LEAST_EXAMPLES and LEAST_OF_A_KIND <= positive <= len(self) - LEAST_OF_A_KIND

    def where(self, which: np.ndarray) -> "Examples":
        return Examples(self.features[which], self.taken[which], self.person[which])

    @staticmethod
    def together(parts: list["Examples"]) -> "Examples":
        return Examples(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.taken for part in parts]),
            np.concatenate([part.person for part in parts]),
        )


def fit_actions(data: TrainingSet, actions: ActionSet, period_days: int, progress: Progress) -> ActionModel:
    """Raises whatever `progress` raises."""
    course.current().seeded(SEED)
    progress(0.0, "Looking at what users did with actions")
    layout = Layout.of(data, actions)
    past = Past.of(data, actions, layout)
    time = past.actions.time
    # What users did with items after the newest event with an action is for answers, and not for a trial to foresee.
    known = Known.of(layout, past.until(int(time.max())) if len(time) else past, len(data.items))
    vocabulary = Vocabulary.of(actions.actions)
    trees, calibration = Trees.none(), Calibration.none()
    earlier, newest = divided(layout, past, len(data.items), period_days, progress)
    if earlier.suffice:
        trees, calibration = learnt(earlier, newest, shared(layout), progress)
    progress(1.0, "Learnt how likely actions are taken")
    return ActionModel(vocabulary, trees, calibration, known)


def divided(
    layout: Layout, past: Past, item_count: int, period_days: int, progress: Progress
) -> tuple[Examples, Examples]:
    """The examples to learn from, and those of the newest period. Where the earlier periods have too few, a quarter of
    the people of the newest one stand for it."""
    moments, length = beginnings(past, period_days)
    parts = []
    for at, moment in enumerate(moments):
        progress(0.05 + 0.45 * at / len(moments), "Looking back from earlier moments")
        parts.append(examples(layout, past, item_count, moment, length, MOST_EXAMPLES // MOST_PERIODS))
    newest, earlier = parts[0], Examples.together(parts[1:] or parts)
    if len(parts) > 1 and earlier.suffice:
        return earlier, newest
    kept = newest.person % 4 == 0
    return newest.where(~kept), newest.where(kept)


def beginnings(past: Past, period_days: int) -> tuple[list[int], int]:
    """Of periods, the newest first, and their length, all in seconds. The newest ends with the newest event, and no
    earlier one reaches into it."""
    time = past.actions.time
    if not len(time):
        return [0], period_days * DAY
    first, last = int(time.min()), int(time.max())
    length = min(period_days * DAY, max(DAY, (last - first) // PARTS))
    earlier = range(last - 2 * length, first - 1 - length, -(length // STEPS))
    return [last - length, *[moment for moment in earlier if moment >= first - 1][: MOST_PERIODS - 1]], length


def examples(layout: Layout, past: Past, item_count: int, moment: int, length: int, most: int) -> Examples:
    """Of the period from a moment on; a sample where there are more than `most`."""
    person, action, took = pairs(past.actions.between(moment, moment + length), len(layout.value))
    if len(person) > most:
        kept = np.sort(np.random.default_rng(SEED).choice(len(person), most, replace=False))
        person, action, took = person[kept], action[kept], took[kept]
    if not len(person):
        width = features(Known.of(layout, past.until(moment), item_count), past.until(moment), moment, person, action)
        return Examples(width, took, person)
    before = past.until(moment)
    known = Known.of(layout, before, item_count)
    return Examples(features(known, before, moment, person, action), took, person)


def learnt(earlier: Examples, newest: Examples, shared: int, progress: Progress) -> tuple[Trees, Calibration]:
    """Trees of all examples, as many as are best for the newest when learnt from the earlier ones alone, which is also
    what the calibration is of."""
    rounds, calibration = TREES // 2, Calibration.none()
    if newest.suffice:
        first, rounds = boosted(earlier, newest, TREES, lambda done: progress(0.5 + 0.25 * done, "Growing trees"))
        calibration = calibrated(first(newest.features), newest.taken)
    whole = Examples.together([earlier, newest])
    last, _ = boosted(whole, None, rounds, lambda done: progress(0.75 + 0.25 * done, "Growing trees"))
    return Trees.of(last.booster, shared), calibration


@dataclass(frozen=True)
class Boosted:
    booster: Any
    rounds: int

    def __call__(self, features: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.booster.predict(features, raw_score=True, num_iteration=self.rounds)
        return found


def boosted(examples: Examples, judge: Examples | None, rounds: int, told: Any) -> tuple[Boosted, int]:
    """Trees, and how many of them are best for the judge."""
    import lightgbm

    settings = {**SETTINGS, "seed": SEED, "min_data_in_leaf": max(LEAST_OF_A_LEAF, len(examples) // SHARE_OF_A_LEAF)}
    train = lightgbm.Dataset(examples.features, examples.taken, free_raw_data=True)
    callbacks: list[Any] = [lambda state: told((state.iteration + 1 - state.begin_iteration) / rounds)]
    valid = None
    if judge is not None:
        valid = [lightgbm.Dataset(judge.features, judge.taken, reference=train)]
        callbacks.append(lightgbm.early_stopping(PATIENCE, verbose=False))
    booster = lightgbm.train(settings, train, rounds, valid_sets=valid, callbacks=callbacks)
    best = booster.best_iteration if judge is not None and booster.best_iteration > 0 else rounds
    return Boosted(booster, best), best


def calibrated(sums: np.ndarray, taken: np.ndarray) -> Calibration:
    """By isotonic regression; no share is surer than the number of examples allows."""
    if len(sums) < LEAST_CALIBRATED:
        return Calibration.none()
    from sklearn.isotonic import IsotonicRegression

    found = IsotonicRegression(out_of_bounds="clip").fit(sums, taken)
    edge = 1 / (len(sums) + 2)
    return Calibration(
        found.X_thresholds_.astype(np.float64), found.y_thresholds_.astype(np.float64).clip(edge, 1 - edge)
    )
