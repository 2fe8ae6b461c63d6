"""The use cases of related items: the contract, and what counts as together."""

from dataclasses import replace

import numpy as np
import pytest

from penchant.recipes.related_use_cases import AlsoViewed, BecauseYouWatched, BoughtTogether, RelatedUseCase
from tests.recipes.contract import DAY, RecipeContract, training_set
from tests.recipes.test_sims import ranked, silent, world


class TestAlsoViewed(RecipeContract):
    recipe = AlsoViewed()


class TestBoughtTogether(RecipeContract):
    recipe = BoughtTogether()


class TestBecauseYouWatched(RecipeContract):
    recipe = BecauseYouWatched()


@pytest.mark.parametrize("recipe", [AlsoViewed(), BecauseYouWatched()])
def test_what_the_same_people_took_is_related_even_if_everybody_did(recipe: RelatedUseCase) -> None:
    model = recipe.fit(world({(0, 1): 90, (0, 2): 5, (1,): 50}, 4), silent)
    assert ranked(model, [2]) == [0, 1, 4, 3, 2]
    assert ranked(model, [3]) == [1, 4, 0, 2, 3]  # nobody took it: the popular ones


def test_only_what_is_bought_in_one_go_is_bought_together() -> None:
    """Everybody buys 0 and 1 on one day, and 2 on the next."""
    data = training_set([[0, 1, 2, 3, 3, 3, 3, 3, 3, 3]] * 120, 4)
    days = np.tile([0, 0, 1, 2, 2, 2, 2, 2, 2, 2], 120) * DAY
    model = BoughtTogether().fit(replace(data, timestamp=days), silent)
    scores = model.scores(np.array([0]))
    assert scores[1] > 0
    assert (scores[[2, 3]] <= 0).all()
    assert (model.scores(np.array([2])) <= 0).all()


def test_a_pair_of_one_person_is_not_related() -> None:
    model = BecauseYouWatched().fit(world({(0, 1): 1, (2, 3): 2, (0,): 30}, 4), silent)
    assert (model.scores(np.array([0])) <= 0).all()
    assert ranked(model, [2])[0] == 3
