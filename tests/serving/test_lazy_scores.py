"""Scores that are computed only when they are asked for, against those of the model; masks; and totals."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.recipes.parts.factored import Additions, FactoredModel
from penchant.serving import scored as scored_module
from penchant.serving.scored import Lazy, Row, best_masked, log_total, more_than, sorted_top, top
from tests.serving.test_scored import Marked, plainly

SIZE = 40
quick = settings(deadline=None, derandomize=True, database=None, max_examples=80)
values = st.sampled_from([-np.inf, -2.0, 0.0, 0.5, 3.0])
columns = st.lists(st.tuples(values, st.booleans()), min_size=1, max_size=60)


@dataclass(frozen=True)
class Habits(FactoredModel):
    """Raises what is in the history, whose items may occur twice, and lowers what comes after each."""

    item_vectors: np.ndarray
    item_bias: np.ndarray
    start: np.ndarray

    def person_vectors(self, histories, users):
        return np.stack([self.item_vectors[history].mean(axis=0) for history in histories])

    def additions(self, history: np.ndarray) -> Additions:
        own = np.sort(history)
        after = np.unique((history + 1) % SIZE)
        return [(own, np.full(len(own), 2, np.float32)), (after, np.full(len(after), -1, np.float32))]


@pytest.fixture(scope="module")
def habits() -> Habits:
    rng = np.random.default_rng(0)
    vectors, bias = rng.standard_normal((SIZE, 4)), rng.standard_normal(SIZE)
    return Habits(vectors.astype(np.float32), bias.astype(np.float32), np.zeros(SIZE, np.float32))


@pytest.mark.parametrize("history", [[3], [3, 3, 7], [39, 0, 5, 0]])
def test_single_scores_are_those_of_the_model_and_cost_no_row(habits: Habits, history: list[int]) -> None:
    asked = np.array(history, np.int32)
    lazy = Lazy(habits, habits.person_vectors([asked], [None])[0], asked)
    expected = habits.scores(asked)
    codes = np.array([7, 0, 39, 3, 3, 20])
    np.testing.assert_allclose(lazy.of(codes), expected[codes], rtol=1e-5, atol=1e-6)
    assert lazy.of(codes).dtype == np.float32
    assert lazy.of(codes[:0]).shape == (0,)
    assert "row" not in vars(lazy)
    np.testing.assert_allclose(lazy.row.scores, expected, rtol=1e-5, atol=1e-6)


def test_the_best_and_their_shares_are_those_of_the_model(habits: Habits) -> None:
    asked = np.array([1, 2, 1], np.int32)
    lazy = Lazy(habits, habits.person_vectors([asked], [None])[0], asked)
    expected = habits.scores(asked)
    mask = np.arange(SIZE + 3) % 3 > 0  # rows that the model does not know are behind
    assert lazy.best(6).tolist() == plainly(expected, 6)
    assert lazy.best(6, Marked(mask)).tolist() == plainly(expected, 6, mask)
    assert sorted(lazy.best(SIZE + 9).tolist()) == list(range(SIZE))
    np.testing.assert_allclose(lazy.shares(np.arange(SIZE)), np.exp(expected) / np.exp(expected).sum(), rtol=1e-4)


@quick
@given(columns, st.integers(0, 70))
def test_the_best_of_a_mask_are_those_of_a_full_sort(items: list[tuple[float, bool]], n: int) -> None:
    scores = np.array([score for score, _ in items], np.float32)
    mask = np.array([allowed for _, allowed in items])
    expected = plainly(scores, n, mask)
    assert best_masked(scores, n, mask).tolist() == expected
    assert Row(scores.copy()).best(n, Marked(np.append(mask, True))).tolist() == expected
    assert top(scores, n).tolist() == plainly(scores, n)


@pytest.mark.parametrize("share", [0.01, 0.9])
def test_both_ways_to_keep_to_a_mask_agree_on_many_items(share: float) -> None:
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 30, 20_000).astype(np.float32)
    mask = rng.random(20_000) < share
    assert best_masked(scores, 50, mask).tolist() == plainly(scores, 50, mask)
    assert best_masked(scores, 50, np.zeros(20_000, bool)).tolist() == []


@pytest.mark.parametrize("size", [4_095, 4_096, 4_097, 9_999])
@pytest.mark.parametrize("n", [1, 30, 5_000])
def test_items_that_fill_no_whole_row_of_blocks_are_seen(size: int, n: int) -> None:
    scores = np.sort(np.random.default_rng(size).standard_normal(size).astype(np.float32))  # the best at the end
    assert top(scores, n).tolist() == plainly(scores, n)


def test_a_catalogue_of_which_most_is_never_answered() -> None:
    scores = np.full(20_000, -np.inf, np.float32)
    scores[[19_999, 5, 1_200]] = [1, 2, 1]
    assert top(scores, 25).tolist() == [5, 1_200, 19_999]
    assert top(np.full(20_000, -np.inf, np.float32), 25).tolist() == []
    assert top(np.ones(20_000, np.float32), 3).tolist() == [0, 1, 2]


def test_of_equals_at_the_end_the_smaller_place_is_kept() -> None:
    places = np.array([2, 4, 6, 8])
    assert sorted_top(np.array([1, 3, 1, 1], np.float32), places, 3).tolist() == [4, 2, 6]


def test_a_row_remembers_its_best_and_is_not_changed_by_who_asks() -> None:
    scores = np.random.default_rng(1).standard_normal(500).astype(np.float32)
    row = Row(scores)
    assert row.best(3).tolist() == row.best(40).tolist()[:3] == row.best(3).tolist()
    assert len(row.best(900)) == 500
    with pytest.raises(ValueError, match="read-only"):
        row.scores[0] = 1


def test_a_filter_that_takes_all_of_the_best_is_asked_for_everything() -> None:
    scores = -np.arange(3_000, dtype=np.float32)
    behind = Marked(np.arange(3_000) >= more_than(5))
    assert Row(scores).best(5, behind).tolist() == [more_than(5) + place for place in range(5)]
    assert behind.asked == 1
    small = Marked(np.arange(100) >= 98)  # all items were seen already
    assert Row(scores[:100].copy()).best(5, small).tolist() == [98, 99]
    assert small.asked == 0


def test_totals_are_summed_in_parts_and_of_scores_of_any_size(monkeypatch) -> None:
    monkeypatch.setattr(scored_module, "SUMMED", 7)
    scores = np.random.default_rng(2).standard_normal(30).astype(np.float32)
    assert log_total(scores) == pytest.approx(np.log(np.exp(scores).sum()), abs=1e-5)
    assert log_total(scores + np.float32(5_000)) == pytest.approx(5_000 + log_total(scores), abs=2e-3)
    assert log_total(np.append(scores, np.float32(-np.inf))) == pytest.approx(log_total(scores), abs=1e-6)
