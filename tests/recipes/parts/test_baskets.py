"""Baskets: where a pause is long enough, and never over two people."""

from dataclasses import replace

import numpy as np

from penchant.recipes.parts.baskets import PAUSE, baskets
from tests.recipes.contract import training_set


def test_a_pause_or_another_person_begins_a_basket() -> None:
    data = training_set([[0, 1, 2], [], [3], [4, 5]], 6)
    times = np.array([0, PAUSE, 2 * PAUSE + 1, 2 * PAUSE + 1, 2 * PAUSE + 1, 2 * PAUSE + 2], np.int64)
    cut = baskets(replace(data, timestamp=times))
    assert [cut.history(basket).tolist() for basket in range(4)] == [[0, 1], [2], [3], [4, 5]]
    assert cut.users == ["u00000", "u00000", "u00002", "u00003"]


def test_nothing_has_no_baskets() -> None:
    assert baskets(training_set([[]], 3)).offsets.tolist() == [0]
