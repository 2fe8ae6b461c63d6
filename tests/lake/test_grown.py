"""Newer data in the codes of older data."""

import numpy as np
import polars as pl

from penchant.lake.attributes import categories
from penchant.lake.grown import grown
from penchant.lake.training_set import TrainingSet


def data_of(histories: dict[str, str], items: str) -> TrainingSet:
    """Items are letters; the n-th event of a user is at n."""
    users, ids = sorted(histories), sorted(items)
    events = [ids.index(item) for user in users for item in histories[user]]
    return TrainingSet(
        users,
        ids,
        np.cumsum([0, *(len(histories[user]) for user in users)]).astype(np.int64),
        np.array(events, np.int32),
        np.concatenate([np.arange(len(histories[user])) for user in users]).astype(np.int64),
        np.ones(len(events), np.float32),
        item_columns={"NAME": categories(pl.Series([f"name {id_}" for id_ in ids]))},
    )


KNOWN = {"anna": "bd", "carl": "db"}
USERS, ITEMS = pl.Series(["anna", "carl", "gone"]), pl.Series(["b", "d", "x"])


def test_what_was_known_keeps_its_code_and_what_is_new_comes_behind():
    data = data_of({"anna": "bd", "bert": "ab", "carl": "dbc"}, "abcde")
    found = grown(data, USERS, ITEMS, 100)
    assert found.data.users == ["anna", "carl", "gone", "bert"]
    assert found.data.items == ["b", "d", "x", "a", "c", "e"]
    assert found.new_items == ["a", "c", "e"]
    histories = [[found.data.items[code] for code in found.data.history(user)] for user in range(4)]
    assert histories == [["b", "d"], ["d", "b", "c"], [], ["a", "b"]]
    assert found.data.timestamp.tolist() == [0, 1, 0, 1, 2, 0, 1]
    assert [found.columns["NAME"].words[code] for code in found.columns["NAME"].codes] == ["name a", "name c", "name e"]
    later = found.later()
    assert later.items == ["a", "c", "e"]
    assert [later.history(user).tolist() for user in range(4)] == [[], [1], [], [0]]


def test_who_has_another_history():
    before = grown(data_of(KNOWN | {"gone": "b"}, "bdx"), USERS, ITEMS, 100).data
    data = data_of({"anna": "bd", "bert": "a", "carl": "bd"}, "abd")
    found = grown(data, USERS, ITEMS, 100)
    assert found.changed(before.offsets, before.item, 5_000).tolist() == [1, 3]  # gone has none that could be read
    assert found.changed(before.offsets[:1].repeat(4), before.item[:0], 5_000).tolist() == [0, 1, 3]


def test_only_the_newest_events_are_compared():
    users, items = pl.Series(["anna"]), pl.Series(["b", "d"])
    found = grown(data_of({"anna": "bbd"}, "bd"), users, items, 100)
    kept = np.array([0, 1], np.int32)
    assert found.changed(np.array([0, 2]), kept, 2).tolist() == []
    assert found.changed(np.array([0, 2]), kept[::-1], 2).tolist() == [0]


def test_of_too_many_new_items_those_with_the_most_events_stay():
    found = grown(data_of({"anna": "bade", "carl": "ee"}, "abcde"), USERS, ITEMS, 4)
    assert found.data.items == ["b", "d", "x", "e"]
    histories = [[found.data.items[code] for code in found.data.history(user)] for user in range(3)]
    assert histories == [["b", "d", "e"], ["e", "e"], []]
    assert grown(data_of({"anna": "ba"}, "ab"), USERS, ITEMS, 2).new_items == []
