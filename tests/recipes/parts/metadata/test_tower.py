"""The tower: the same vectors as NumPy's product, and a step that lessens the loss."""

import numpy as np
import polars as pl
import torch

from penchant.lake.attributes import Column, Numbers, Texts, categories
from penchant.recipes.parts.metadata.encoding import Encoding
from penchant.recipes.parts.metadata.tower import Tower

ROWS = 40
COLUMNS: dict[str, Column] = {
    "KIND": categories(pl.Series(["ab"[row % 2] for row in range(ROWS)])),
    "SIZE": Numbers(np.arange(ROWS, dtype=float)),
    "TITLE": Texts(pl.Series([f"title {row % 5}" for row in range(ROWS)]), True),
}


def tower(columns: dict[str, Column], size: int = 6) -> Tower:
    features = Encoding.fit(columns, ROWS).features(columns, ROWS)
    return Tower(features, size, torch.Generator().manual_seed(1))


def test_it_is_the_product_of_features_and_weights() -> None:
    for columns in (COLUMNS, {"KIND": COLUMNS["KIND"]}, {"TITLE": COLUMNS["TITLE"]}, {}):
        made = tower(columns)
        rows = np.array([3, 3, 39, 0])
        np.testing.assert_allclose(
            made(rows).detach().numpy(), (made.features @ made.weights())[rows], atol=1e-6, err_msg=str(list(columns))
        )


def test_steps_lead_to_what_is_asked_for() -> None:
    made = tower(COLUMNS)
    rows = np.arange(ROWS)
    wanted = torch.from_numpy(np.where(rows % 2, 1.0, -1.0).astype(np.float32))
    for _ in range(200):
        loss = ((made(rows)[:, 0] - wanted) ** 2).mean()
        loss.backward()
        made.step(0.05)
    assert loss.item() < 0.02


def test_features_that_a_step_does_not_touch_stay_as_they_are() -> None:
    made = tower({"KIND": COLUMNS["KIND"]})
    before = made.weights().copy()
    made(np.array([0, 2])).sum().backward()
    made.step(0.1)
    assert (made.weights() != before).any(axis=1).sum() == 1
