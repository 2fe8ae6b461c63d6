"""Pairs of events counted by lag, against loops over two short histories, and against all of them in one go."""

import numpy as np
import pytest
import scipy.sparse as sparse

from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts import transitions as module
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
    assert Transitions(training_set(HISTORIES, 3)).newer.tolist() == [3, 2, 1, 0, 1, 0]


def test_the_later_event_weighs_the_pair() -> None:
    data = training_set([[0, 1], [0, 2]], 3)
    data.weight[:] = [1, 1, 1, 3]
    counts = Transitions(data).sparse(range(1, 2), lambda lag, _: 1.0).toarray()
    assert counts[0, 2] == 3 * counts[0, 1] > 0


def in_one_go(data: TrainingSet, lags: range) -> sparse.csr_matrix:
    """The pairs of all events at once, a lag after the other."""
    place = np.arange(len(data.item)) - np.repeat(data.offsets[:-1], np.diff(data.offsets))
    weight = data.weight / data.weight.mean()
    shape = (len(data.items), len(data.items))
    total = sparse.csr_matrix(shape, dtype=np.float32)
    for lag in lags:
        later = np.flatnonzero(place >= lag)
        values = np.full(len(later), 1 / lag, np.float32) * weight[later]
        total = total + sparse.csr_matrix((values, (data.item[later - lag], data.item[later])), shape=shape)
    return total


@pytest.fixture
def data() -> TrainingSet:
    rng = np.random.default_rng(0)
    found = training_set([rng.integers(0, 20, rng.integers(0, 40)).tolist() for _ in range(30)], 23)
    found.weight[:] = rng.random(len(found.weight))
    return found


@pytest.mark.parametrize("at_once", [1, 50, 1_000_000])
def test_what_is_counted_does_not_hang_on_how_much_is_counted_at_once(
    data: TrainingSet, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVENTS_AT_ONCE", at_once)
    monkeypatch.setattr(module, "STRETCHES_AT_MOST", 1_000_000)
    breaths: list[int] = []
    expected = in_one_go(data, range(1, 6))
    found = Transitions(data).sparse(range(1, 6), lambda lag, _: 1 / lag, lambda: breaths.append(1))
    for name in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))
    assert (found.indices.dtype, found.data.dtype, found.shape) == (np.int32, np.float32, (23, 23))
    assert len(breaths) == {1: 21, 50: len(breaths), 1_000_000: 1}[at_once] > 0
    dense = Transitions(data).dense(range(1, 6), lambda lag, _: 1 / lag, True)
    np.testing.assert_allclose(dense, expected.toarray(), rtol=1e-5)


def test_dense_counts_are_the_same_in_steps(data: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    def counted() -> np.ndarray:
        transitions = Transitions(data)
        return transitions.dense(range(3), lambda lag, later: lag + transitions.newer[later] / 7, True)

    whole = counted()
    monkeypatch.setattr(module, "EVENTS_AT_ONCE", 7)
    assert np.array_equal(counted(), whole)
