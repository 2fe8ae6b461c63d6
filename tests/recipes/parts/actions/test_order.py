import numpy as np

from penchant.recipes.parts.actions.order import ordered, worth


def order(score: list[float], value: list[float], hint: list[float] | None = None) -> list[int]:
    return ordered(np.array(score), np.array(value), np.array(hint or [0.0] * len(score))).tolist()


def test_the_likelier_comes_first_unless_it_is_nearly_as_likely() -> None:
    assert order([0.2, 0.5, 0.3], [10, 1, 5]) == [1, 2, 0]
    assert order([0.50, 0.49], [1, 10]) == [1, 0]
    assert order([0.50, 0.47], [1, 10]) == [0, 1]
    assert order([0.50, 0.49], [10, 1]) == [0, 1]


def test_equals_go_by_value_then_by_how_often_they_are_taken() -> None:
    assert order([0.0, 0.0, 0.0, 0.0], [2, 9, np.nan, 2], [0.1, 0.0, 5.0, 0.3]) == [1, 3, 0, 2]


def test_a_value_out_of_range_counts_as_the_nearest() -> None:
    assert worth(np.array([0.5]), np.array([1e9])) == worth(np.array([0.5]), np.array([10.0]))
    assert worth(np.array([0.5]), np.array([np.nan])) == worth(np.array([0.5]), np.array([1.0])) == 0.5
