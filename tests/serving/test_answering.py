"""A sealed model answers as the fitted one did, and without torch."""

import subprocess
import sys

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.recipes.catalog import RECIPES
from penchant.serving.answering import HISTORY, open_answering, seal_answering


def data(users: int = 60, length: int = 20) -> TrainingSet:
    rng = np.random.default_rng(0)
    item = np.concatenate([(np.arange(length) + start) % 15 for start in rng.integers(0, 15, users)]).astype(np.int32)
    return TrainingSet(
        users=sorted(f"user-é{number}" for number in range(users)),
        items=sorted(f"item-{number}" for number in range(17)),
        offsets=np.arange(users + 1, dtype=np.int64) * length,
        item=item,
        timestamp=np.tile(np.arange(length) * 3600, users).astype(np.int64),
        weight=np.ones(users * length, np.float32),
    )


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    folders = {}
    for name, kind in RECIPES.items():
        folders[name] = tmp_path_factory.mktemp("artifacts") / name
        recipe = kind()
        seal_answering(folders[name], recipe, recipe.fit(data(), lambda fraction, sentence: None), data(), {})
    return folders


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_the_best_come_first_and_each_once(sealed, name):
    answering = open_answering(sealed[name])
    ranked = answering.recommend("user-é3", 17)
    assert sorted(item for item, _ in ranked) == sorted(data().items)
    if answering.recipe.scores_shown:
        scores = [score for _, score in ranked]
        assert scores == sorted(scores, reverse=True)
        assert sum(scores) == pytest.approx(1, abs=1e-5)
    assert answering.recommend("user-é3", 3) == ranked[:3]
    assert answering.recommend("user-é3", 0) == []


def test_what_comes_next_on_a_ring_is_recommended_first(sealed):
    answering = open_answering(sealed["aws-user-personalization-v2"])
    items = data().items
    last = data().history(data().users.index("user-é7"))[-1]
    assert answering.recommend("user-é7", 1)[0][0] == items[(last + 1) % 15]


def test_a_history_keeps_its_newest_events(tmp_path):
    long = data(users=30, length=HISTORY + 40)  # a machine that calls itself a user
    recipe = RECIPES["aws-popularity-count"]()
    seal_answering(tmp_path / "a", recipe, recipe.fit(long, lambda *told: None), long, {})
    answering = open_answering(tmp_path / "a")
    for user in (0, 29):
        kept = answering.history[answering.offsets[user] : answering.offsets[user + 1]]
        assert kept.tolist() == long.history(user)[-HISTORY:].tolist()


def test_opening_and_answering_need_no_torch(sealed):
    program = (
        "import sys\nfrom pathlib import Path\nfrom penchant.serving.answering import open_answering\n"
        "answering = open_answering(Path(sys.argv[1]))\nanswering.recommend('nobody', 3)\n"
        "answering.rank('user-é1', ['item-1', 'item-2'])\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, sealed["aws-personalized-ranking-v2"]], check=True)


def test_the_server_needs_no_torch():
    program = "import sys\nimport penchant.operations.api, penchant.server.http, penchant.main\nassert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
