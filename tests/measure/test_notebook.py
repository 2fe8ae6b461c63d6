"""Amazon's notebook: nine tenths of everybody, lists without what was seen, and its own NDCG."""

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.measure import notebook


def test_everybody_is_tested() -> None:
    data = TrainingSet(
        ["a", "b", "c"],
        list("pqrst"),
        np.array([0, 11, 12, 14]),
        np.arange(14, dtype=np.int32) % 5,
        np.arange(14),
        np.ones(14, np.float32),
    )
    split = notebook.notebook_split(data)
    assert split.users.tolist() == [0, 2]
    assert [len(truth) for truth in split.truths] == [2, 1]
    assert len(split.training.item) == 11


def test_seen_items_are_not_in_the_lists() -> None:
    scores = np.tile(np.arange(40.0)[::-1], (2, 1))
    lists = notebook.unseen_best(scores, [np.array([0, 3]), np.array([], int)])
    assert lists[0, :4].tolist() == [1, 2, 4, 5]
    assert lists[1].tolist() == list(range(25))


def test_a_list_of_25_is_not_filled_from_beyond_it() -> None:
    lists = np.stack([np.arange(25), np.arange(25)])
    moved = notebook.left_over(lists, [np.array([0, 2, 30]), np.array([], int)])
    assert moved[0].tolist() == [1, *range(3, 25), 0, 2]
    assert moved[1].tolist() == list(range(25))


def test_ndcg_of_the_notebook_weighs_the_second_place_like_the_first() -> None:
    relevant = np.zeros((3, 25), bool)
    relevant[0, 1] = True
    relevant[1, [1, 2]] = True
    assert notebook.notebook_ndcg(relevant, 10) == pytest.approx([1, (1 + 1 / np.log2(3)) / 2, 0])
