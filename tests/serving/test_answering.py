"""A sealed model answers as the fitted one did, and without torch; what a user did since then counts where it may."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from penchant.artifacts.vocabulary import Vocabulary
from penchant.lake.selection import EVERYTHING, EventSelection, EventWeight
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.recipes.catalog import RECIPES
from penchant.serving.answering import HISTORY, Answering, open_answering, seal_answering

ORDINARY = {
    name: recipe
    for name, recipe in RECIPES.items()
    if recipe.required_datasets == ("INTERACTIONS",) and recipe.recipe_type != "USER_SEGMENTATION"
}
"""Recipes of items that learn from interactions alone, if need be."""


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
    for name, kind in ORDINARY.items():
        folders[name] = tmp_path_factory.mktemp("artifacts") / name
        recipe = kind()
        seal_answering(folders[name], recipe, recipe.fit(data(), lambda fraction, sentence: None), data(), {})
    return folders


@pytest.mark.parametrize("name", sorted(ORDINARY))
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


REAL_TIME = sorted(name for name, recipe in ORDINARY.items() if recipe.real_time)


@pytest.mark.parametrize("name", REAL_TIME)
@pytest.mark.parametrize("user", ["user-é3", "stranger"])
def test_an_answer_follows_what_the_user_did_since(sealed, name, user):
    answering = open_answering(sealed[name])
    items = data().items
    for place in range(15):
        ranked = answering.recommend(user, 17, [items[(place + step) % 15] for step in (-1, 0)])
        assert ranked[0][0] == items[(place + 1) % 15]
        if answering.recipe.scores_shown:
            assert sum(score for _, score in ranked) == pytest.approx(1, abs=1e-5)
        again = answering.rank(user, items, [items[(place - 1) % 15], items[place]])
        assert [item for item, _ in again] == [item for item, _ in ranked]


@pytest.mark.parametrize("name", REAL_TIME)
def test_new_events_come_after_those_of_the_training(sealed, name):
    answering = open_answering(sealed[name])
    items, user = data().items, data().users.index("user-é3")
    newer = [4, 9, 4]
    expected = answering.model.scores(np.append(data().history(user), newer))
    told = answering.scores("user-é3", [items[code] for code in newer])
    np.testing.assert_allclose(told, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        answering.scores("stranger", ["item-1"]),
        answering.model.scores(np.array([items.index("item-1")])),
        rtol=1e-5,
        atol=1e-5,
    )


@pytest.mark.parametrize("name", sorted(ORDINARY))
def test_items_that_the_model_does_not_know_are_passed_over(sealed, name):
    answering = open_answering(sealed[name])
    for user in ("user-é3", "stranger"):
        np.testing.assert_array_equal(answering.scores(user, ["none", "other"]), answering.scores(user))
        with_one = answering.scores(user, ["none", "item-3", "other"])
        np.testing.assert_array_equal(with_one, answering.scores(user, ["item-3"]))


@pytest.mark.parametrize("name", sorted(set(ORDINARY) - set(REAL_TIME)))
def test_a_list_for_everyone_is_moved_by_nobody(sealed, name):
    answering = open_answering(sealed[name])
    for user in ("user-é3", "stranger"):
        assert answering.recommend(user, 17, ["item-3"] * 5) == answering.recommend(user, 17)
        assert answering.rank(user, data().items, ["item-3"] * 5) == answering.rank(user, data().items)


class Asked(Model):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.histories: list[list[int]] = []

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        self.histories.append(history.tolist())
        return np.zeros(3, np.float32)


@pytest.fixture
def stub() -> Callable[[], Answering]:
    def stub() -> Answering:
        """Knows the items a, b, c, and a user u with the history a, b."""
        users, items = Vocabulary.of(["u"]), Vocabulary.of(["a", "b", "c"])
        recipe = RECIPES["aws-user-personalization-v2"]
        return Answering(recipe, Asked(), users, items, np.array([0, 2]), np.array([0, 1], np.int32))

    return stub


def test_the_newest_events_are_read(stub, monkeypatch):
    monkeypatch.setattr("penchant.serving.answering.HISTORY", 3)
    answering = stub()
    for recent in ("c", "cc", "cabc"):
        answering.scores("u", list(recent))
    assert answering.model.histories == [[0, 1, 2], [1, 2, 2]]  # the third is the first again


def test_who_asks_again_is_not_scored_again(stub):
    answering = stub()
    for user, recent in (("u", "c"), ("u", "c"), ("u", "ca"), ("u", "c"), ("stranger", "abc"), ("stranger", "c")):
        answering.recommend(user, 3, list(recent))
        answering.rank(user, ["b", "a"], list(recent))
    assert answering.model.histories == [[0, 1, 2], [0, 1, 2, 0], [2]]  # a history is one, whoever has it


@pytest.mark.parametrize(("room", "asked"), [(0, 4), (1, 4), (2, 2)])
def test_few_scores_are_kept(stub, monkeypatch, room, asked):
    one = 3 * 4 + HISTORY * 4
    monkeypatch.setattr("penchant.serving.answering.KEPT_BYTES", room * one + one // 2)
    answering = stub()
    for recent in "caca":
        answering.scores("u", [recent])
    assert len(answering.model.histories) == asked


def test_what_it_learnt_from_is_sealed_with_it(tmp_path):
    recipe = RECIPES["aws-popularity-count"]()
    model = recipe.fit(data(), lambda *told: None)
    chosen = EventSelection(weights=(EventWeight("buy", 0.3, 2.5), EventWeight("view")))
    seal_answering(tmp_path / "a", recipe, model, data(), {"metrics": {}}, chosen, 1_700_000_000_000 << 20)
    answering = open_answering(tmp_path / "a")
    assert (answering.selection, answering.position) == (chosen, 1_700_000_000_000 << 20)


def test_a_model_of_a_release_without_a_journal_can_be_opened(tmp_path):
    recipe = RECIPES["aws-popularity-count"]()
    seal_answering(tmp_path / "a", recipe, recipe.fit(data(), lambda *told: None), data(), {})
    path = tmp_path / "a" / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["selection"], manifest["position"]
    path.write_text(json.dumps(manifest))
    answering = open_answering(tmp_path / "a")
    assert (answering.selection, answering.position) == (EVERYTHING, 0)


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


@pytest.mark.parametrize(("items", "people"), [(0, 64), (4_000, 64), (100_000, 20), (1_000_000, 16), (5_000_000, 6)])
def test_so_many_are_scored_at_once_that_a_product_pays(stub, items, people):
    answering = dataclasses.replace(stub(), items=range(items))
    assert answering.at_once == people
