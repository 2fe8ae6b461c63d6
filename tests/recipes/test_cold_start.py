"""aws-hrnn-coldstart: which items are cold, that no others are answered, and that genres alone put them in order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from penchant.artifacts.sealed import open_sealed, seal
from penchant.lake.attributes import Columns, Numbers, categories
from penchant.lake.grown import Grown
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Moment
from penchant.recipes.cold_start import CONTENT_WEIGHT, EPOCHS, FEWEST_EPOCHS, HrnnColdstart
from penchant.recipes.parts import slit
from penchant.recipes.parts.cold_model import ColdModel
from penchant.recipes.parts.redescribed import redescribed
from penchant.recipes.parts.settings import settings_for
from tests.recipes.contract import DAY, training_set
from tests.recipes.test_user_personalization_v2 import silent

WARM, COLD = 40, 120
SMALL = {"hidden_dimension": "32", "bptt": "2"}
GENRES = ["war", "love"]


def genre(item: int) -> str:
    return GENRES[item % 2]


def two_tastes() -> TrainingSet:
    """Half of the people take warm items of one genre, half of the other; cold items have a genre and no events."""
    rng = np.random.default_rng(0)
    histories = [(2 * rng.permutation(WARM // 2)[:12] + user % 2).tolist() for user in range(120)]
    data = training_set(histories, WARM + COLD)
    genres = pl.Series([genre(item) for item in range(WARM + COLD)])
    return replace(data, item_columns={"GENRE": categories(genres)})


@pytest.fixture(scope="module")
def data() -> TrainingSet:
    return two_tastes()


@pytest.fixture(scope="module")
def model(data: TrainingSet) -> ColdModel:
    return HrnnColdstart.from_wire(SMALL).fit(data, silent)


def test_only_cold_items_are_answered(data: TrainingSet, model: ColdModel) -> None:
    for history, user in ((data.history(0), 0), (data.history(0)[:3], None), (np.empty(0, np.int32), None)):
        scores = model.scores(history, user)
        assert np.isneginf(scores[:WARM]).all()
        assert np.isfinite(scores[WARM:]).all()


def test_genres_alone_put_new_items_in_order(data: TrainingSet, model: ColdModel) -> None:
    for user in range(20):
        best = np.argsort(-model.scores(data.history(user)))[:25]
        assert np.mean([genre(item) == genre(user) for item in best]) > 0.9


def test_what_the_transformer_has_not_learnt_is_liked_all_the_same(data: TrainingSet, model: ColdModel) -> None:
    """The content stands behind the transformer's numbers, and puts the items in order by itself."""
    width = model.encoder.position.shape[1]
    people = model.person_vectors([data.history(0), data.history(1)[:4]], [0, None])
    liked = people[:, width:] @ model.item_vectors[:, width:].T
    for row, kind in enumerate(GENRES):
        of_kind = np.array([genre(item) == kind for item in range(WARM + COLD)])
        assert liked[row, of_kind].min() > liked[row, ~of_kind].max()


def test_the_content_weighs_what_it_is_to_weigh(data: TrainingSet, model: ColdModel) -> None:
    width = model.encoder.position.shape[1]
    liked = model.user_vectors[:, width:] @ model.item_vectors[WARM:, width:].T
    np.testing.assert_allclose(liked.std(axis=1), CONTENT_WEIGHT, rtol=1e-3)


def test_somebody_new_is_the_usual_person(data: TrainingSet) -> None:
    """Two in three like love."""
    rows = [*range(120), *range(1, 120, 2)]
    some = training_set([data.history(user).tolist() for user in rows], WARM + COLD)
    model = HrnnColdstart.from_wire(SMALL).fit(replace(some, item_columns=data.item_columns), silent)
    best = np.argsort(-model.scores(np.empty(0, np.int32)))[:25]
    assert {genre(item) for item in best} == {"love"}


def test_a_known_user_is_scored_as_their_history_is(data: TrainingSet, model: ColdModel) -> None:
    np.testing.assert_allclose(model.scores(data.history(7), 7), model.scores(data.history(7)), atol=1e-3)
    together = model.scores_many([data.history(2), data.history(3)[:4]])
    np.testing.assert_allclose(together[1], model.scores(data.history(3)[:4]), atol=1e-3)


def test_brought_up_to_another_taste(data: TrainingSet, model: ColdModel) -> None:
    other = model.brought_up(np.array([7]), [data.history(8)])
    np.testing.assert_allclose(other.scores(data.history(8), 7), model.scores(data.history(8)), atol=1e-3)


def test_items_that_come_later_are_liked_for_their_genre(data: TrainingSet, model: ColdModel) -> None:
    columns: Columns = {"GENRE": categories(pl.Series(["war", "love", None]))}
    war, love, nothing = range(WARM + COLD, WARM + COLD + 3)
    scores = model.with_items(columns, 3).scores(data.history(0), 0)
    assert scores[war] > scores[love] > scores[nothing]
    np.testing.assert_allclose(scores[war], scores[WARM], rtol=1e-4)


def test_occasions_and_people_are_as_wide_as_items(data: TrainingSet) -> None:
    """What is known of a person and of a request moves the transformer's part alone."""
    rng = np.random.default_rng(1)
    devices = pl.Series([["phone", "tv"][place] for place in rng.integers(0, 2, len(data.item))])
    sexes = pl.Series(["FM"[user % 2] for user in range(len(data.users))])
    told = replace(data, event_columns={"DEVICE": categories(devices)}, user_columns={"SEX": categories(sexes)})
    model = HrnnColdstart.from_wire(SMALL).fit(told, silent)
    moment = Moment(time=int(data.timestamp.max()) + DAY, newest=int(data.timestamp.max()), person=3)
    for history in (data.history(3), np.empty(0, np.int32)):
        assert np.isfinite(model.scores_asked([history], [None], [moment])[0, WARM:]).all()


def test_without_a_word_on_items_there_is_an_order_still(data: TrainingSet) -> None:
    model = HrnnColdstart.from_wire(SMALL).fit(replace(data, item_columns={}), silent)
    assert np.isfinite(model.scores(data.history(3))[WARM:]).all()


def test_it_reads_the_data_less_often_and_briefly_less_still(data: TrainingSet) -> None:
    settings = settings_for(data, slit.LARGEST_CATALOGUE)
    whole = HrnnColdstart().profile(settings)
    half = HrnnColdstart(effort=0.5).profile(settings)
    assert whole.epochs == round(EPOCHS * settings.epochs) and half.epochs == whole.epochs // 2
    assert HrnnColdstart().profile(replace(settings, epochs=5)).epochs == FEWEST_EPOCHS


def test_progress_rises_to_one(data: TrainingSet) -> None:
    reports: list[tuple[float, str]] = []
    HrnnColdstart.from_wire(SMALL).fit(data, lambda done, message: reports.append((done, message)))
    done = [fraction for fraction, _ in reports]
    assert done == sorted(done) and done[0] == 0 and done[-1] == 1
    assert all(message for _, message in reports)


def test_a_folder_gives_the_model_back(data: TrainingSet, model: ColdModel, tmp_path: Path) -> None:
    seal(tmp_path / "model", model.state(), {})
    again = ColdModel.from_state(open_sealed(tmp_path / "model").arrays)
    for history, user in ((data.history(5), 5), (data.history(5), None), (np.empty(0, np.int32), None)):
        np.testing.assert_array_equal(again.scores(history, user), model.scores(history, user))


def test_no_more_and_no_fewer_than_amazon_permitted(data: TrainingSet) -> None:
    fewer = replace(data, items=data.items[: WARM + 99], item_columns={})
    with pytest.raises(InsufficientData) as refusal:
        HrnnColdstart.from_wire(SMALL).fit(fewer, silent)
    assert str(refusal.value) == (
        "Create failed. The number of cold items must be between 100 and 80000, but it is 99. "
        "Change cold_start_max_interactions or cold_start_max_duration."
    )
    many = replace(data, items=[f"i{item:06}" for item in range(WARM + 80_001)], item_columns={})
    with pytest.raises(InsufficientData, match="but it is 80001"):
        HrnnColdstart.from_wire(SMALL).cold(many)


def cold(data: TrainingSet, **features: str) -> set[int]:
    """Among the warm items; all the others are cold."""
    found = HrnnColdstart.from_wire(SMALL, features).cold(data)
    return set(np.flatnonzero(found[:WARM]).tolist())


def test_few_events_and_few_days_make_an_item_cold(data: TrainingSet) -> None:
    counts = np.bincount(data.item, minlength=WARM)[:WARM]
    oldest = np.array([data.timestamp[data.item == item].min() for item in range(WARM)])
    age = (data.timestamp.max() - oldest) / DAY
    for most, days in ((15, 5.0), (30, 5.0), (40, 10.5), (1_000_000, 11.0)):
        expected = set(np.flatnonzero((counts < most) & (age <= days)).tolist())
        found = cold(data, cold_start_max_interactions=str(most), cold_start_max_duration=str(days))
        assert found == expected
    assert cold(data, cold_start_max_interactions="1000000", cold_start_max_duration="11") == set(range(WARM))


def test_a_creation_date_goes_before_the_oldest_event(data: TrainingSet) -> None:
    newest = float(data.timestamp.max())
    created = np.full(WARM + COLD, np.nan)
    created[3], created[4] = newest - DAY, newest - 9 * DAY
    dated = replace(data, item_columns={"CREATION_TIMESTAMP": Numbers(created)})
    found = cold(dated, cold_start_max_interactions="1000000", cold_start_max_duration="2")
    assert 3 in found and 4 not in found


def test_the_days_may_be_counted_from_now(data: TrainingSet) -> None:
    """The data is of 1970, so that by now only what is of no date is new."""
    assert cold(data, cold_start_max_interactions="1000000", cold_start_relative_from="currentTime") == set()


def test_of_items_that_come_later_only_the_cold_are_answered(data: TrainingSet, model: ColdModel) -> None:
    """One that many take at once is known as well as any other, and one that is old is not new."""
    now = int(data.timestamp.max())
    columns: Columns = {
        "GENRE": categories(pl.Series(["war", "war", "war"])),
        "CREATION_TIMESTAMP": Numbers(np.array([now, now - 100 * DAY, now], float)),
    }
    known, more = len(data.items), 20
    histories = [
        [*data.history(user).tolist(), *([known + 2] if user < more else [])] for user in range(len(data.users))
    ]
    grown = Grown(training_set(histories, known + 3), len(data.users), known, columns)
    grown = replace(grown, data=replace(grown.data, timestamp=np.minimum(grown.data.timestamp, now)))
    recipe = HrnnColdstart.from_wire(SMALL)
    settled = recipe.settled(model.with_items(columns, 3), grown)
    scores = settled.scores(data.history(0))
    assert np.isfinite(scores[known]) and np.isinf(scores[known + 1 :]).all()
    np.testing.assert_array_equal(scores[:known], model.scores(data.history(0)))
    newcomer = settled.scores(np.empty(0, np.int32))
    assert np.isfinite(newcomer[known]) and np.isinf(newcomer[known + 1 :]).all()


def test_a_cold_item_that_is_said_to_be_another_is_answered_as_one(data: TrainingSet, model: ColdModel) -> None:
    war, love = WARM + 2, WARM + 3
    codes, no = np.array([war]), np.zeros(1, bool)
    before, now = ({"GENRE": categories(pl.Series([genre(item)]))} for item in (war, love))
    other = redescribed(model, codes, before, now, no)
    settled = HrnnColdstart.from_wire(SMALL).settled(other, Grown(data, len(data.users), len(data.items), {}, codes))
    for history in (data.history(0), data.history(1), np.empty(0, np.int32)):
        scores, same = settled.scores(history), model.scores(history)
        np.testing.assert_allclose(scores[war], same[love], atol=1e-5)
        np.testing.assert_array_equal(np.delete(scores, war), np.delete(same, war))
