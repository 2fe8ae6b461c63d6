"""Pairs of items counted person by person, in loops, against the matrix products."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penchant.recipes.parts import co_occurrence as module
from penchant.recipes.parts.co_occurrence import FLAT, SHRINKAGE, WINDOW, co_occurrence, kept_between_fits
from penchant.recipes.parts.sharing import Shelf, shared
from tests.recipes.contract import training_set

ITEMS = 9
people = st.lists(st.lists(st.integers(0, ITEMS - 1), max_size=12), min_size=1, max_size=8)


def quiet(done: float) -> None:
    pass


def looped(histories: list[list[int]], discount: float, least: int, in_order: bool) -> np.ndarray:
    """(I, I) weights, as the docstring says; 0 for what is not related."""
    both, near, taken = np.zeros((ITEMS, ITEMS)), np.zeros((ITEMS, ITEMS)), np.zeros(ITEMS)
    for history in histories:
        for item in set(history):
            taken[item] += 1
        for one, other in combinations(set(history), 2):
            both[[one, other], [other, one]] += 1
        for earlier, later in combinations(range(len(history)), 2):
            if later - earlier <= WINDOW:
                near[history[earlier], history[later]] += 1 / (later - earlier)
                near[history[later], history[earlier]] += 1 / (later - earlier)
    worth = FLAT * both + (np.minimum(near, both) if in_order else 0)
    weights = worth / np.maximum(taken, 1) ** discount * both / (both + SHRINKAGE)
    return np.where((both >= max(least, 1)) & ~np.eye(ITEMS, dtype=bool), weights, 0)


def dense(model: module.RelatedModel) -> np.ndarray:
    weights = np.zeros((ITEMS, ITEMS))
    for item in range(ITEMS):
        place = slice(model.offsets[item], model.offsets[item + 1])
        weights[item, model.items[place]] = model.weights[place]
    return weights


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(people, st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 3), st.booleans())
def test_weights_are_those_of_loops(histories, discount: float, least: int, in_order: bool) -> None:
    ranking = -np.arange(ITEMS, dtype=np.float32)
    model = co_occurrence(training_set(histories, ITEMS), ranking, discount, least, quiet, in_order)
    np.testing.assert_allclose(dense(model), looped(histories, discount, least, in_order), rtol=1e-5)
    assert (model.weights > 0).all()
    assert model.offsets[-1] == len(model.items) == len(model.weights)


@pytest.fixture
def histories() -> list[list[int]]:
    return np.random.default_rng(0).integers(0, ITEMS, (30, 6)).tolist()


@pytest.mark.parametrize("pairs", [1, 150, 400])
def test_counting_in_parts_changes_nothing(histories, pairs: int, monkeypatch) -> None:
    data, ranking = training_set(histories, ITEMS), np.zeros(ITEMS, np.float32)
    whole = co_occurrence(data, ranking, 0.5, 1, quiet)
    monkeypatch.setattr(module, "PAIRS_AT_ONCE", pairs)
    told: list[float] = []
    parts = co_occurrence(data, ranking, 0.5, 1, told.append)
    for name, array in whole.state().items():
        np.testing.assert_array_equal(parts.state()[name], array)
    assert told[0] == 0
    assert told == sorted(set(told))
    assert len(told) > 1
    assert told[-1] < 1


def test_the_strongest_companions_are_kept(histories, monkeypatch) -> None:
    data, ranking = training_set(histories, ITEMS), np.zeros(ITEMS, np.float32)
    whole = dense(co_occurrence(data, ranking, 0.5, 1, quiet))
    monkeypatch.setattr(module, "KEPT", 3)
    kept = dense(co_occurrence(data, ranking, 0.5, 1, quiet))
    assert (np.count_nonzero(kept, axis=1) == 3).all()
    np.testing.assert_allclose(np.sort(kept)[:, -3:], np.sort(whole)[:, -3:])


def test_what_is_learnt_from_is_not_changed(histories) -> None:
    data = training_set(histories, ITEMS)
    before = data.item.copy()
    co_occurrence(data, np.zeros(ITEMS, np.float32), 0.5, 1, quiet)
    np.testing.assert_array_equal(data.item, before)


def test_progress_may_stop_it(histories) -> None:
    def stop(done: float) -> None:
        raise KeyError(done)

    with pytest.raises(KeyError):
        co_occurrence(training_set(histories, ITEMS), np.zeros(ITEMS, np.float32), 0.5, 1, stop)


def test_a_search_counts_once_and_finds_the_same(histories, monkeypatch) -> None:
    data, ranking = training_set(histories, ITEMS), np.zeros(ITEMS, np.float32)
    asked = [(discount, least) for discount in (0.0, 0.5, 1.0) for least in (0, 4, 9)]
    alone = [co_occurrence(data, ranking, *each, quiet).state() for each in asked]
    with shared(Shelf()):
        assert kept_between_fits(data)
        together = [co_occurrence(data, ranking, *asked[0], quiet).state()]
        monkeypatch.setattr(module, "_count", None)
        together += [co_occurrence(data, ranking, *each, quiet).state() for each in asked[1:]]
    for one, other in zip(alone, together, strict=True):
        for name, array in one.items():
            np.testing.assert_array_equal(other[name], array)


def test_too_many_pairs_are_not_kept(histories, monkeypatch) -> None:
    data = training_set(histories, ITEMS)
    assert not kept_between_fits(data), "nobody searches"
    monkeypatch.setattr(module, "PAIRS_KEPT", ITEMS**2 - 1)
    with shared(Shelf()):
        assert not kept_between_fits(data)
