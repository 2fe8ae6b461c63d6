import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from penchant.measure.actions import area_under_curve, mean_area, precision_and_recall


def test_precision_and_recall_as_in_the_guide() -> None:
    """Recommended to 100 users of whom 60 took it; and of 100 takers it was recommended to 50."""
    recommended, taken = np.zeros((2, 200, 2), bool)
    recommended[:100, 0] = taken[:60, 0] = True
    taken[:100, 1] = recommended[:50, 1] = True
    precision, recall = precision_and_recall(recommended, taken)
    assert precision == pytest.approx((0.6 + 1.0) / 2)
    assert recall == pytest.approx((1.0 + 0.5) / 2)
    assert precision_and_recall(recommended & False, taken & False) == (0.0, 0.0)


def test_the_area_is_that_of_scikit_learn_with_and_without_equals() -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(300) < 0.3
    for scores in (rng.normal(size=300) + positive, np.round(rng.normal(size=300) + positive)):
        assert area_under_curve(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
    assert area_under_curve(np.ones(4), np.array([True] * 4)) is None


def test_the_mean_is_over_actions_of_which_there_are_both() -> None:
    scores, action = np.array([0.1, 0.9, 0.5, 0.5, 0.3]), np.array([0, 0, 1, 1, 2])
    assert mean_area(scores, np.array([False, True, True, False, True]), action) == pytest.approx(0.75)
    assert mean_area(scores, np.zeros(5, bool), action) is None
