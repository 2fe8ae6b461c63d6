"""The trial of recipes of actions: a period is kept from the end of the past, and foretold as of its beginning.

The recipe keeps another period before that one for itself (see `recipes/parts/actions/fit.py`), so that there are three
parts by time: for training, validation and test. Amazon says that there are three, and not how they are divided.
"""

from dataclasses import replace

import numpy as np

from ...lake.action_set import ActionSet
from ...lake.training_set import TrainingSet
from ...measure.actions import RECOMMENDED, mean_area, precision_and_recall
from ...measure.ranking import CUTOFFS, DEPTH, coverage, deep, relevance, retrieved_ndcg
from ...recipes.base import Progress
from ...recipes.parts.actions.known import DAY, Known, pairs
from ...recipes.parts.actions.model import ActionModel
from ...recipes.parts.actions.order import ordered
from ...recipes.parts.actions.past import Past
from .trial import Trial

PARTS = 5
"""Of a short past the test has one part of so many."""
MOST_USERS = 2_000
"""Of the test; a sample where there are more."""
CHANCE = 0.5
"""The area under a curve of which nothing is known."""


class ActionTrial(Trial):
    """What users did with items in the kept period stays in the training part, because the recipe looks at nothing that
    is later than the newest event with an action."""

    def __init__(self, data: TrainingSet, actions: ActionSet, period_days: int, seed: str):
        self.data, self.actions, self.seed = data, actions, seed
        time = actions.timestamp
        first, self.last = (int(time.min()), int(time.max())) if len(time) else (0, 0)
        length = min(period_days * DAY, max(DAY, (self.last - first) // PARTS))
        self.moment = self.last - length
        # Where all happened within a period there is nothing to keep.
        self.kept = self.moment >= first
        self.training = replace(data, actions=actions.until(self.moment)) if self.kept else data

    def metrics(self, model: ActionModel, progress: Progress) -> dict[str, float]:
        layout, count = model.known.layout, len(model.actions)
        whole = Past.of(self.data, chosen(self.actions, model), layout)
        person, action, took = pairs(whole.actions.between(self.moment, self.last), count)
        users = np.unique(person)
        if not self.kept or not len(users):
            return told(0.0, 0.0, 0.0, CHANCE, np.zeros((0, DEPTH), bool))
        if len(users) > MOST_USERS:
            rng = np.random.default_rng(int.from_bytes(self.seed.encode()[-8:], "little"))
            users = np.sort(rng.choice(users, MOST_USERS, replace=False))
        here = np.isin(person, users)
        row, action, took = np.searchsorted(users, person[here]), action[here], took[here] > 0
        taken = np.zeros((len(users), count), bool)
        taken[row, action] = took
        before = whole.until(self.moment)
        scores = np.empty((len(users), count))
        for at, user in enumerate(users.tolist()):
            if at % 100 == 0:
                progress(at / len(users), "Measuring with the kept events.")
            scores[at] = model.propensities(before.only(user))[0]
        lists = np.stack([ordered(each, layout.value, model.unpersonal)[:DEPTH] for each in scores])
        recommended = np.zeros((len(users), count), bool)
        recommended[np.arange(len(users))[:, None], lists[:, :RECOMMENDED]] = True
        precision, recall = precision_and_recall(recommended, taken)
        scored = model.known.scored[action]
        area = mean_area(scores[row, action][scored], took[scored], action[scored])
        truths = [np.flatnonzero(each) for each in taken if each.any()]
        relevant = deep(relevance(lists[taken.any(axis=1)], truths)) if truths else np.zeros((0, DEPTH), bool)
        return told(coverage(lists, count), precision, recall, CHANCE if area is None else area, relevant)

    def finished(self, model: ActionModel, progress: Progress) -> ActionModel:
        """Knows how often actions are taken as of the newest event, and which have a score by then."""
        layout = model.known.layout
        whole = Past.of(self.data, chosen(self.actions, model), layout)
        return model.knowing(Known.of(layout, whole, len(self.data.items)))


def chosen(actions: ActionSet, model: ActionModel) -> ActionSet:
    """The actions of a model, where it has not room for all."""
    return actions.among([code for code, id_ in enumerate(actions.actions) if model.actions.code(id_) is not None])


def told(cover: float, precision: float, recall: float, area: float, relevant: np.ndarray) -> dict[str, float]:
    """`relevant` is (Q, 25), of the users who took something."""
    values = {"coverage": cover, "precision": precision, "recall": recall, "auc": area}
    for cutoff in CUTOFFS:
        gains = retrieved_ndcg(relevant, cutoff) if len(relevant) else np.zeros(1)
        values[f"normalized_discounted_cumulative_gain_at_{cutoff}"] = float(gains.mean())
    return {name: round(value, 4) for name, value in values.items()}
