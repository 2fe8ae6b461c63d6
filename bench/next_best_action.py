"""aws-next-best-action against a model of recency and frequency alone, in the made-up world of the tests. No public
data has actions, so what this shows is that the model finds what there is to find, and not how well it does on yours.

    python -m bench.next_best_action [seeds]

Both learn from the same periods and are measured in the same one; `best possible` knows the chance that the world threw
its dice with.
"""

import sys
import time
from unittest.mock import patch

import numpy as np

from penchant.measure.actions import mean_area
from penchant.recipes.next_best_action import NextBestAction
from penchant.recipes.parts.actions import features as made
from penchant.recipes.parts.actions import fit
from penchant.recipes.parts.actions.known import pairs
from penchant.recipes.parts.actions.past import Past
from penchant.work.trials.actions import ActionTrial
from tests.recipes.action_world import World, world

PERIOD = 14
ASKED = 200
"""Answers that are timed."""


def silent(done: float, sentence: str) -> None: ...


def measured(made_up: World, seed: int) -> dict[str, float]:
    data = made_up.data
    assert data.actions is not None
    trial = ActionTrial(data, data.actions, PERIOD, f"bench{seed:08}")
    began = time.perf_counter()
    model = NextBestAction().fit(trial.training, silent)
    seconds = time.perf_counter() - began
    metrics = trial.metrics(model, silent)
    names = made.names(model.known.layout)
    plain = [place for place, name in enumerate(names) if name in made.RECENCY_AND_FREQUENCY]

    def only_plain(*args) -> np.ndarray:
        return made.features(*args)[:, plain]

    with patch.object(fit, "features", only_plain), patch.object(fit, "shared", lambda layout: 6):
        rfm = NextBestAction().fit(trial.training, silent)
    whole = Past.of(data, data.actions, model.known.layout)
    before = whole.until(trial.moment)
    person, action, took = pairs(whole.actions.between(trial.moment, trial.last), len(model.actions))
    scored = model.known.scored[action]
    person, action, took = person[scored], action[scored], took[scored]
    rows = made.features(rfm.known, before, trial.moment, person, action)[:, plain]
    sums = np.array([rfm.trees(row[None])[0] for row in rows])
    chance = np.zeros((len(whole), len(model.actions)))
    np.maximum.at(
        chance, (whole.actions.person, whole.actions.what), made_up.chance * (whole.actions.time > trial.moment)
    )
    found = np.concatenate(
        [model.propensities(before.only(each))[0, action[person == each]] for each in np.unique(person)]
    )
    deployed = trial.finished(model)
    times = []
    for each in range(ASKED):
        one = whole.only(each)
        start = time.perf_counter()
        deployed.propensities(one)
        times.append(time.perf_counter() - start)
    return {
        **metrics,
        "auc of recency and frequency": mean_area(sums, took > 0, action) or 0.0,
        "best possible": mean_area(chance[person, action], took > 0, action) or 0.0,
        "foretold": float(found.mean()),
        "happened": float(took.mean()),
        "error of calibration": calibration_error(found, took),
        "seconds": seconds,
        "milliseconds of an answer": float(np.median(times)) * 1000,
    }


def calibration_error(found: np.ndarray, took: np.ndarray) -> float:
    """The mean distance between what was foretold and what happened, over ten parts of equal size."""
    parts = np.array_split(np.argsort(found, kind="stable"), 10)
    return float(sum(len(part) * abs(found[part].mean() - took[part].mean()) for part in parts) / len(found))


if __name__ == "__main__":
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows = [measured(world(users=3_000, seed=seed), seed) for seed in range(seeds)]
    for name in rows[0]:
        print(
            f"{name:42}", *(f"{row[name]:9.4f}" for row in rows), f"  mean {np.mean([row[name] for row in rows]):.4f}"
        )
