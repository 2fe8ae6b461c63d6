"""A cut through time: what is known before it, what is asked after it, and with which history."""

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.measure.temporal import temporal_split


def data_of(*histories: list[int]) -> TrainingSet:
    """Users whose events have these timestamps; the item of an event is its row number."""
    stamps = np.concatenate([np.array(history, np.int64) for history in histories])
    return TrainingSet(
        users=[f"u{number:03}" for number in range(len(histories))],
        items=[f"i{number:03}" for number in range(len(stamps))],
        offsets=np.concatenate([[0], np.cumsum([len(history) for history in histories])]).astype(np.int64),
        item=np.arange(len(stamps), dtype=np.int32),
        timestamp=stamps,
        weight=np.ones(len(stamps), np.float32),
    )


def test_each_later_event_is_asked_for_with_all_before_it() -> None:
    # Timestamps 1 to 10; the newest three tenths are after 7. The third user comes after the cut.
    split = temporal_split(data_of([1, 2, 8, 10], [3, 4, 5, 6, 7], [9]), share=0.3)
    assert split.cut == 7
    assert split.targets.tolist() == [2, 3]
    assert [history.tolist() for history in split.histories] == [[0, 1], [0, 1, 2]]
    assert split.users.tolist() == [0, 0]
    assert split.times.tolist() == [8, 10]
    assert split.newest.tolist() == [2, 8]
    assert [split.training.history(user).tolist() for user in range(3)] == [[0, 1], [4, 5, 6, 7, 8], []]


def test_somebody_new_is_asked_about_from_the_second_event_on() -> None:
    split = temporal_split(data_of([1, 2, 3, 4, 5, 6], [7, 8, 9, 10]), share=0.4, per_user=2)
    assert split.targets.tolist() == [7, 8, 9]
    assert split.successive.tolist() == [True, True, False]
    assert split.last.tolist() == [False, False, True]


def test_no_more_than_so_many_targets_of_a_user_and_the_last() -> None:
    split = temporal_split(data_of([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), share=0.4, per_user=2)
    assert split.cut == 6
    assert split.targets.tolist() == [6, 7, 9]
    assert split.histories[-1].tolist() == [5, 6, 7, 8]
    assert split.warm.tolist() == [False] * 3


def test_a_target_of_the_training_is_warm() -> None:
    data = data_of([1, 2, 3, 4], [5, 6, 7, 10])
    data.item[-1] = 0
    assert temporal_split(data, share=0.1).warm.tolist() == [True]


def test_events_at_the_cut_are_known() -> None:
    split = temporal_split(data_of([1, 5, 5, 5], [1, 5, 5, 6]), share=0.3)
    assert split.cut == 5
    assert split.targets.tolist() == [7]
    assert split.training.history(0).tolist() == [0, 1, 2, 3]


def test_users_are_drawn_the_same_way_every_time() -> None:
    data = data_of(*[[number, 1000 + number] for number in range(40)])
    split = temporal_split(data, share=0.5, most_users=10)
    assert len(split.users) == 10
    assert split.users.tolist() == temporal_split(data, share=0.5, most_users=10).users.tolist()
    assert set(split.users.tolist()) < set(temporal_split(data, share=0.5).users.tolist())


def test_users_without_events_are_no_hindrance() -> None:
    data = data_of([1, 2, 3, 9, 10], [4, 5, 6, 7, 8])
    empty = np.concatenate([data.offsets[:1], data.offsets[:1], data.offsets[1:], data.offsets[-1:]])
    data = TrainingSet(["a", "b", "c", "d"], data.items, empty, data.item, data.timestamp, data.weight)
    split = temporal_split(data, share=0.2)
    assert split.users.tolist() == [1, 1]
    assert [history.tolist() for history in split.histories] == [[0, 1, 2], [0, 1, 2, 3]]


def test_nothing_to_ask() -> None:
    with pytest.raises(ValueError, match="nothing to measure"):
        temporal_split(data_of([1], [2], [3]), share=0.3)
