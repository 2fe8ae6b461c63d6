"""Towers beside the transformer: how ids and metadata share an item, and what stands for a person."""

from dataclasses import replace

import numpy as np
import polars as pl
import torch

from penchant.lake.attributes import Columns, Texts, categories
from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts.knowledge import Knowledge
from penchant.recipes.parts.metadata.tower import Tower
from penchant.recipes.parts.resumable import found
from penchant.recipes.parts.row_adam import RowAdam
from penchant.recipes.parts.settings import Settings, settings_for
from penchant.recipes.parts.towers import Towers
from tests.recipes.contract import circles
from tests.recipes.parts.test_sequence_model import evenings

ITEMS, USERS = 30, 120
GENRES: Columns = {"GENRE": categories(pl.Series(["a", "b"] * (ITEMS // 2)))}
GENDERS: Columns = {"GENDER": categories(pl.Series(["f", "m"] * (USERS // 2)))}
CPU = torch.device("cpu")


def made(data: TrainingSet, **changes: float) -> tuple[Towers, Settings]:
    settings = replace(settings_for(data, 8_000), **changes)
    return Towers(Knowledge.of(data), data, settings, 1, CPU), settings


def learnt(tower: Tower | None) -> None:
    """Weights that are not 0, as after training."""
    assert tower is not None
    tower.values.table.normal_(generator=torch.Generator().manual_seed(0))


def test_metadata_begins_at_nothing() -> None:
    towers, settings = made(replace(circles(), item_columns=GENRES, user_columns=GENDERS))
    assert not towers.item_weights().any()
    assert not towers.tastes().any()
    assert towers.item_weights().shape == (2, settings.embedding_size)


def test_without_metadata_an_item_is_its_id() -> None:
    towers, settings = made(replace(circles(), timestamp=np.zeros(USERS * 12, np.int64)))
    ids = torch.randn(3, settings.embedding_size)
    assert towers.items(np.arange(3), ids) is ids
    assert towers.asked(np.arange(3), ids) is ids
    assert towers.tastes().shape == (0, settings.embedding_size)
    assert towers.occasion_weights() is None


def test_an_id_counts_by_its_events() -> None:
    data = circles()
    more = replace(data, items=[*data.items, "new1", "new2"], item_columns={"GENRE": categories(pl.Series(["a"] * 32))})
    towers, settings = made(more, hidden_ids=0.0, trusted_from=5.0)
    learnt(towers.of_items)
    ids = np.random.default_rng(0).standard_normal((32, settings.embedding_size)).astype(np.float32)
    finished = towers.all_items(ids)
    of_genre = finished[31]
    np.testing.assert_array_equal(finished[30], of_genre)
    count = np.bincount(data.item)[0]
    np.testing.assert_allclose(finished[0], ids[0] * count / (count + 5) + of_genre, atol=1e-5)
    with torch.no_grad():
        in_a_step = towers.items(np.arange(32), torch.from_numpy(ids)).numpy()
    np.testing.assert_allclose(in_a_step, finished, atol=1e-5)


def test_an_item_without_metadata_is_its_id_however_few_its_events() -> None:
    half: Columns = {"GENRE": categories(pl.Series(["a", None] * (ITEMS // 2)))}
    towers, settings = made(replace(circles(), item_columns=half), hidden_ids=0.5, trusted_from=1e6)
    learnt(towers.of_items)
    ids = np.random.default_rng(0).standard_normal((ITEMS, settings.embedding_size)).astype(np.float32)
    finished = towers.all_items(ids)
    np.testing.assert_array_equal(finished[1::2], ids[1::2])
    of_genre = np.tile(towers.item_weights(), (ITEMS // 2, 1))
    np.testing.assert_allclose(finished[::2], of_genre, atol=0.01)
    with torch.no_grad():
        in_a_step = towers.items(np.arange(ITEMS), torch.from_numpy(ids)).numpy()
    np.testing.assert_array_equal(in_a_step[1::2], ids[1::2])


def test_ids_are_hidden_now_and_then() -> None:
    data = replace(circles(), item_columns=GENRES)
    towers, settings = made(data, hidden_ids=0.25)
    ids = 100 * torch.ones(ITEMS, settings.embedding_size)
    with torch.no_grad():
        hidden = np.mean([(towers.items(np.arange(ITEMS), ids)[:, 0].numpy() < 50).mean() for _ in range(200)])
    assert 0.2 < hidden < 0.3


def test_a_person_has_their_own_metadata() -> None:
    data = replace(circles(), user_columns=GENDERS)
    towers, settings = made(data, hidden=0.0)
    learnt(towers.of_users)
    events = data.offsets[[0, 1, 2, 3]] + 1
    with torch.no_grad():
        added = towers.asked(events, torch.zeros(4, settings.embedding_size)).numpy()
    np.testing.assert_allclose(added, towers.tastes()[:4], atol=1e-6)
    np.testing.assert_array_equal(added[0], added[2])
    assert np.abs(added[0] - added[1]).max() > 0


def test_all_that_is_learnt_is_told() -> None:
    data = evenings()
    words = Texts(pl.Series(["a b", "b c"] * (len(data.items) // 2)))
    data = replace(data, item_columns={**data.item_columns, "ABOUT": words})
    towers, _ = made(data)
    learnt = [held.table for _, held in found({"towers": towers}) if isinstance(held, RowAdam)]
    assert len(learnt) == 5
    assert {id(table) for table in towers.tables()} == {id(table) for table in learnt}
    assert not made(replace(circles(), timestamp=np.zeros(USERS * 12, np.int64)))[0].tables()
