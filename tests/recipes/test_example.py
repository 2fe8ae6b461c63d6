"""The example of a recipe of one's own: the contract, and what can be solved by hand."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "ease"))

from penchant_ease import Ease  # type: ignore[import-not-found]

from tests.recipes.contract import RecipeContract, training_set


class TestEase(RecipeContract):
    recipe = Ease(most_items=500)


def silent(done: float, message: str) -> None:
    pass


def test_the_weights_of_two_items_by_hand() -> None:
    """Of 60 users 40 took both of two items and 20 the first alone: G = [[60, 40], [40, 40]], and a ridge of 100."""
    model = Ease(regularisation=100.0).fit(training_set([[0, 1] * 15] * 40 + [[0] * 2] * 20, 2), silent)
    # The weight of an item for another is their count over that item's own with the ridge: one regression each.
    np.testing.assert_allclose(model.weights, [[0, 40 / 160], [40 / 140, 0]], rtol=1e-6)


def test_what_goes_together_comes_first_and_then_what_is_popular() -> None:
    rows = [[0, 1, 2] * 5] * 40 + [[3, 4] * 5] * 60 + [[5, 5]] * 30
    model = Ease(regularisation=10.0).fit(training_set(rows, 7), silent)
    order = np.argsort(-model.scores(np.array([1])), kind="stable").tolist()
    assert set(order[:2]) == {0, 2}
    assert order[-1] == 6  # nobody took it
    assert np.argsort(-model.scores(np.empty(0, np.int32)), kind="stable").tolist()[:2] == [3, 4]


def test_items_beyond_the_most_popular_are_not_weighed() -> None:
    rows = [[item, (item + 1) % 20] * 3 for item in range(20) for _ in range(15)]
    model = Ease(most_items=10).fit(training_set(rows, 20), silent)
    assert model.weights.shape == (10, 10)
    assert model.scores(np.array([19])).shape == (20,)
