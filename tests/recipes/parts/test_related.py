"""Related items: companions by weight, then the popular ones, then the item itself."""

import numpy as np
import pytest

from penchant.recipes.parts.related import RelatedModel


@pytest.fixture
def model() -> RelatedModel:
    """Item 0 has the companions 2 and 3, item 1 none, item 2 has item 0; by popularity 3, 1, 0, 2."""
    return RelatedModel(
        np.array([0, 2, 2, 3, 3]),
        np.array([2, 3, 0], np.int32),
        np.array([0.5, 0.25, 1e-6], np.float32),
        np.array([-2, -1, -3, 0], np.float32),
    )


@pytest.mark.parametrize(
    ("history", "ranked"),
    [
        ([], [3, 1, 0, 2]),
        ([0], [2, 3, 1, 0]),
        ([1], [3, 0, 2, 1]),
        ([2], [0, 3, 1, 2]),  # a small weight too is above the popular ones
        ([3], [1, 0, 2, 3]),
        ([2, 1, 0], [2, 3, 1, 0]),  # the newest is asked about
    ],
)
def test_what_is_asked_for_comes_in_this_order(model: RelatedModel, history: list[int], ranked: list[int]) -> None:
    scores = model.scores(np.array(history, np.int32))
    assert np.argsort(-scores, kind="stable").tolist() == ranked
    assert scores.dtype == np.float32
    for count in range(1, 6):
        [found] = model.lists([np.array(history, np.int32)], count)
        assert found.tolist() == ranked[:count]


def test_scores_are_the_callers_to_change(model: RelatedModel) -> None:
    for history in ([], [0]):
        model.scores(np.array(history, np.int32))[:] = 9
    assert model.ranking.tolist() == [-2, -1, -3, 0]


def test_a_sealed_one_answers_alike(model: RelatedModel) -> None:
    again = RelatedModel.from_state(model.state())
    histories = [np.array(history, np.int32) for history in ([], [0], [1])]
    np.testing.assert_array_equal(again.scores_many(histories), model.scores_many(histories))
