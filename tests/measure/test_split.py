"""Amazon's split: who is tested, what is hidden, and that it is the same every time."""

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.measure.split import split_newest, split_users


def data_of(lengths: list[int]) -> TrainingSet:
    count = sum(lengths)
    return TrainingSet(
        users=[f"u{number:04}" for number in range(len(lengths))],
        items=[f"i{number:04}" for number in range(count)],
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        item=np.arange(count, dtype=np.int32),
        timestamp=np.arange(count, dtype=np.int64),
        weight=np.ones(count, np.float32),
    )


@pytest.mark.parametrize(("eligible", "tested"), [(1, 1), (10, 1), (11, 2), (25, 3), (200, 20)])
def test_a_tenth_of_the_users_rounded_up(eligible: int, tested: int) -> None:
    assert len(split_users(data_of([5] * eligible + [1] * 30), "seed").users) == tested


@pytest.mark.parametrize(("length", "hidden"), [(2, 1), (9, 1), (10, 1), (11, 2), (20, 2), (30, 3), (100, 10)])
def test_the_newest_tenth_is_the_truth(length: int, hidden: int) -> None:
    data = data_of([length, 4])
    split = split_newest(data, np.array([0]))
    assert split.truths[0].tolist() == list(range(length - hidden, length))
    assert split.histories[0].tolist() == list(range(length - hidden))
    assert split.training.history(0).tolist() == split.histories[0].tolist()
    assert split.training.history(1).tolist() == data.history(1).tolist()


def test_users_are_drawn_by_a_stable_hash() -> None:
    data = data_of([5] * 200)
    drawn = split_users(data, "seed").users.tolist()
    assert drawn == split_users(data, "seed").users.tolist()
    assert drawn != split_users(data, "another").users.tolist()
    # A hash of the id, not of the place: the same people are drawn when others come before them.
    more = data_of([1] + [5] * 200)
    shifted = TrainingSet(["a", *data.users], more.items, more.offsets, more.item, more.timestamp, more.weight)
    assert [user - 1 for user in split_users(shifted, "seed").users.tolist()] == drawn


def test_nobody_to_test_is_said() -> None:
    with pytest.raises(ValueError, match="Nobody has two interactions"):
        split_users(data_of([1, 1, 1]), "seed")
