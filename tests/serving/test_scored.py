import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.serving.allowed import All, Without, together
from penchant.serving.scored import Row, top


class Marked:
    """Allows what a mask says, and remembers whether the whole mask was asked for."""

    def __init__(self, mask: np.ndarray):
        self.whole, self.asked = mask, 0

    def mask(self) -> np.ndarray:
        self.asked += 1
        return self.whole

    def among(self, codes: np.ndarray) -> np.ndarray:
        return self.whole[codes]

    def share(self, sample: np.ndarray) -> float:
        return float(self.whole[sample].mean())


def plainly(scores: np.ndarray, n: int, mask: np.ndarray | None = None) -> list[int]:
    """By sorting everything."""
    places = [at for at in range(len(scores)) if scores[at] > -np.inf and (mask is None or mask[at])]
    return sorted(places, key=lambda at: (-scores[at], at))[:n]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    size=st.sampled_from([1, 5, 700, 5_000, 40_000]),
    values=st.sampled_from([2, 50, 1_000_000]),
    n=st.sampled_from([0, 1, 25, 500]),
    share=st.sampled_from([0.0, 0.001, 0.05, 0.5, 1.0]),
)
def test_the_best_are_those_of_a_full_sort(seed, size, values, n, share):
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, values, size).astype(np.float32)
    scores[rng.random(size) < 0.01] = -np.inf
    assert top(scores, n).tolist() == plainly(scores, n)
    mask = rng.random(size) < share
    assert Row(scores.copy()).best(n, Marked(mask)).tolist() == plainly(scores, n, mask)


def test_a_filter_that_takes_little_away_is_asked_about_few_items():
    scores = np.random.default_rng(0).standard_normal(20_000).astype(np.float32)
    most = Marked(np.arange(20_000) % 3 > 0)
    Row(scores).best(25, most)
    assert most.asked == 0


def test_shares_are_a_softmax_over_everything():
    scores = np.random.default_rng(0).standard_normal(3_000).astype(np.float32)
    row = Row(scores)
    assert row.shares(np.arange(3_000)).sum() == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(row.shares(np.array([3, 7])), (np.exp(scores) / np.exp(scores).sum())[[3, 7]], rtol=1e-4)


def test_what_several_allow_is_what_each_of_them_allows():
    first, second = Without(np.array([1, 3]), 6), Without(np.array([3, 5]), 6)
    both = together([first, second])
    assert isinstance(both, All)
    assert both.mask().tolist() == [True, False, True, False, True, False]
    assert both.among(np.array([5, 4, 3, 0])).tolist() == [False, True, False, True]
    assert together([]) is None
    assert together([first]) is first
    assert Without(np.empty(0, np.int64), 6).among(np.array([0, 5])).all()
