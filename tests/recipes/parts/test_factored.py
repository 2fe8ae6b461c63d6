"""A factored model's scores against those put together item by item, for any number of people at once."""

from dataclasses import dataclass

import numpy as np
import pytest

from penchant.recipes.parts.factored import Additions, FactoredModel

ITEMS, DIMENSIONS = 30, 5


@dataclass(frozen=True)
class Plain(FactoredModel):
    """A person is the mean of the items of the history, moved a little where the user is known."""

    item_vectors: np.ndarray
    item_bias: np.ndarray
    start: np.ndarray

    def person_vectors(self, histories, users):
        assert all(len(history) for history in histories)
        moved = np.array([0 if user is None else 1 + user for user in users], np.float32)
        return np.stack([self.item_vectors[history].mean(axis=0) for history in histories]) + moved[:, None]

    def additions(self, history: np.ndarray) -> Additions:
        own = np.sort(history)
        return [(own, np.full(len(own), 4, np.float32)), (own[:1], np.array([-1], np.float32))]


@pytest.fixture(scope="module")
def model() -> Plain:
    rng = np.random.default_rng(0)
    vectors, bias = rng.standard_normal((ITEMS, DIMENSIONS)), rng.standard_normal(ITEMS)
    return Plain(vectors.astype(np.float32), bias.astype(np.float32), np.arange(ITEMS, dtype=np.float32))


def plainly(model: Plain, history: list[int], user: int | None) -> list[float]:
    if not history:
        return model.start.tolist()
    person = model.item_vectors[history].mean(axis=0) + (0 if user is None else 1 + user)
    return [
        float(person @ model.item_vectors[item])
        + float(model.item_bias[item])
        + (4 if item in history else 0)  # once, however often it is there
        - (1 if item == min(history) else 0)
        for item in range(ITEMS)
    ]


@pytest.mark.parametrize(
    "histories",
    [
        [],
        [[3]],
        [[]],
        [[3, 3, 1], [2]],
        [[], [7, 7]],
        [[1], [2], [3, 9]],
        [[1], [], [2], [3, 9]],
        [[], [], [5, 5, 5]],
    ],
)
def test_people_are_scored_as_each_alone_would_be(model: Plain, histories: list[list[int]]) -> None:
    arrays = [np.array(history, np.int32) for history in histories]
    users = [None if place % 2 else place for place in range(len(histories))]
    found = model.scores_asked(arrays, users)
    assert found.shape == (len(histories), ITEMS)
    assert found.dtype == np.float32
    for row, history, user in zip(found, histories, users, strict=True):
        np.testing.assert_allclose(row, plainly(model, history, user), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(model.scores(np.array(history, np.int32), user), row, rtol=1e-4, atol=1e-5)


def test_nobody_need_be_known(model: Plain) -> None:
    histories = [np.array([1, 2], np.int32), np.array([4], np.int32)]
    strangers, known = model.scores_many(histories), model.scores_many(histories, np.array([3, 0]))
    np.testing.assert_allclose(strangers[0], plainly(model, [1, 2], None), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(known[0], plainly(model, [1, 2], 3), rtol=1e-4, atol=1e-5)


def test_scores_are_the_callers_to_change(model: Plain) -> None:
    nobody = np.empty(0, np.int32)
    model.scores(nobody)[:] = 0
    model.scores_many([nobody])[:] = 0
    assert model.scores(nobody).tolist() == list(range(ITEMS))
