"""Items without an event: who is asked about them, and what training knows of them."""

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.measure.cold_items import TEST_USERS, cold_items


def data_of(users: int, items: int, unused: int = 0) -> TrainingSet:
    """Everybody takes every item but the `unused`, each in another order."""
    chance = np.random.default_rng(3)
    item = np.concatenate([chance.permutation(items - unused) for _ in range(users)]).astype(np.int32)
    count = len(item)
    return TrainingSet(
        [f"u{number:05}" for number in range(users)],
        [f"i{number:04}" for number in range(items)],
        np.arange(0, count + 1, items - unused, dtype=np.int64),
        item,
        np.arange(count, dtype=np.int64),
        np.ones(count, np.float32),
    )


def test_half_of_the_items_lose_their_events() -> None:
    data = data_of(users=5, items=11, unused=1)
    split = cold_items(data, np.arange(5), seed=0)
    assert split.cold.sum() == 5 and not split.cold[10]
    assert not split.cold[split.training.item].any()
    assert len(split.training.item) == 25
    assert len(split.training.items) == 11, "they stay in the catalogue"
    for user, history, truth in zip(split.users, split.histories, split.truths, strict=True):
        assert history.tolist() == split.training.history(user).tolist()
        assert sorted([*history, *truth]) == list(range(10))
        assert split.cold[truth].all()


def test_the_first_users_of_an_order_are_asked() -> None:
    data = data_of(users=TEST_USERS + 50, items=4)
    order = np.arange(TEST_USERS + 50)[::-1]
    assert cold_items(data, order, seed=0).users.tolist() == order[:TEST_USERS].tolist()


def test_who_has_only_cold_items_or_none_is_not_asked() -> None:
    data = data_of(users=1, items=8)
    cold = cold_items(data, np.arange(1), seed=5).cold
    one, other = np.flatnonzero(cold)[0], np.flatnonzero(~cold)[0]
    item = np.concatenate([np.arange(8), [one], [other], [one, other]]).astype(np.int32)
    stamps, weights = np.arange(12, dtype=np.int64), np.ones(12, np.float32)
    data = TrainingSet(list("abcd"), data.items, np.array([0, 8, 9, 10, 12]), item, stamps, weights)
    split = cold_items(data, np.arange(4), seed=5)
    assert split.cold.tolist() == cold.tolist()
    assert split.users.tolist() == [0, 3]


def test_another_seed_draws_other_items() -> None:
    data = data_of(users=2, items=60)
    first, again, other = (cold_items(data, np.arange(2), seed).cold.tolist() for seed in (0, 0, 1))
    assert first == again != other
