import numpy as np

from penchant.recipes.parts.outranked import outranked


def test_equals_do_not_outrank_one_another():
    scores = np.array([[1, 3, 3, 2], [0, -np.inf, 5, 0], [1, 2, 3, 4]], np.float32)
    wanted = [np.array([0, 2]), np.array([1, 3, 2]), np.empty(0, np.int64)]
    assert outranked(scores, wanted).tolist() == [[3, 0, 0], [3, 1, 0], [0, 0, 0]]


def test_as_by_comparing_all_with_all():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 50, (20, 200)).astype(np.float32)
    wanted = [rng.integers(0, 200, 7) for _ in scores]
    targets = np.stack([row[codes] for row, codes in zip(scores, wanted, strict=True)])
    np.testing.assert_array_equal(outranked(scores, wanted), (scores[:, None] > targets[:, :, None]).sum(axis=2))
