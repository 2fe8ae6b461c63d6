"""Pairs of events counted by lag, against loops over two short histories."""

import numpy as np

from penchant.recipes.parts.transitions import Transitions
from tests.recipes.contract import training_set

HISTORIES = [[0, 1, 2, 1], [], [2, 0]]


def looped(weigh: dict[int, float]) -> np.ndarray:
    total = np.zeros((3, 3))
    for history in HISTORIES:
        for later in range(len(history)):
            for lag, weight in weigh.items():
                if later >= lag:
                    total[history[later - lag], history[later]] += weight
    return total


def test_sparse_and_dense_agree_with_loops() -> None:
    transitions = Transitions(training_set(HISTORIES, 3))
    expected = looped({1: 1, 2: 1 / 2, 3: 1 / 3})
    np.testing.assert_allclose(transitions.sparse(range(1, 4), lambda lag, _: 1 / lag).toarray(), expected, rtol=1e-6)
    np.testing.assert_allclose(transitions.dense(range(1, 4), lambda lag, _: 1 / lag, False), expected, rtol=1e-6)


def test_places_in_a_history() -> None:
    transitions = Transitions(training_set(HISTORIES, 3))
    assert transitions.place.tolist() == [0, 1, 2, 3, 0, 1]
    assert transitions.newer.tolist() == [3, 2, 1, 0, 1, 0]


def test_the_later_event_weighs_the_pair() -> None:
    data = training_set([[0, 1], [0, 2]], 3)
    data.weight[:] = [1, 1, 1, 3]
    counts = Transitions(data).sparse(range(1, 2), lambda lag, _: 1.0).toarray()
    assert counts[0, 2] == 3 * counts[0, 1] > 0
