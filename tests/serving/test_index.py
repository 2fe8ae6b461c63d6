from dataclasses import dataclass

import numpy as np
import pytest

from penchant.recipes.parts.factored import Additions, FactoredModel
from penchant.serving import index
from penchant.serving.index import Probed, build_index
from tests.serving.test_scored import Marked, plainly

SIZE, PEOPLE = 6_000, 60


@dataclass(frozen=True)
class Tastes(FactoredModel):
    """People near a cluster of items; what follows the last item of a history is raised."""

    item_vectors: np.ndarray
    item_bias: np.ndarray
    start: np.ndarray
    people: np.ndarray

    def person_vectors(self, histories, users):
        return self.people[list(users)]

    def additions(self, history: np.ndarray) -> Additions:
        codes = np.unique((history[-3:] + 1) % len(self.item_vectors))
        return [(codes, np.full(len(codes), 3, np.float32))]


@pytest.fixture(scope="module")
def tastes() -> Tastes:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((60, 16)).astype(np.float32)
    vectors = centres[np.arange(SIZE) % 60] + 0.5 * rng.standard_normal((SIZE, 16)).astype(np.float32)
    people = 2 * centres[rng.integers(0, 60, PEOPLE)] + rng.standard_normal((PEOPLE, 16)).astype(np.float32)
    bias = 0.2 * rng.standard_normal(SIZE).astype(np.float32)
    return Tastes(vectors, bias, np.zeros(SIZE, np.float32), people)


@pytest.fixture(scope="module")
def histories() -> list[np.ndarray]:
    return list(np.random.default_rng(1).integers(0, SIZE, (PEOPLE, 8)).astype(np.int32))


@pytest.fixture
def built(tastes, histories, monkeypatch):
    monkeypatch.setattr(index, "ITEMS_FROM", 1_000)
    monkeypatch.setattr(index, "WORTH_WHILE", 1.0)
    monkeypatch.setattr(index, "LIST_ITEMS", 50)
    found = build_index(tastes, histories, range(PEOPLE))
    assert found is not None
    return found


def people(tastes, built, histories):
    exact = tastes.scores_asked(histories, list(range(PEOPLE)))
    for user, history in enumerate(histories):
        yield Probed(tastes, built, tastes.people[user], history), exact[user]


def test_the_lists_hold_every_item_once(built):
    assert sorted(built.order.tolist()) == list(range(SIZE))
    assert (built.order[built.place] == np.arange(SIZE)).all()
    assert built.starts[0] == 0
    assert built.starts[-1] == SIZE


def test_the_best_items_are_found(tastes, built, histories):
    found = [
        len(set(probed.best(25).tolist()) & set(plainly(exact, 25))) / 25
        for probed, exact in people(tastes, built, histories)
    ]
    assert np.mean(found) >= 0.99
    assert built.probes[0] < len(built.centroids)


def test_a_filter_that_leaves_little_is_answered_exactly(tastes, built, histories):
    few = Marked(np.random.default_rng(2).random(SIZE) < 0.003)
    for probed, exact in people(tastes, built, histories[:10]):
        best = probed.best(25, few)
        np.testing.assert_allclose(exact[best], exact[plainly(exact, 25, few.whole)], rtol=1e-4)


def test_more_than_any_depth_is_answered_exactly(tastes, built, histories):
    probed, exact = next(iter(people(tastes, built, histories)))
    np.testing.assert_allclose(exact[probed.best(2_000)], exact[plainly(exact, 2_000)], rtol=1e-4)


def test_single_scores_are_exact_and_shares_are_of_what_was_looked_at(tastes, built, histories):
    for probed, exact in people(tastes, built, histories[:5]):
        codes = np.array([0, 17, SIZE - 1])
        np.testing.assert_allclose(probed.of(codes), exact[codes], rtol=1e-4, atol=1e-4)
        shares = probed.shares(probed.best(25))
        assert 0 < shares.sum() <= 1.0001
        assert (np.diff(shares) <= 1e-7).all()


def test_a_small_catalogue_has_no_index(tastes, histories):
    assert build_index(tastes, histories, range(PEOPLE)) is None
