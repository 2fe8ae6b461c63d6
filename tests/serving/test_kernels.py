"""What is compiled computes what plain NumPy does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penchant.recipes.parts.factored import together
from penchant.serving import kernels
from penchant.serving.scored import sorted_top, top

SCORES = st.lists(st.sampled_from([-np.inf, -2.5, -1.0, -0.0, 0.0, 0.25, 1.0, 1e30]), min_size=1, max_size=60)
CODES = st.lists(st.integers(0, 20), max_size=12)


def column(codes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """A sparse column in which a code that occurs twice has the same value both times."""
    where = np.sort(np.array(codes, np.int64))
    return where, (where % 7 - 3).astype(np.float32)


@given(SCORES, st.integers(1, 70))
def test_the_best_of_few_are_those_of_a_sort(scores: list[float], n: int) -> None:
    row = np.array(scores, np.float32)
    assert top(row, n).tolist() == sorted_top(row, np.arange(len(row)), min(n, len(row))).tolist()


@pytest.mark.parametrize("outlier", [1e38, -1e38, 0.0])
def test_one_score_far_away_does_not_hide_the_order_of_the_others(outlier: float) -> None:
    row = np.random.default_rng(3).standard_normal(4_000).astype(np.float32)
    row[17] = outlier
    assert top(row, 100).tolist() == np.argsort(-row, kind="stable")[:100].tolist()


@given(CODES, CODES)
def test_columns_are_merged_with_each_code_once(one: list[int], other: list[int]) -> None:
    where, values = together([column(one), column(other)])
    expected = np.zeros(21, np.float32)
    for codes, added in (column(one), column(other)):
        expected[codes] += added
    found = np.zeros(21, np.float32)
    kernels.add_at(found, where, values)
    assert where.tolist() == sorted({*one, *other})
    np.testing.assert_array_equal(found, expected)
    assert together([])[0].tolist() == []
    assert together([column(one)])[0].tolist() == sorted(set(one))


def test_single_scores_with_what_some_items_gain() -> None:
    rng = np.random.default_rng(4)
    vectors, bias, person = (rng.standard_normal(shape).astype(np.float32) for shape in ((21, 8), 21, 8))
    where, values = together([column([2, 2, 5])])
    whole = vectors @ person + bias
    kernels.add_at(whole, where, values)
    wanted = np.array([5, 0, 2, 20, 2])
    found = kernels.scores_of(wanted, vectors, bias, person, where, values)
    np.testing.assert_allclose(found, whole[wanted], rtol=1e-5, atol=1e-6)
    nothing = together([])
    np.testing.assert_allclose(
        kernels.scores_of(wanted, vectors, bias, person, *nothing),
        (vectors @ person + bias)[wanted],
        rtol=1e-5,
        atol=1e-6,
    )


def test_keys_tell_the_scores_they_were_made_of() -> None:
    scores = np.random.default_rng(5).standard_normal(300).astype(np.float32)
    scores[:3] = -0.0, 0.0, -np.inf
    codes = np.random.default_rng(6).permutation(300).astype(np.int32)
    keys = kernels.promising(scores, codes, 40)
    best = codes[np.argsort(-scores)[:40]].astype(np.int64)
    found, known = kernels.told(best, keys)
    assert known == 40
    assert found.tolist() == np.sort(scores)[::-1][:40].tolist()
    assert kernels.told(np.array([best[0], codes[2]]), keys)[1] == 1
