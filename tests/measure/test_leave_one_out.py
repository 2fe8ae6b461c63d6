"""Leave-one-out: what is hidden, and ranks of targets counted by hand."""

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.measure import leave_one_out as loo


def test_last_is_target_and_the_one_before_is_not_trained_on() -> None:
    item = np.array([0, 1, 2, 3, 4, 5], np.int32)
    data = TrainingSet(["a", "b"], list("uvwxyz"), np.array([0, 4, 6]), item, np.arange(6), np.ones(6, np.float32))
    split = loo.leave_one_out(data)
    assert split.users.tolist() == [0]
    assert split.histories[0].tolist() == [0, 1, 2]
    assert split.targets.tolist() == [3]
    assert split.training.history(0).tolist() == [0, 1]
    assert split.training.history(1).tolist() == [4, 5], "too short to be tested, so trained on whole"


def test_ranks() -> None:
    scores = np.array([[0.5, 0.9, 0.4, 0.8], [0.1, 0.1, 0.1, 0.1], [0.9, 0.8, 0.7, 0.6]])
    histories = [np.array([1]), np.array([], int), np.array([0, 1, 3])]
    ranks = loo.target_ranks(scores.copy(), np.array([0, 2, 3]), histories, masked=2)
    # Item 1 is masked; among four equal scores the mean place is 2.5; of the third history only 1 and 3 are near enough
    # to be masked, and the target is never.
    assert ranks.tolist() == [2, 2.5, 3]
    assert loo.target_ranks(scores, np.array([0, 2, 3]), histories, masked=0).tolist() == [3, 2.5, 4]


def test_metrics_of_ranks() -> None:
    ranks = np.array([1.0, 3.0, 11.0])
    assert loo.recall(ranks, 10) == pytest.approx(2 / 3)
    assert loo.ndcg(ranks, 10) == pytest.approx((1 + 0.5) / 3)
