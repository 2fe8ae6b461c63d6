"""Trees as arrays answer what LightGBM itself answers, bit for bit."""

import lightgbm
import numpy as np
import pytest

from penchant.recipes.parts.actions.fit import SETTINGS
from penchant.recipes.parts.actions.trees import BLOCK, NEARLY_ZERO, Trees


def grown(seed: int, rounds: int = 30, **more) -> tuple[lightgbm.Booster, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(3_000, 12))
    features[:, 3] = np.round(features[:, 3])
    features[:, 7] = features[:, 7] > 0
    odds = 2 * features[:, 0] * features[:, 7] + features[:, 3] - features[:, 11]
    taken = (odds + rng.normal(size=len(odds)) > 0).astype(float)
    settings = {**SETTINGS, "seed": seed, "min_data_in_leaf": 20, "num_threads": 1, **more}
    return lightgbm.train(settings, lightgbm.Dataset(features, taken), rounds), features


@pytest.mark.parametrize("shared", [0, 1, 5, 11, 12])
@pytest.mark.parametrize("rows", [1, 2, 40, 2 * BLOCK + 3])
def test_sums_are_lightgbms(shared: int, rows: int) -> None:
    booster, features = grown(seed=3)
    asked = features[:rows].copy()
    asked[:, :shared] = features[100, :shared]
    trees = Trees.of(booster, shared)
    np.testing.assert_array_equal(trees(asked), booster.predict(asked, raw_score=True))


def test_values_that_are_thresholds() -> None:
    booster, features = grown(seed=4)
    trees = Trees.of(booster)
    limits = [limit for tree in booster.dump_model()["tree_info"] for limit in limits_of(tree["tree_structure"])]
    asked = np.repeat(features[:1], len(limits), axis=0)
    asked[np.arange(len(asked)), trees.feature] = limits
    assert len(limits) == len(trees.feature) and -NEARLY_ZERO in limits
    np.testing.assert_array_equal(trees(asked), booster.predict(asked, raw_score=True))


def limits_of(node: dict) -> list[float]:
    """Of the splits, in the order of `Trees`."""
    if "split_feature" not in node:
        return []
    return [node["threshold"], *limits_of(node["left_child"]), *limits_of(node["right_child"])]


def test_trees_without_a_split_and_no_trees() -> None:
    booster, features = grown(seed=5, rounds=6, min_data_in_leaf=1_400)
    trees = Trees.of(booster)
    np.testing.assert_array_equal(trees(features[:9]), booster.predict(features[:9], raw_score=True))
    stump, _ = grown(seed=5, rounds=3, min_data_in_leaf=3_000)
    np.testing.assert_array_equal(Trees.of(stump)(features[:9]), stump.predict(features[:9], raw_score=True))
    assert Trees.none()(features[:4]).tolist() == [0.0] * 4
    assert trees(features[:0]).shape == (0,)
