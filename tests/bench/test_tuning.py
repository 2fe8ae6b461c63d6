"""The bench of searches: which users are tested, and what several splits come to."""

import numpy as np
import tuning

from penchant.measure.split import split_users
from tests.recipes.contract import circles


def test_ten_tenths_test_every_user_once_and_the_first_is_amazons():
    data = circles(users=123)
    tenths = [tuning.tenth(data, number) for number in range(10)]
    assert sorted(np.concatenate(tenths).tolist()) == list(range(123))
    np.testing.assert_array_equal(tenths[0], split_users(data, tuning.SEED).users)


def measured(test: list[float], seconds: float, validation: float) -> tuning.Measured:
    return tuning.Measured("data", "recipe", "HPO", validation, np.array(test), seconds, 2 * seconds, [{}] * 3, [{}])


def test_draws_are_pooled_by_user():
    plain = tuning.Measured.pooled([measured([0.0, 0.5], 1.0, 0.2), measured([0.5], 1.0, 0.4)])
    found = tuning.Measured.pooled([measured([0.1, 0.6], 4.0, 0.3), measured([0.6], 6.0, 0.6)])
    line = found.line(plain)
    assert (line["validation"], line["test"], line["gain"], line["ratio"]) == (0.45, 0.4333, 0.1, 1.3)
    assert (line["times"], line["seconds"], line["core_seconds"]) == (5.0, 10.0, 20.0)
    assert (line["draws"], line["trials"], len(line["chosen"])) == (2, 6, 2)
