"""The popularity use cases: the contract, and what each of them counts."""

import numpy as np
import pytest

from penchant.recipes.popular_use_cases import BestSellers, MostPopular, MostViewed, PopularUseCase
from tests.recipes.contract import RecipeContract, training_set


class TestMostViewed(RecipeContract):
    recipe = MostViewed()


class TestBestSellers(RecipeContract):
    recipe = BestSellers()


class TestMostPopular(RecipeContract):
    recipe = MostPopular()


@pytest.mark.parametrize(("recipe", "first"), [(MostViewed(), 0), (BestSellers(), 0), (MostPopular(), 1)])
def test_events_or_people_are_counted(recipe: PopularUseCase, first: int) -> None:
    """One person takes item 0 very often; everybody takes item 1 twice."""
    histories = [[0] * 1000] + [[1, 1]] * 40
    model = recipe.fit(training_set(histories, 2), lambda done, message: None)
    assert int(np.argmax(model.scores(np.empty(0, np.int32)))) == first
