"""Batches: every history once an epoch, targets follow inputs, hardly any padding."""

import numpy as np

from penchant.recipes.parts.batches import Histories


def test_every_history_is_read_once() -> None:
    lengths = np.array([1, 2, 5, 9, 0, 3])
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    expected = []  # the inputs: the newest events of each history but the last, at most 4
    for user, length in enumerate(lengths):
        expected += list(range(offsets[user + 1] - 1 - min(length - 1, 4), offsets[user + 1] - 1)) if length > 1 else []
    rows = [batch[real] for batch, real in Histories(offsets, 4).epoch(8, np.random.default_rng(0))]
    assert sorted(np.concatenate(rows).tolist()) == expected


def test_batches_are_small_and_full() -> None:
    rng = np.random.default_rng(1)
    offsets = np.concatenate([[0], np.cumsum(rng.geometric(0.1, 2_000) + 1)])
    sizes, tokens = [], []
    for rows, real in Histories(offsets, 50).epoch(500, rng):
        sizes.append(rows.size)
        tokens.append(real.sum())
    assert max(sizes) <= 500
    assert sum(tokens) / sum(sizes) > 0.85


def test_a_history_longer_than_a_batch_is_a_batch() -> None:
    offsets = np.array([0, 100, 200])
    batches = list(Histories(offsets, 50).epoch(10, np.random.default_rng(0)))
    assert [rows.shape for rows, _ in batches] == [(1, 50), (1, 50)]
