"""Looking into lists against scoring everything, where sums of float32 are exact and no two items are equal."""

from dataclasses import replace

import numpy as np
import pytest

from penchant.serving import index as module
from penchant.serving.index import DEPTHS, Index, Probed, build_index, lists_for, means, nearest
from penchant.serving.scored import Row
from tests.serving.test_index import Tastes
from tests.serving.test_scored import Marked, plainly

SIZE, PEOPLE, DIMENSIONS = 4_000, 200, 8


@pytest.fixture(scope="module")
def world() -> tuple[Tastes, list[np.ndarray]]:
    """Clusters of items with small whole numbers for vectors, and biases that set any two items apart."""
    rng = np.random.default_rng(0)
    centres = rng.integers(-6, 7, (40, DIMENSIONS))
    vectors = centres[np.arange(SIZE) % 40] + rng.integers(-1, 2, (SIZE, DIMENSIONS))
    people = centres[rng.integers(0, 40, 2 * PEOPLE)] + rng.integers(-1, 2, (2 * PEOPLE, DIMENSIONS))
    bias = rng.permutation(SIZE) / 4_096
    tastes = Tastes(*(array.astype(np.float32) for array in (vectors, bias, np.zeros(SIZE), people)))
    return tastes, list(rng.integers(0, SIZE, (2 * PEOPLE, 6)).astype(np.int32))


@pytest.fixture(scope="module")
def built(world) -> Index:
    tastes, histories = world
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "ITEMS_FROM", 1_000)
        patched.setattr(module, "WORTH_WHILE", 1.0)
        patched.setattr(module, "LIST_ITEMS", 50)
        index = build_index(tastes, histories[:PEOPLE], range(PEOPLE))
    assert index is not None
    return index


def probed(world, index: Index, person: int) -> Probed:
    tastes, histories = world
    return Probed(tastes, index, tastes.people[person], histories[person])


def exact(world, person: int) -> np.ndarray:
    tastes, histories = world
    return tastes.scores(histories[person], person)


def wholly(index: Index) -> Index:
    return replace(index, probes=np.full(len(DEPTHS), len(index.centroids)))


def test_people_it_was_not_measured_on_get_their_best_too(world, built: Index) -> None:
    found = []
    for person in range(PEOPLE, 2 * PEOPLE):
        best = plainly(exact(world, person), 25)
        found.append(len({*best} & {*probed(world, built, person).best(25).tolist()}) / 25)
    assert np.mean(found) >= 0.99
    assert built.share < 0.5


@pytest.mark.parametrize("n", [0, 1, 25, 100, 101, 500, 501, SIZE + 5])
def test_all_lists_have_what_everything_has(world, built: Index, n: int) -> None:
    for person in range(5):
        best = probed(world, wholly(built), person).best(n)
        assert best.tolist() == plainly(exact(world, person), n)
        assert best.dtype == np.int64


@pytest.mark.parametrize("share", [0.9, 0.3, 0.12, 0.01])
def test_all_lists_have_what_a_filter_lets_stay_of_everything(world, built: Index, share: float) -> None:
    allowed = Marked(np.random.default_rng(4).random(SIZE + 7) < share)
    for person in range(5):
        for n in (5, 60, 300):
            assert probed(world, wholly(built), person).best(n, allowed).tolist() == plainly(
                exact(world, person), n, allowed.whole[:SIZE]
            )


@pytest.mark.parametrize("left", [3, 40])
def test_few_items_that_may_stay_are_answered_exactly(world, built: Index, left: int) -> None:
    few = np.random.default_rng(left).choice(SIZE, left, replace=False)
    allowed = Marked(np.isin(np.arange(SIZE + 2), few))
    for person in range(10):
        assert probed(world, built, person).best(25, allowed).tolist() == plainly(
            exact(world, person), 25, allowed.whole[:SIZE]
        )


def test_a_filter_that_takes_what_is_near_is_answered_exactly(world, built: Index) -> None:
    """Most of the catalogue may stay, so that lists are looked into; of a person's own 600 best nothing may."""
    for person in range(10):
        scores = exact(world, person)
        mask = np.ones(SIZE, bool)
        mask[plainly(scores, 600)] = False
        asked = probed(world, built, person)
        assert asked.best(100, Marked(mask)).tolist() == plainly(scores, 100, mask)
        assert asked.best(25, Marked(np.zeros(SIZE, bool))).tolist() == []


def test_what_the_history_points_to_is_found_in_any_list(world, built: Index) -> None:
    tastes, histories = world
    near = replace(built, probes=np.ones(len(DEPTHS), np.int64))
    asked = probed(world, near, 0)
    best = asked.best(1)
    raised = np.concatenate([codes for codes, _ in tastes.additions(histories[0])])
    assert len(raised) == 3
    assert set(raised.tolist()) <= set(asked._codes.tolist())
    assert len(set(asked._codes.tolist())) == len(asked._codes)
    np.testing.assert_array_equal(asked._scores, exact(world, 0)[asked._codes])
    assert best[0] == asked._codes[asked._scores.argmax()]


def test_shares_are_over_what_was_looked_at(world, built: Index) -> None:
    everything = np.arange(SIZE)
    for person in range(3):
        asked = probed(world, built, person)
        first = asked.shares(everything)  # before anything was asked for
        assert first[asked._codes].sum() == pytest.approx(1, abs=1e-4)
        asked.best(400)
        assert asked.shares(everything)[asked._codes].sum() == pytest.approx(1, abs=1e-4)
        whole = probed(world, wholly(built), person).shares(everything)
        np.testing.assert_allclose(whole, Row(exact(world, person)).shares(everything), rtol=1e-4)


def test_a_sealed_index_answers_alike(world, built: Index) -> None:
    again = Index.from_state(built.state())
    for person in range(5):
        np.testing.assert_array_equal(probed(world, again, person).best(50), probed(world, built, person).best(50))


def test_vectors_lie_in_the_order_of_their_lists(world, built: Index) -> None:
    tastes, _ = world
    np.testing.assert_array_equal(built.vectors, tastes.item_vectors[built.order])
    np.testing.assert_array_equal(built.biases, tastes.item_bias[built.order])
    for begin, end in zip(built.starts[:-1], built.starts[1:], strict=True):
        assert (np.diff(built.order[begin:end]) > 0).all()
    middle = np.append(built.vectors[: built.starts[1]].mean(axis=0), built.biases[: built.starts[1]].mean())
    np.testing.assert_allclose(built.centroids[0], middle, rtol=1e-4)


def test_no_index_is_made_where_it_would_not_help(world, monkeypatch) -> None:
    tastes, histories = world
    monkeypatch.setattr(module, "ITEMS_FROM", SIZE + 1)
    assert build_index(tastes, histories, range(2 * PEOPLE)) is None
    monkeypatch.setattr(module, "ITEMS_FROM", SIZE)
    assert build_index(tastes, [], []) is None
    monkeypatch.setattr(module, "LIST_ITEMS", SIZE)  # one list, which is all items
    assert build_index(tastes, histories[:9], range(9)) is None


@pytest.mark.parametrize(
    ("ranks", "lists"),
    [
        ([[0, 0], [0, 0]], 1),
        ([[-1, -1]], 1),
        ([[0, 5], [1, 2]], 6),
        ([[*([3] * 199), 90]], 4),
        ([[*([3] * 198), 9, 9]], 10),
    ],
)
def test_so_many_lists_hold_the_share_of_the_best(ranks: list[list[int]], lists: int) -> None:
    assert lists_for(np.array(ranks)) == lists


def test_the_nearest_centroid(monkeypatch) -> None:
    rng = np.random.default_rng(6)
    points, centroids = rng.standard_normal((50, 3)), rng.standard_normal((7, 3))
    expected = np.square(points[:, None] - centroids).sum(axis=2).argmin(axis=1)
    assert nearest(points, centroids).tolist() == expected.tolist()
    monkeypatch.setattr(module, "AT_ONCE", 20)  # two points at a time
    assert nearest(points, centroids).tolist() == expected.tolist()


def test_means_of_points_that_are_all_alike_are_that_point() -> None:
    np.testing.assert_allclose(means(np.ones((20, 2), np.float32), 4), np.ones((4, 2)))
