"""Trains aws-user-personalization-v2 for bench/peers.py; runs with Penchant's own interpreter."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
from handing import Recorder, Split, options

sys.path.insert(0, str(Path(__file__).parent.parent))
from scoreboard.rows import seeded

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts import slit
from penchant.recipes.parts.settings import settings_for
from penchant.recipes.user_personalization_v2 import UserPersonalizationV2

ASKED_AT_ONCE = 256
LISTED = 10


def main() -> None:
    parser = options()
    parser.add_argument("--effort", type=float, default=1.0, help="share of the epochs of a whole training")
    given = parser.parse_args()
    split = Split.load(given.split)
    data = training_set(split)
    # What the fit imports is no part of it, as with the others.
    from penchant.recipes.parts import sequence_fit  # noqa: F401

    recorder = Recorder(given.out, given.budget_seconds, given.every_seconds)
    recipe = UserPersonalizationV2(effort=given.effort)
    with seeded(given.seed):
        model = recipe.fit(data, lambda done, message: None)
    settings = settings_for(data, slit.LARGEST_CATALOGUE)
    settings = dataclasses.replace(settings, epochs=max(1, round(given.effort * settings.epochs)))
    recorder.lists(settings.epochs, lambda: lists(model.scores_many, split))
    recorder.done(dataclasses.asdict(settings), ("torch", "numpy", "scipy"), "all epochs")


def training_set(split: Split) -> TrainingSet:
    """Ids are numbers with zeros before them, so that their order is that of the codes."""
    users = [f"{user:09}" for user in range(len(split.offsets) - 1)]
    items = [f"{item:09}" for item in range(split.items)]
    return TrainingSet(users, items, split.offsets, split.item, split.time, np.ones(len(split.item), np.float32))


def lists(scores_many, split: Split) -> np.ndarray:
    """(Q, 10) the best items of each query, without the masked."""
    found = []
    for start in range(0, len(split.asked_user), ASKED_AT_ONCE):
        histories = [split.history(query) for query in range(len(split.asked_user))[start : start + ASKED_AT_ONCE]]
        scores = scores_many(histories, None)
        for row, history in zip(scores, histories, strict=True):
            row[history[max(0, len(history) - split.masked) :]] = -np.inf
        best = np.argpartition(-scores, LISTED, axis=1)[:, :LISTED]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        found.append(np.take_along_axis(best, order, axis=1))
    return np.concatenate(found)


if __name__ == "__main__":
    main()
