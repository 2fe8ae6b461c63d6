"""How much counts beside the vectors of the two towers, on cases whose best weights are known."""

import numpy as np
import pytest

from penchant.recipes.parts.two_tower.weighing import POPULARITY, Case, choose

ITEMS, QUESTIONS = 200, 400


def case(popularity: np.ndarray, right: float, noise: float = 0.5) -> Case:
    """What is taken next follows scores of which the vectors know all but `right` times the popularity."""
    rng = np.random.default_rng(5)
    asked = rng.integers(0, ITEMS, QUESTIONS)
    alike = rng.normal(0, 1, (QUESTIONS, ITEMS)).astype(np.float32)
    wanted = alike + right * popularity + rng.gumbel(0, noise, alike.shape)
    wanted[np.arange(QUESTIONS), asked] = -np.inf
    truths = [row.argsort()[-3:] for row in wanted]
    return Case(asked, alike, np.zeros_like(alike), truths)


@pytest.mark.parametrize("right", [0.0, 0.5, 1.0, 1.5])
def test_popularity_counts_as_much_as_is_right_also_for_more_than_theory_has(right):
    popularity = np.log(5 + np.random.default_rng(4).pareto(1.0, ITEMS) * 10)
    _, found, _ = choose(lambda: iter([case(popularity, right)]), popularity)
    assert abs(found - right) <= 0.25
    assert max(POPULARITY) > 1


def test_the_usual_weights_stay_where_nothing_is_surely_better():
    assert choose(lambda: iter([case(np.zeros(ITEMS), 0.0)]), np.zeros(ITEMS))[:2] == (1.0, 0.5)
