"""SLIT counted by lags against the regression it stands for, written out row by row."""

import numpy as np

from penchant.recipes.parts.slit import fit_slit
from penchant.recipes.parts.transitions import Transitions
from tests.recipes.contract import training_set

ITEMS, PAST, FUTURE, FUTURE_DECAY, RIDGE = 6, 0.6, 3, 0.5, 2.0


def test_equals_the_ridge_regression() -> None:
    rng = np.random.default_rng(0)
    histories = [rng.integers(0, ITEMS, length).tolist() for length in (2, 7, 15, 4)]
    pasts, futures = [], []
    for history in histories:
        for cut in range(1, len(history)):
            past, future = np.zeros(ITEMS), np.zeros(ITEMS)
            for age, item in enumerate(reversed(history[:cut])):
                past[item] += PAST**age
            for ahead, item in enumerate(history[cut : cut + FUTURE]):
                future[item] += FUTURE_DECAY**ahead
            pasts.append(past)
            futures.append(future)
    p, y = np.array(pasts), np.array(futures)
    expected = np.maximum(np.linalg.solve(p.T @ p + RIDGE * np.eye(ITEMS), p.T @ y), 0)

    transitions = Transitions(training_set(histories, ITEMS))
    neighbours = fit_slit(transitions, past_decay=PAST, future=FUTURE, future_decay=FUTURE_DECAY, ridge=RIDGE)
    found = np.zeros((ITEMS, ITEMS))
    np.add.at(found, (np.arange(ITEMS)[:, None], neighbours.items), neighbours.weights)
    np.testing.assert_allclose(found, expected, atol=1e-5)
