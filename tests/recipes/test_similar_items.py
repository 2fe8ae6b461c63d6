"""aws-similar-items: the contract, items that are known by metadata alone, and what each parameter does."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from penchant.lake.attributes import Texts, categories
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from penchant.recipes.more_like_x import MoreLikeX
from penchant.recipes.parts.two_tower.model import SimilarModel
from penchant.recipes.similar_items import SimilarItems
from tests.recipes.contract import FEW, RecipeContract, training_set

KINDS, OF_A_KIND = 6, 20


class TestSimilarItems(RecipeContract):
    recipe = SimilarItems()
    many_items = FEW

    def test_neighbours_on_the_circle_are_most_alike(self, data: TrainingSet, model: Model) -> None:
        for item in (5, 17, 29):
            near = {(item + step) % 30 for step in (-3, -2, -1, 1, 2, 3)}
            assert set(ranked(model, item)[:3]) <= near


class TestMoreLikeX(RecipeContract):
    recipe = MoreLikeX()
    many_items = FEW


def ranked(model: Model, *history: int) -> list[int]:
    return np.argsort(-model.scores(np.array(history, np.int32)), kind="stable").tolist()


def silent(done: float, message: str) -> None:
    pass


def kinds(cold: tuple[int, ...] = (), described: bool = True, seed: int = 3) -> TrainingSet:
    """Everybody takes items of one of six kinds, which the metadata tell; item i is of kind i % 6. `cold` are taken by
    nobody."""
    rng = np.random.default_rng(seed)
    count = KINDS * OF_A_KIND
    histories = []
    for user in range(300):
        own = np.array([item for item in range(user % KINDS, count, KINDS) if item not in cold])
        histories.append(rng.choice(own, 8, replace=False).tolist())
    data = training_set(histories, count)
    columns = {
        "KIND": categories(pl.Series([f"kind{item % KINDS}" for item in range(count)])),
        "ABOUT": Texts(pl.Series([f"number {item} of {'abcdef'[item % KINDS] * 4}" for item in range(count)])),
    }
    return replace(data, item_columns=columns) if described else data


def share_of_kind(model: Model, item: int, top: int = 10) -> float:
    return float(np.mean([other % KINDS == item % KINDS for other in ranked(model, item)[:top]]))


COLD = (3, 10, 17, 24, 31, 38)
"""One of each kind."""


@pytest.fixture(scope="module")
def fitted() -> SimilarModel:
    return SimilarItems().fit(kinds(COLD), silent)


def test_items_of_few_events_are_found_and_asked_about_by_metadata_alone(fitted: SimilarModel) -> None:
    assert np.mean([share_of_kind(fitted, item) for item in COLD]) > 0.9
    places = [ranked(fitted, other).index(item) for item in COLD for other in (item + KINDS, item + 2 * KINDS)]
    assert np.median(places) < OF_A_KIND


def test_without_metadata_nothing_is_known_of_them() -> None:
    plain = SimilarItems().fit(kinds(COLD, described=False), silent)
    assert not plain.item_vectors[list(COLD)].any()
    assert share_of_kind(plain, 0) > 0.9  # known by who took them
    assert all(ranked(plain, 0).index(item) > KINDS * OF_A_KIND - 8 - len(COLD) for item in COLD)


def test_an_unknown_item_gets_the_popular_ones(fitted: SimilarModel) -> None:
    events = np.bincount(kinds(COLD).item, minlength=KINDS * OF_A_KIND)
    order = ranked(fitted)
    assert (np.diff(events[order]) <= 0).all()


def test_the_item_that_is_asked_about_comes_last(fitted: SimilarModel) -> None:
    assert all(ranked(fitted, item)[-1] == item for item in (0, 50, COLD[0]))
    assert ranked(fitted, 7, 4, 50) == ranked(fitted, 50)  # the newest is asked about


@pytest.mark.parametrize("described", [True, False])
def test_a_discount_takes_popular_items_down(described: bool) -> None:
    """Item 0 goes with everything, besides."""
    data = kinds(described=described)
    histories = [[*data.history(user).tolist(), 0, 0] for user in range(len(data.users))]
    with_zero = replace(training_set(histories, len(data.items)), item_columns=data.item_columns)

    def places(discount: str) -> list[int]:
        model = SimilarItems.from_wire({"popularity_discount_factor": discount}).fit(with_zero, silent)
        return [ranked(model, item).index(0) for item in range(1, 30)]

    assert np.mean(places("0")) < np.mean(places("0.5")) < np.mean(places("1"))


def test_widths_are_what_a_search_may_set() -> None:
    wide = replace(SimilarItems(), item_id_hidden_dim=30, item_metadata_hidden_dim=40).fit(kinds(), silent)
    assert wide.item_vectors.shape[1] == 70
    for name in ("item_id_hidden_dim", "item_metadata_hidden_dim"):
        with pytest.raises(ValueError, match="has no fixed value"):
            SimilarItems.from_wire({name: "50"})


def test_all_that_are_alike_in_metadata_have_vectors_of_one_length(fitted: SimilarModel) -> None:
    lengths = np.linalg.norm(fitted.item_vectors, axis=1)
    np.testing.assert_allclose(lengths, lengths[0], rtol=1e-4)


def test_an_item_of_which_nothing_is_known_gets_the_popular_ones() -> None:
    discounted = SimilarItems.from_wire({"popularity_discount_factor": "1"})
    plain = discounted.fit(kinds(COLD, described=False), silent)
    assert ranked(plain, COLD[2])[:-1] == [item for item in ranked(plain) if item != COLD[2]]
