"""The metrics against the examples of the Developer Guide and of Amazon's notebooks."""

import numpy as np
import pytest

from penchant.measure import ranking


def hits(*ranks: set[int], depth: int = 25) -> np.ndarray:
    return np.array([[place in row for place in range(1, depth + 1)] for row in ranks])


def test_mean_reciprocal_rank_of_the_guide() -> None:
    assert round(float(ranking.reciprocal_rank(hits({4, 10}, {2, 4, 12}, {6})).mean()), 4) == 0.3056


def test_one_user_of_the_guide() -> None:
    relevant = hits({2, 5}, depth=5)
    assert ranking.reciprocal_rank(relevant)[0] == 0.5
    assert ranking.retrieved_ndcg(relevant, 5)[0] == pytest.approx(0.62405, abs=1e-5)
    assert ranking.standard_ndcg(relevant, np.array([2]), 5)[0] == pytest.approx(0.62405, abs=1e-5)
    assert ranking.precision(relevant, 5)[0] == 0.4


def test_four_places_of_the_notebook() -> None:
    relevant = hits({2, 4}, depth=4)
    assert ranking.precision(relevant, 4)[0] == 0.5
    assert ranking.retrieved_ndcg(relevant, 4)[0] == pytest.approx(0.65092, abs=1e-5)


def test_three_hits_of_ten() -> None:
    assert ranking.precision(hits({1, 5, 10}), 10)[0] == pytest.approx(0.3)
    assert ranking.precision(hits({1}, depth=3), 10)[0] == pytest.approx(0.1), "the denominator is always the cutoff"


def test_where_the_two_normalisations_part() -> None:
    """One hit at place 1, nothing more of a truth of three: perfect by the retrieved list, not by the truth."""
    relevant = hits({1})
    assert ranking.retrieved_ndcg(relevant, 5)[0] == 1
    assert ranking.standard_ndcg(relevant, np.array([3]), 5)[0] == pytest.approx(1 / (1 + 1 / np.log2(3) + 0.5))
    # And hits beyond the cutoff belong to the ideal: two hits, one of them at 20, cut at 5.
    assert ranking.retrieved_ndcg(hits({1, 20}), 5)[0] == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_no_hits_are_zeros() -> None:
    relevant = hits(set())
    assert ranking.reciprocal_rank(relevant)[0] == 0
    assert ranking.retrieved_ndcg(relevant, 25)[0] == 0
    assert ranking.standard_ndcg(relevant, np.array([0]), 25)[0] == 0


def test_repeats_in_the_truth_count_once() -> None:
    recommended = np.arange(25)[None]
    once = ranking.ranking_metrics(recommended, [np.array([3, 4])], 100)
    assert ranking.ranking_metrics(recommended, [np.array([3, 3, 3, 4])], 100) == once


def test_all_eight_under_amazons_names() -> None:
    recommended = np.stack([np.arange(25), np.arange(5, 30)])
    metrics = ranking.ranking_metrics(recommended, [np.array([1]), np.array([99])], 60)
    assert metrics == {
        "coverage": 0.5,
        "mean_reciprocal_rank_at_25": 0.25,
        "normalized_discounted_cumulative_gain_at_5": 0.3155,
        "normalized_discounted_cumulative_gain_at_10": 0.3155,
        "normalized_discounted_cumulative_gain_at_25": 0.3155,
        "precision_at_5": 0.1,
        "precision_at_10": 0.05,
        "precision_at_25": 0.02,
    }


def test_a_catalogue_smaller_than_the_list() -> None:
    metrics = ranking.ranking_metrics(np.array([[2, 0, 1]]), [np.array([0])], 3)
    assert metrics["coverage"] == 1
    assert metrics["mean_reciprocal_rank_at_25"] == 0.5
    assert metrics["precision_at_25"] == 0.04


def test_best_is_sorted_and_settles_ties_by_code() -> None:
    scores = np.array([[1.0, 3, 3, 0, 3], [5, 4, 3, 2, 1]])
    assert ranking.best(scores, 2).tolist() == [[1, 2], [0, 1]]
    assert ranking.best(scores, 9).tolist() == [[1, 2, 4, 0, 3], [0, 1, 2, 3, 4]]


def test_what_is_relevant_is_relevant_to_that_query_alone() -> None:
    recommended = np.array([[0, 5, 2], [5, 0, 9], [1, 2, 3]])
    found = ranking.relevance(recommended, [np.array([5, 5, 7]), np.array([9, 1]), np.empty(0, int)])
    assert found.tolist() == [[False, True, False], [False, False, True], [False, False, False]]
