"""aws-popularity-count: the contract, and lists that can be counted by hand."""

import dataclasses

import numpy as np
import pytest

from penchant.recipes.base import InsufficientData
from penchant.recipes.popularity_count import PopularityCount
from tests.recipes.contract import RecipeContract, training_set


class TestPopularityCount(RecipeContract):
    recipe = PopularityCount()


def order(histories: list[list[int]], item_count: int) -> list[int]:
    # Everybody's filler item makes the data large enough, and comes first.
    filler = item_count
    padded = [history + [filler] * (40 - len(history)) for history in histories]
    padded += [[filler] * 40] * (30 - len(padded))
    model = PopularityCount().fit(training_set(padded, item_count + 1), lambda done, message: None)
    ranked = np.argsort(-model.scores(np.empty(0, np.int32)), kind="stable").tolist()
    assert ranked[0] == filler
    return ranked[1:]


@pytest.mark.parametrize(
    ("histories", "expected"),
    [
        ([[0, 0, 0], [1], [1]], [1, 0]),  # two people beat three events
        ([[0], [1, 1]], [1, 0]),  # then events decide
        ([[0, 1], [0, 1]], [1, 0]),  # then the newest event
        ([[0], [1]], [0, 1]),  # then the id
        ([[2]], [2, 0, 1]),  # what nobody took is last
    ],
)
def test_order(histories: list[list[int]], expected: list[int]) -> None:
    assert order(histories, len(expected)) == expected


def test_a_part_of_what_was_enough_is_enough() -> None:
    part = training_set([[0, 1]] * 450, 2)
    with pytest.raises(InsufficientData):
        PopularityCount().fit(part, lambda done, message: None)
    PopularityCount().fit(dataclasses.replace(part, judged=True), lambda done, message: None)
