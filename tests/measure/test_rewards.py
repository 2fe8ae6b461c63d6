"""Rewards by hand."""

import numpy as np

from penchant.measure.rewards import mean_values, reward_shares, rewards_of, taken_values


def test_the_share_of_the_25_most_rewarding() -> None:
    """Of 50 recommendations item i is worth i: the upper half are the most rewarding, wherever they stand."""
    values, lists = np.arange(50.0), np.arange(50)[None].repeat(4, axis=0)
    truths = [np.array([10, 30]), np.array([49, 30, 30]), np.array([3]), np.array([0])]
    shares = reward_shares(lists, truths, values)
    np.testing.assert_allclose(shares[:3], [30 / 40, 1, 0])
    assert np.isnan(shares[3]), "what was taken is worth nothing, so there is nothing to share"


def test_who_took_nothing_of_the_list_is_not_counted() -> None:
    assert np.isnan(reward_shares(np.array([[0, 1]]), [np.array([2])], np.ones(3))).all()


def test_values_below_zero_are_shifted_and_unknown_ones_earn_nothing() -> None:
    assert rewards_of(np.array([-2.0, 0, 3, np.nan])).tolist() == [0, 2, 5, 0]
    assert rewards_of(np.array([2.0, 3, np.inf])).tolist() == [2, 3, 0]
    assert rewards_of(np.array([np.nan])).tolist() == [0]


def test_what_was_taken_of_the_first_25_is_worth() -> None:
    values = np.append(np.arange(49.0), np.nan)
    truths = [np.array([3, 20, 30]), np.array([49]), np.array([20, 20])]
    lists = np.stack([np.arange(50), np.arange(50)[::-1], np.arange(50)])
    assert taken_values(lists, truths, values).tolist() == [23, 0, 20]


def test_mean_values_of_the_first_25() -> None:
    values = np.append(np.arange(30.0), np.nan)
    lists = np.stack([np.arange(30), np.append(np.full(1, 30), np.arange(29))])
    np.testing.assert_allclose(mean_values(lists, values), [12, 11.5])
    assert np.isnan(mean_values(np.array([[30]]), values)).all()
