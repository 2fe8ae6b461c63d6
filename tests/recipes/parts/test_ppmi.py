"""Start vectors: items of one neighbourhood begin near one another, and strangers anywhere."""

import numpy as np
import pytest
import scipy.sparse as sparse

from penchant.recipes.parts import ppmi
from penchant.recipes.parts.ppmi import CONTEXT_SMOOTHING, WINDOW, start_vectors
from penchant.recipes.parts.transitions import Transitions
from tests.recipes.contract import training_set


def test_neighbours_begin_near_one_another() -> None:
    rng = np.random.default_rng(0)
    histories = [(rng.integers(0, 10, 12) + 10 * (user % 3)).tolist() for user in range(120)]
    breaths: list[int] = []
    transitions = Transitions(training_set(histories, 32))  # items 30 and 31 never occur
    vectors = start_vectors(transitions, 8, 0.05, rng, lambda: breaths.append(1))
    assert vectors.shape == (32, 8) and vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit[:30] @ unit[:30].T
    same = np.arange(30)[:, None] // 10 == np.arange(30) // 10
    assert cosines[same].mean() > 0.6 > 0.3 > cosines[~same].mean()
    assert (np.linalg.norm(vectors, axis=1) > 0.01).all()
    assert len(breaths) > 5


def in_one_go(transitions: Transitions) -> sparse.csr_matrix:
    """The positive pointwise mutual information, as its definition is."""
    counts = transitions.sparse(range(1, WINDOW + 1), lambda lag, _: 1 / lag)
    counts = (counts + counts.T).tocoo()
    item = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1e-9)
    context = item**CONTEXT_SMOOTHING
    context *= counts.data.sum() / context.sum()
    information = np.log(counts.data * counts.data.sum() / (item[counts.row] * context[counts.col]))
    matrix = sparse.csr_matrix((np.maximum(information, 0), (counts.row, counts.col)), counts.shape)
    matrix.eliminate_zeros()
    return matrix


@pytest.mark.parametrize("at_once", [1, 100, 1_000_000])
def test_the_information_does_not_hang_on_how_much_is_worked_on_at_once(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    transitions = Transitions(training_set([(rng.random(30) ** 2 * 40).astype(int).tolist() for _ in range(50)], 42))
    expected = in_one_go(transitions)
    monkeypatch.setattr(ppmi, "ENTRIES_AT_ONCE", at_once)
    found = ppmi._ppmi(transitions, lambda: None)
    assert 0 < found.nnz < 40 * 40
    for name in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))
