"""What a sequence model makes of metadata and moments: new items, users who grew, contexts, and what it wants to know."""

from dataclasses import replace

import msgspec
import numpy as np
import polars as pl
import pytest

from penchant.artifacts.sealed import open_sealed, seal
from penchant.lake.attributes import Columns, Numbers, Texts, categories
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Moment
from penchant.recipes.parts.sequence_fit import fit_sequence_model
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.serving.scored import Lazy
from tests.recipes.contract import DAY, training_set
from tests.recipes.test_user_personalization_v2 import silent

ITEMS, USERS, LENGTH = 40, 160, 40
EMPTY = np.empty(0, np.int32)


def genres(count: int) -> pl.Series:
    return pl.Series(["war" if item % 2 else "love" for item in range(count)])


def evenings() -> TrainingSet:
    """On a phone everybody takes odd items, on a TV even ones, as the coin falls; men take the first twenty, women the
    last; of the items nothing but the genre is known."""
    rng = np.random.default_rng(0)
    odd = rng.integers(0, 2, USERS * LENGTH)
    woman = np.repeat(np.arange(USERS) % 2, LENGTH)
    item = 2 * rng.integers(0, ITEMS // 4, USERS * LENGTH) + odd + ITEMS // 2 * woman
    data = training_set(item.reshape(USERS, LENGTH).tolist(), ITEMS)
    return replace(
        data,
        event_columns={"DEVICE": categories(pl.Series(np.where(odd, "phone", "tv")))},
        item_columns={"GENRE": categories(genres(ITEMS))},
        user_columns={"GENDER": categories(pl.Series(["f" if user % 2 else "m" for user in range(USERS)]))},
    )


@pytest.fixture(scope="module")
def data() -> TrainingSet:
    return evenings()


@pytest.fixture(scope="module")
def model(data: TrainingSet) -> SequenceModel:
    return fit_sequence_model(data, silent, recency=False)


def share_of_odd(scores: np.ndarray) -> float:
    """Of the probability, after a softmax."""
    shares = np.exp(scores - scores.max())
    return float(shares[1::2].sum() / shares.sum())


def test_the_context_of_a_request_counts(data: TrainingSet, model: SequenceModel) -> None:
    assert "context" in model.wants
    moments = [Moment(context={"DEVICE": "phone"}), Moment(context={"DEVICE": "tv"}), None, Moment()]
    for histories, users in (
        ([data.history(3)] * 4, [3] * 4),
        ([data.history(3)[:5]] * 4, [None] * 4),
        ([EMPTY] * 4, [None] * 4),
    ):
        phone, tv, nothing, empty = model.scores_asked(histories, users, moments)
        assert share_of_odd(phone) > 0.9
        assert share_of_odd(tv) < 0.1
        assert 0.25 < share_of_odd(nothing) < 0.75
        np.testing.assert_array_equal(nothing, empty)


def test_without_moments_nothing_changes(data: TrainingSet, model: SequenceModel) -> None:
    histories, users = [data.history(1), EMPTY], [1, None]
    np.testing.assert_array_equal(
        model.scores_asked(histories, users), model.scores_asked(histories, users, [None, None])
    )


def test_a_user_whose_history_grew_keeps_what_is_known_of_them(data: TrainingSet, model: SequenceModel) -> None:
    assert "person" in model.wants
    assert len(model.tastes) == USERS
    grown = np.append(data.history(4), data.history(4)[0])
    alone = model.person_vectors([grown], [None])[0]
    known = model.person_vectors([grown], [None], [Moment(person=4)])[0]
    np.testing.assert_allclose(known - alone, model.tastes[4], atol=1e-5)
    brought = model.brought_up(np.array([4]), [grown])
    np.testing.assert_allclose(brought.person_vectors([grown], [4])[0], known, atol=1e-4)
    # It is in the stored vector already, and is not added twice.
    same = model.person_vectors([data.history(4)], [4], [Moment(person=4)])[0]
    np.testing.assert_array_equal(same, model.user_vectors[4])


def test_somebody_new_of_whom_metadata_is_known(model: SequenceModel) -> None:
    man, woman = model.scores_asked([EMPTY, EMPTY], [None, None], [Moment(person=0), Moment(person=1)])
    assert set(np.argsort(-man)[:10].tolist()) <= set(range(ITEMS // 2))
    assert set(np.argsort(-woman)[:10].tolist()) <= set(range(ITEMS // 2, ITEMS))


def test_items_that_come_later_are_where_their_metadata_puts_them(data: TrainingSet, model: SequenceModel) -> None:
    columns: Columns = {"GENRE": categories(pl.Series(["war", "love", None, "opera"]))}
    more = model.with_items(columns, 4)
    scores = more.scores_asked([data.history(3)] * 2, [3] * 2, [Moment(context={"DEVICE": d}) for d in ("phone", "tv")])
    war, love, nothing, opera = range(ITEMS, ITEMS + 4)
    np.testing.assert_array_equal(
        scores[:, :ITEMS],
        model.scores_asked([data.history(3)] * 2, [3] * 2, [Moment(context={"DEVICE": d}) for d in ("phone", "tv")]),
    )
    assert scores[0, war] > scores[0, love] and scores[1, love] > scores[1, war]
    assert (scores[:, [nothing, opera]].max(axis=1) < scores[:, :ITEMS].min(axis=1)).all()
    assert np.isfinite(more.scores(np.array([war, love, nothing]))).all()  # as history they are read too
    assert more.scores(EMPTY).shape == (ITEMS + 4,)


def test_an_artifact_keeps_all_of_it(data: TrainingSet, model: SequenceModel, tmp_path) -> None:
    seal(tmp_path / "model", model.state(), {})
    again = SequenceModel.from_state(open_sealed(tmp_path / "model").arrays)
    assert again.wants == model.wants
    asked = [data.history(2)[:4]], [None], [Moment(10 * DAY, 9 * DAY, 2, {"DEVICE": "tv"})]
    np.testing.assert_array_equal(again.scores_asked(*asked), model.scores_asked(*asked))
    columns: Columns = {"GENRE": categories(pl.Series(["war"]))}
    np.testing.assert_array_equal(again.with_items(columns, 1).item_vectors, model.with_items(columns, 1).item_vectors)


def test_terms_are_what_is_added_in_all_and_so_is_what_is_served(data: TrainingSet, model: SequenceModel) -> None:
    weighed = replace(model, neighbour_weight=0.7, own_weight=1.0, habit_weight=0.5, fresh_weight=-3.0)
    history = np.array([3, 9, 3, 5, 21, 3, 7], np.int32)
    terms, added = weighed.terms(history), np.zeros((4, ITEMS), np.float32)
    assert list(terms) == ["successors", "own", "habit", "freshness"]
    for row, additions in zip(added, terms.values(), strict=True):
        for codes, values in additions:
            row[codes] += values
    assert added[3].argmin() == 7 and added[3][9] == pytest.approx(-3 * 0.85**5, rel=1e-4)
    vector = weighed.person_vectors([history], [None])[0]
    expected = weighed.item_vectors @ vector + weighed.item_bias + added.sum(axis=0)
    np.testing.assert_allclose(weighed.scores(history), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(Lazy(weighed, vector, history).of(np.arange(ITEMS)), expected, rtol=1e-4, atol=1e-4)


def test_noise_is_not_asked_for(data: TrainingSet) -> None:
    """Of columns that say nothing about what comes next, hardly any seems to pay, and what is left hardly moves."""
    rng = np.random.default_rng(1)
    coins = pl.Series(rng.choice(["x", "y"], len(data.item)))
    noisy = replace(data, event_columns={"COIN": categories(coins)}, item_columns={}, user_columns={})
    model = fit_sequence_model(noisy, silent, recency=False)
    x, y = model.scores_asked(
        [data.history(3)] * 2, [3] * 2, [Moment(context={"COIN": "x"}), Moment(context={"COIN": "y"})]
    )
    assert np.abs(x - y).mean() < 0.5


def test_the_time_since_the_newest_event_is_known_of_known_users(data: TrainingSet) -> None:
    """After a night everybody takes an odd item, within the hour an even one."""
    rng = np.random.default_rng(2)
    night = rng.integers(0, 2, USERS * LENGTH)
    item = 2 * rng.integers(0, ITEMS // 2, USERS * LENGTH) + night
    times = np.cumsum(np.where(night, 12 * 3_600, 60).reshape(USERS, LENGTH), axis=1).ravel()
    timed = replace(training_set(item.reshape(USERS, LENGTH).tolist(), ITEMS), timestamp=times.astype(np.int64))
    timed = replace(timed, timestamp=timed.timestamp + DAY * timed.user)
    model = fit_sequence_model(timed, silent, recency=False)
    assert model.wants >= {"time", "newest"}
    newest = int(model.newest_times[5])
    assert newest == timed.timestamp[timed.offsets[6] - 1]
    history = timed.history(5)
    moments = [Moment(newest + 12 * 3_600), Moment(newest + 60)]
    late, soon = model.scores_asked([history] * 2, [5] * 2, moments)
    assert share_of_odd(late) > 0.8 > 0.2 > share_of_odd(soon)
    told = [msgspec.structs.replace(moment, newest=newest) for moment in moments]
    np.testing.assert_allclose(model.scores_asked([history] * 2, [None] * 2, told), [late, soon], atol=1e-2)
    unknown = model.brought_up(np.array([5]), [history])
    np.testing.assert_allclose(unknown.scores_asked([history], [5], [Moment(newest + 60, newest)]), [soon], atol=1e-2)


def test_what_weighs_most_is_aimed_at() -> None:
    """People look at the first half and buy of the other, as the coin falls: what is bought is to be offered."""
    rng = np.random.default_rng(3)
    bought = rng.integers(0, 2, USERS * LENGTH)
    item = rng.integers(0, ITEMS // 2, USERS * LENGTH) + ITEMS // 2 * bought
    made = training_set(item.reshape(USERS, LENGTH).tolist(), ITEMS)
    kinds = categories(pl.Series(np.where(bought, "buy", "view")), several=False)
    made = replace(made, weight=np.where(bought, 0.6, 0.4).astype(np.float32), event_columns={"EVENT_TYPE": kinds})
    model = fit_sequence_model(made, silent, recency=False)
    history = made.history(0)[:5]
    gained = model.scores(history) - replace(model, aim=0 * model.aim).scores(history)
    assert gained[ITEMS // 2 :].min() > gained[: ITEMS // 2].max() + 0.5


def test_columns_that_say_nothing_change_nothing() -> None:
    """Nulls, one value for all, and values that nobody shares."""
    rng = np.random.default_rng(4)
    bare = training_set(rng.integers(0, ITEMS, (80, 15)).tolist(), ITEMS, seconds=0)
    nulls = pl.Series([None] * ITEMS, dtype=pl.String)
    columns: Columns = {
        "NULL": categories(nulls),
        "OWN": categories(pl.Series([f"own{item}" for item in range(ITEMS)])),
        "NAN": Numbers(np.full(ITEMS, np.nan)),
        "SAME": Numbers(np.ones(ITEMS)),
        "TEXT": Texts(pl.Series([""] * ITEMS)),
    }
    full = replace(
        bare,
        item_columns=columns,
        user_columns={"NAN": Numbers(np.full(80, np.nan))},
        event_columns={
            "EVENT_VALUE": Numbers(rng.random(1_200)),
            "NULL": categories(pl.Series([None] * 1_200, dtype=pl.String)),
        },
    )
    one, other = (fit_sequence_model(data, silent, recency=False) for data in (bare, full))
    assert other.wants == frozenset()
    np.testing.assert_array_equal(one.scores(bare.history(0)), other.scores(bare.history(0)))
