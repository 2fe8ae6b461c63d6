"""aws-personalized-ranking-v2: the contract, and that it is the same model as aws-user-personalization-v2."""

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.recipes.personalized_ranking_v2 import PersonalizedRankingV2
from penchant.recipes.user_personalization_v2 import UserPersonalizationV2
from tests.recipes.contract import FEW, RecipeContract


class TestPersonalizedRankingV2(RecipeContract):
    recipe = PersonalizedRankingV2()
    many_items = FEW

    def test_is_the_model_of_user_personalization(self, data: TrainingSet, model: Model) -> None:
        same = UserPersonalizationV2().fit(data, lambda done, message: None)
        np.testing.assert_array_equal(model.scores(data.history(0)), same.scores(data.history(0)))
