"""The held-out sample: newest events only, few of them, the same for a seed."""

from dataclasses import replace

import numpy as np

from penchant.recipes.parts.hold_out import SHARE_OF_EVENTS, hold_out
from tests.recipes.contract import circles, training_set


def test_the_newest_events_of_some_users_are_kept_apart() -> None:
    data = circles()
    held = hold_out(data, 7)
    assert 0 < len(held.users) <= SHARE_OF_EVENTS * len(data.item)
    assert len(held.training.item) + len(held.users) == len(data.item)
    for user, truth in zip(held.users, held.truths, strict=True):
        assert [*held.training.history(user), *truth] == data.history(user).tolist()
    others = np.setdiff1d(np.arange(len(data.users)), held.users)
    assert all(np.array_equal(held.training.history(user), data.history(user)) for user in others)


def test_a_tenth_of_a_long_history_is_kept_apart() -> None:
    data = training_set([[0, 1, 2, 3, 4] * 8] * 100 + [[0, 1, 2, 3, 4] * 100], 5)
    held = hold_out(data, 0)
    hidden = np.diff(data.offsets) - np.diff(held.training.offsets)
    assert set(hidden[held.users]) <= {4, 10}
    assert hidden.sum() == hidden[held.users].sum() <= SHARE_OF_EVENTS * len(data.item)
    assert all(len(truth) == min(5, size) for truth, size in zip(held.truths, hidden[held.users], strict=True))


def test_what_is_kept_apart_is_worth_its_events_and_has_an_occasion() -> None:
    histories = [[0, 1, 2, 3, 4] * 8] * 100
    data = training_set(histories, 5)
    weight = np.where(np.arange(len(data.item)) % 40 == 37, 0.5, 0.25).astype(np.float32)
    held = hold_out(replace(data, weight=weight), 0)
    assert np.array_equal(held.following, data.item[held.first])
    for user, truth, worth, first in zip(held.users, held.truths, held.worths, held.first, strict=True):
        assert first == data.offsets[user] + len(held.training.history(user))
        assert dict(zip(truth.tolist(), worth.tolist(), strict=True)) == {1: 0.25, 2: 0.5, 3: 0.25, 4: 0.25}


def test_a_seed_gives_one_sample() -> None:
    data = circles()
    assert np.array_equal(hold_out(data, 1).users, hold_out(data, 1).users)
    assert not np.array_equal(hold_out(data, 1).users, hold_out(data, 2).users)


def test_short_histories_are_left_whole_where_others_are_longer() -> None:
    data = training_set([[0, 1]] * 50 + [[0, 1, 2]] * 50, 3)
    assert (hold_out(data, 0).users >= 50).all()
    assert len(hold_out(training_set([[0, 1]] * 50, 2), 0).users) > 0


def test_amid_their_newest_events_users_are_asked_about_again() -> None:
    data = training_set([[0, 1, 2, 3, 4] * 8] * 100, 5)
    once, twice = hold_out(data, 0), hold_out(data, 0, amid=True)
    assert np.array_equal(twice.training.offsets, once.training.offsets)
    assert np.array_equal(twice.users, np.repeat(once.users, 2))
    for row, (user, history, first) in enumerate(zip(twice.users, twice.histories, twice.first, strict=True)):
        known = 36 + 2 * (row % 2)  # of forty events, four are kept apart
        assert history.tolist() == data.history(user)[:known].tolist()
        assert first == data.offsets[user] + known
        assert twice.truths[row].tolist() == sorted({*data.history(user)[known:].tolist()})
    before = twice.before(data)
    assert len(before.users) == len(twice.users)
    for row, history in enumerate(twice.histories):
        assert before.history(row).tolist() == history.tolist()
        begin = data.offsets[twice.users[row]]
        assert before.timestamp[before.offsets[row]] == data.timestamp[begin]
