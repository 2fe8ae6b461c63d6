import numpy as np
import pytest

from penchant.jobs.job import Failed
from penchant.measure.ranking import ranking_values
from penchant.measure.split import held_out_sizes
from penchant.recipes.popularity_count import PopularityCount
from penchant.recipes.sims import Sims
from penchant.resources.trials import METRIC, METRICS
from penchant.work.tuning import validation as module
from penchant.work.tuning.validation import SHARE_OF_EVENTS, Validation
from tests.recipes.contract import circles, training_set
from tests.work.tuning.dial import Dial


def silent(done: float, sentence: str) -> None:
    pass


def test_the_names_of_the_metrics():
    assert set(METRICS) == set(ranking_values(np.zeros((1, 25), int), [np.array([0])]))
    assert METRIC in METRICS


def test_the_newest_tenth_of_every_user_where_that_is_little():
    data = circles(length=30)
    kept = Validation.of(data)
    assert kept.users.tolist() == list(range(len(data.users)))
    for user, truth in zip(kept.users.tolist(), kept.truths, strict=True):
        np.testing.assert_array_equal(kept.training.history(user), data.history(user)[:27])
        np.testing.assert_array_equal(truth, data.history(user)[27:])
    assert kept.training.judged
    assert kept.training.users == data.users and kept.training.items == data.items


def test_of_short_histories_only_as_many_as_leave_enough_to_learn_from():
    """One event of three is a third of all; so it is one of about half of the users."""
    data = circles(users=120, length=3)
    kept = Validation.of(data)
    assert all(len(truth) == 1 for truth in kept.truths)
    held = held_out_sizes(np.full(len(kept.users), 3)).sum()
    assert 0.9 * SHARE_OF_EVENTS <= held / len(data.item) <= SHARE_OF_EVENTS
    assert len(kept.training.item) == len(data.item) - held


def test_no_more_users_than_can_be_asked(monkeypatch):
    monkeypatch.setattr(module, "MOST_USERS", 40)
    monkeypatch.setattr(module, "USERS_AT_LEAST", 10)
    assert len(Validation.of(circles(users=120)).users) == 40
    monkeypatch.setattr(module, "SCORES_AT_MOST", 1)
    assert len(Validation.of(circles(users=120)).users) == 10


def test_too_little_is_refused():
    with pytest.raises(Failed, match="too few users with two interactions"):
        Validation.of(training_set([[0], [1], [2]], 3))


def test_values_by_user():
    kept = Validation.of(circles())
    best = Dial(place=0.7, count=6, turned=True)
    each, cover = kept.values(best.fit(kept.training, silent), kept.training, METRIC, silent)
    assert each.dtype == np.float32 and each.shape == kept.users.shape
    np.testing.assert_allclose(each, 1.0)
    assert cover == 1.0
    worse, _ = kept.values(Dial(place=0.7, count=6).fit(kept.training, silent), kept.training, METRIC, silent)
    assert worse.max() < 1


def test_a_model_that_makes_lists_is_judged_as_by_its_scores(monkeypatch):
    kept = Validation.of(circles())
    model = Sims().fit(kept.training, silent)
    each, cover = kept.values(model, kept.training, METRIC, silent)
    monkeypatch.setattr(type(model), "lists", lambda self, histories, count: None)
    monkeypatch.setattr(module, "SCORES_AT_ONCE", 100)  # and in many small parts
    scored, scored_cover = kept.values(model, kept.training, METRIC, silent)
    np.testing.assert_array_equal(each, scored)
    assert cover == scored_cover


def test_a_model_of_some_users_is_asked_about_all():
    data = circles(users=1200, length=40)
    kept = Validation.of(data)
    recipe, some = PopularityCount().briefly(kept.training, 0.5)
    assert some.users == kept.training.users
    assert 0.45 * len(kept.training.item) < len(some.item) < 0.55 * len(kept.training.item)
    each, _ = kept.values(recipe.fit(some, silent), some, METRIC, silent)
    assert len(each) == len(kept.users)
    assert PopularityCount().briefly(kept.training, 0.1) is None
