"""The loss of held-out events: that of training, of each with its own occasion, against all items."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from penchant.lake.attributes import categories
from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts import train_loop
from penchant.recipes.parts.held_out_loss import SCALES, HeldOutLoss
from penchant.recipes.parts.hold_out import HoldOut, hold_out
from penchant.recipes.parts.knowledge import Knowledge
from penchant.recipes.parts.settings import Settings, settings_for
from penchant.recipes.parts.train_loop import Trained
from tests.recipes.contract import circles, training_set
from tests.recipes.parts.test_sequence_model import evenings

LIMIT = 20


def trained(data: TrainingSet, held: HoldOut, limit: int = LIMIT) -> tuple[Trained, Knowledge]:
    """After one epoch."""
    settings = replace(settings_for(data, 8_000), epochs=1, patience=0, history_limit=limit, embedding_size=16)
    knowledge = Knowledge.of(held.training)
    made = train_loop.train(
        held.training, knowledge, settings, lambda: start(data, settings), 0, lambda done, what: None
    )
    return made, knowledge


def start(data: TrainingSet, settings: Settings) -> np.ndarray:
    vectors = np.random.default_rng(0).standard_normal((len(data.items), settings.embedding_size))
    return vectors.astype(np.float32)


def test_states_before_events_are_those_of_the_histories_before_them() -> None:
    data = circles(length=14)
    made, _ = trained(data, hold_out(data, 0))
    rows = np.sort(np.concatenate([data.offsets[1:][[3, 7, 8]] - 1, data.offsets[1:][[3, 8]] - 4]))
    found = train_loop.encode_before(made, data, rows)
    for row, state in zip(rows, found, strict=True):
        user = data.user[row]
        history = np.array(data.item[data.offsets[user] : row])
        alone = training_set([history.tolist()], len(data.items))
        np.testing.assert_allclose(state, train_loop.encode_users(made, alone, lambda: None)[0], atol=1e-5)


def test_it_is_the_cross_entropy_at_the_scale_that_suits_best() -> None:
    data = evenings()
    held = hold_out(data, 0, amid=True)
    made, knowledge = trained(data, held)
    measured = HeldOutLoss.of(held, data, knowledge.occasions, LIMIT)
    assert len(measured.rows) == len(data.item) - len(held.training.item)
    people = train_loop.encode_before(made, data, measured.rows)
    weights = made.towers.occasion_weights()
    assert weights is not None
    people += knowledge.occasions.of(data, measured.rows) @ weights
    people += made.towers.tastes()[data.user[measured.rows]]
    taken = torch.from_numpy(data.item[measured.rows].astype(np.int64))
    apart = np.zeros((len(people), len(data.items)), np.float32)
    for row, event in enumerate(measured.rows):
        apart[row, data.item[data.offsets[data.user[event]] : event]] = 8
    apart[np.arange(len(people)), taken] = 0
    scores = people @ made.items.numpy().T
    expected = min(
        float(torch.nn.functional.cross_entropy(torch.from_numpy(scale * each), taken))
        for scale in SCALES
        for each in (scores, scores - apart)
    )
    assert measured.loss(made) == pytest.approx(expected, rel=1e-4)


def test_of_what_a_long_history_ends_with_only_what_is_read_is_asked() -> None:
    data = training_set([[step % 9 for step in range(90)]] * 60, 9)
    held = hold_out(data, 0)
    made, knowledge = trained(data, held, limit=4)
    measured = HeldOutLoss.of(held, data, knowledge.occasions, 4)
    assert (np.bincount(data.user[measured.rows]) <= 4).all() and len(measured.rows) > 20
    assert measured.tells and measured.loss(made) > 0


def test_nobody_is_surprised_by_what_could_not_be_learnt() -> None:
    data = circles()
    histories = [data.history(user).tolist() for user in range(len(data.users))]
    new = training_set([[*history[:-1], 30 + user] for user, history in enumerate(histories)], 30 + len(histories))
    held = hold_out(new, 0)
    measured = HeldOutLoss.of(held, new, Knowledge.of(held.training).occasions, LIMIT)
    assert not len(measured.rows)
    assert not measured.tells


def test_events_count_by_their_weights() -> None:
    data = circles(users=800)
    held = hold_out(data, 0)
    made, knowledge = trained(data, held)
    measured = HeldOutLoss.of(held, data, knowledge.occasions, LIMIT)
    first = np.zeros(len(data.item), np.float32)
    first[measured.rows[0]] = 2.0
    one = replace(measured, data=replace(data, weight=first)).loss(made)
    alike = measured.loss(made)
    assert measured.tells and one != pytest.approx(alike)
    assert not replace(measured, data=replace(data, weight=0 * first)).tells


def test_no_more_is_read_than_a_tenth_of_an_epoch() -> None:
    data = training_set([[step % 9 for step in range(50)]] * 2_000, 9)
    held = hold_out(data, 0)
    kinds = categories(pl.Series(["buy"] * len(data.item)), several=False)
    whole = replace(data, event_columns={"EVENT_TYPE": kinds})
    measured = HeldOutLoss.of(held, whole, Knowledge.of(held.training).occasions, 50)
    assert 50 * len(np.unique(data.user[measured.rows])) <= 0.1 * len(data.item)
