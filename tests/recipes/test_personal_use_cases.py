"""The use cases that know the user: that they are the model of aws-user-personalization-v2, whose tests hold it."""

import numpy as np
import pytest

from penchant.recipes.base import Recipe
from penchant.recipes.personal_use_cases import RecommendedForYou, TopPicks
from penchant.recipes.user_personalization_v2 import UserPersonalizationV2
from tests.recipes.contract import training_set
from tests.recipes.test_user_personalization_v2 import silent


@pytest.mark.parametrize("recipe", [RecommendedForYou(), TopPicks()])
def test_is_the_model_of_user_personalization(recipe: Recipe) -> None:
    data = training_set([[(user + step) % 9 for step in range(20)] for user in range(60)], 9)
    model, same = recipe.fit(data, silent), UserPersonalizationV2().fit(data, silent)
    np.testing.assert_array_equal(model.scores(data.history(0)), same.scores(data.history(0)))
    assert not recipe.scores_shown
    assert recipe.real_time
