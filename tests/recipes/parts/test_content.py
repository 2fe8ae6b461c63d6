"""What people take by what it says of itself."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sparse

from penchant.recipes.parts.content import SIZE, Content, fit_content, means_of, readings, root
from penchant.recipes.parts.metadata.features import Features
from tests.recipes.contract import training_set

ITEMS, KINDS = 60, 4
ALL = np.ones(ITEMS, bool)


def kinds() -> np.ndarray:
    """(I, k) float32: each item is of one of four kinds."""
    return np.eye(KINDS, dtype=np.float32)[np.arange(ITEMS) % KINDS]


def taken(kind: int, rng: np.random.Generator, count: int | np.integer = 6) -> list[int]:
    return (KINDS * rng.permutation(ITEMS // KINDS)[:count] + kind).tolist()


def fitted(histories: list[list[int]], weight: float = 1.0) -> Content:
    return fit_content(training_set(histories, ITEMS), kinds(), ALL, weight)


def test_what_goes_together_is_liked_together() -> None:
    """Whoever takes kind 0 takes kind 1 as well, and nobody who does takes 2 or 3."""
    rng = np.random.default_rng(0)
    histories = [
        [event for kind in (0, 1) for event in taken(2 * (user % 2) + kind, rng, rng.integers(1, 8))]
        for user in range(300)
    ]
    liked = fitted(histories).of(np.eye(KINDS, dtype=np.float32)) @ kinds()[:KINDS].T
    assert liked[0, :2].min() > liked[0, 2:].max()
    assert liked[2, 2:].min() > liked[2, :2].max()


def test_an_event_does_not_speak_for_itself() -> None:
    """Of each kind people take one item and no other, so that the next is of any kind but those they had."""
    rng = np.random.default_rng(1)
    histories = []
    for _ in range(400):
        two = rng.permutation(KINDS)[:2]
        histories.append([taken(kind, rng, 1)[0] for kind in two])
    liked = fitted(histories).of(np.eye(KINDS, dtype=np.float32)) @ kinds()[:KINDS].T
    for kind in range(KINDS):
        assert liked[kind].argmin() == kind


def test_what_is_popular_and_rare_is_put_before_what_is_popular_and_common() -> None:
    """People take as many of kind 1 as of kind 0, though ten times as many items are of kind 0."""
    vectors = np.zeros((110, 2), np.float32)
    vectors[:100, 0] = vectors[100:, 1] = 1
    rng = np.random.default_rng(2)
    histories = [[*rng.permutation(100)[:4].tolist(), *(100 + rng.permutation(10)[:4]).tolist()] for _ in range(150)]
    content = fit_content(training_set(histories, 110), vectors, np.ones(110, bool), 1.0)
    common, rare = content.of(np.array([[0.5, 0.5]], np.float32))[0]
    assert rare > common


def test_an_event_counts_by_its_weight() -> None:
    """Everybody takes as many of each kind, but those of kind 2 are worth more."""
    rng = np.random.default_rng(7)
    histories = [[event for kind in range(KINDS) for event in taken(kind, rng, 3)] for _ in range(200)]
    data = training_set(histories, ITEMS)
    data = replace(data, weight=np.where(data.item % KINDS == 2, 1, 0.1).astype(np.float32))
    liked = fit_content(data, kinds(), ALL, 1.0).of(np.full((1, KINDS), 1 / KINDS)) @ kinds()[:KINDS].T
    assert liked.argmax() == 2


def test_scores_are_spread_by_the_weight() -> None:
    rng = np.random.default_rng(3)
    histories = [taken(user % KINDS, rng) + taken((user + 1) % KINDS, rng, 2) for user in range(200)]
    means = means_of(training_set(histories, ITEMS), kinds())
    for weight in (1.0, 4.0):
        scores = fitted(histories, weight).of(means) @ kinds().T
        np.testing.assert_allclose(scores.std(axis=1), weight, rtol=1e-3)


def test_nothing_is_said_where_there_is_nothing_to_say() -> None:
    rng = np.random.default_rng(4)
    data = training_set([taken(user % KINDS, rng) for user in range(50)], ITEMS)
    empty = fit_content(data, np.zeros((ITEMS, 0), np.float32), ALL, 1.0)
    assert empty.of(np.zeros((3, 0), np.float32)).shape == (3, 0)
    alike = fit_content(data, np.ones((ITEMS, 2), np.float32), ALL, 1.0)
    assert np.isfinite(alike.of(np.ones((3, 2), np.float32))).all()


def test_means_of_histories() -> None:
    data = training_set([[0, 1, 1, 5], [], [7]], ITEMS)
    expected = [kinds()[[0, 1, 1, 5]].mean(axis=0), np.zeros(KINDS), kinds()[7]]
    np.testing.assert_allclose(means_of(data, kinds()), expected)


def test_the_root_is_one_of_the_covariance() -> None:
    vectors = np.random.default_rng(5).normal(size=(200, 5)).astype(np.float32) @ np.diag([3, 1, 1, 0.1, 0])
    half = root(vectors.astype(np.float32))
    np.testing.assert_allclose(half @ half.T, np.cov(vectors.T, bias=True), atol=1e-4)


def test_few_features_are_read_as_they_are() -> None:
    features = Features(sparse.csr_matrix(kinds()), np.ones((ITEMS, 3), np.float32))
    np.testing.assert_array_equal(readings(features), np.eye(KINDS + 3))


@pytest.mark.parametrize("texts", [0, 16])
def test_many_features_are_read_by_what_they_vary_in(texts: int) -> None:
    """Each of ten worlds has thirty words of its own; items of one world are near to each other whatever the word."""
    rng = np.random.default_rng(6)
    world = rng.integers(0, 10, 3_000)
    words = np.zeros((3_000, 300), np.float32)
    for _ in range(3):
        words[np.arange(3_000), 30 * world + rng.integers(0, 30, 3_000)] = 1
    features = Features(sparse.csr_matrix(words), rng.normal(0, 0.01, (3_000, texts)).astype(np.float32))
    reading = readings(features)
    assert reading.shape == (300 + texts, SIZE) and reading.dtype == np.float32
    np.testing.assert_array_equal(reading, readings(features))
    vectors = features @ reading
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    near = vectors @ vectors.T
    same = world[:, None] == world
    assert near[same].mean() > near[~same].mean() + 0.1
