"""Rows cut to their strongest entries, and the score a decayed history draws from them."""

import numpy as np
import pytest
import scipy.sparse as sparse

from penchant.recipes.parts import strongest as module
from penchant.recipes.parts.markov import COLUMN_DISCOUNT, ROW_DISCOUNT, fit_markov
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.strongest import strongest, strongest_sparse
from penchant.recipes.parts.transitions import Transitions
from tests.recipes.contract import training_set

MATRIX = np.array([[0, 3, 1, 2], [0, 0, 0, 0], [5, 0, 0, 1], [-1, 4, -2, 0]], np.float32)


def dense(neighbours: Neighbours) -> np.ndarray:
    """The matrix that the rows stand for."""
    return np.stack([neighbours.follow(np.array([item])) for item in range(len(neighbours.items))])


def test_the_strongest_positive_entries_are_kept() -> None:
    kept = strongest(lambda start, stop: MATRIX[start:stop], 4, 2, 0.5)
    np.testing.assert_allclose(dense(kept), [[0, 3, 0, 2], [0, 0, 0, 0], [5, 0, 0, 1], [0, 4, 0, 0]])
    np.testing.assert_allclose(dense(strongest(lambda a, b: MATRIX[a:b], 4, 9, 0.5)), np.maximum(MATRIX, 0))


def test_sparse_rows_are_cut_alike() -> None:
    positive = sparse.csr_matrix(np.maximum(MATRIX, 0))
    np.testing.assert_allclose(dense(strongest_sparse(positive, 2, 0.5))[0], [0, 3, 0, 2])
    np.testing.assert_allclose(dense(strongest_sparse(positive, 9, 0.5)), np.maximum(MATRIX, 0))
    assert strongest_sparse(sparse.csr_matrix((3, 3), dtype=np.float32), 2, 0.5).items.shape == (3, 1)


@pytest.mark.parametrize("at_once", [1, 40])
def test_how_many_rows_are_cut_at_once_makes_no_difference(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = sparse.random(30, 30, 0.3, format="csr", dtype=np.float32, random_state=0)
    matrix.data = np.ceil(4 * matrix.data)  # so that some are equal
    whole = strongest_sparse(matrix, 5, 0.5)
    monkeypatch.setattr(module, "ENTRIES_AT_ONCE", at_once)
    cut = strongest_sparse(matrix, 5, 0.5)
    assert np.array_equal(cut.items, whole.items) and np.array_equal(cut.weights, whole.weights)


def test_influence_decays_with_each_newer_event() -> None:
    rows = strongest(lambda start, stop: MATRIX[start:stop], 4, 4, 0.5)
    np.testing.assert_allclose(
        rows.follow(np.array([2, 3, 0])), MATRIX[0] + 0.5 * np.maximum(MATRIX[3], 0) + 0.25 * MATRIX[2]
    )


def test_markov_prefers_what_follows_at_once_and_is_rare() -> None:
    # 0 is followed by 1 at once and by 2 later; 3 is followed by the common 4 as often as by the rare 5.
    histories = [[0, 1, 2]] * 5 + [[3, 4], [3, 5]] * 5 + [[6, 4]] * 20
    markov = fit_markov(Transitions(training_set(histories, 7)))
    after = dense(markov)
    assert after[0, 1] > after[0, 2] > 0
    assert after[3, 5] > after[3, 4] > 0


def test_markov_weighs_counts_by_how_common_both_items_are() -> None:
    rng = np.random.default_rng(2)
    transitions = Transitions(training_set([rng.integers(0, 12, 9).tolist() for _ in range(40)], 14))
    counts = transitions.sparse(range(1, 4), lambda lag, _: 1 / lag).toarray()
    earlier, later = np.maximum(counts.sum(axis=1), 1e-9), np.maximum(counts.sum(axis=0), 1)
    expected = counts / earlier[:, None] ** ROW_DISCOUNT / later**COLUMN_DISCOUNT
    np.testing.assert_allclose(dense(fit_markov(transitions, 3)), expected, rtol=1e-5)
