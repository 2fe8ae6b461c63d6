"""Start vectors: items of one neighbourhood begin near one another, and strangers anywhere."""

import numpy as np

from penchant.recipes.parts.ppmi import start_vectors
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
