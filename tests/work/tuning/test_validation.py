import numpy as np
import pytest

from penchant.jobs.job import Failed
from penchant.measure.ranking import ranking_values
from penchant.recipes.popularity_count import PopularityCount
from penchant.resources.trials import METRIC, METRICS
from penchant.work.tuning.validation import PER_USER, Validation
from tests.recipes.contract import circles, training_set
from tests.work.tuning.dial import Dial


def silent(done: float, sentence: str) -> None:
    pass


def test_the_names_of_the_metrics():
    assert set(METRICS) == set(ranking_values(np.zeros((1, 25), int), [np.array([0])]))
    assert METRIC in METRICS


def test_one_moment_divides_all_events():
    data = circles(length=30)
    kept = Validation.of(data)
    newest = kept.training.timestamp.max()
    for user, truth in zip(kept.users.tolist(), kept.truths, strict=True):
        begin, stop = data.offsets[user : user + 2]
        known = len(kept.training.history(user))
        np.testing.assert_array_equal(kept.training.history(user), data.history(user)[:known])
        np.testing.assert_array_equal(truth, data.history(user)[known:][:PER_USER])
        assert (data.timestamp[begin + known : stop] > newest).all()
    assert len(kept.users) == len(data.users)
    assert len(kept.training.item) >= 0.85 * len(data.item)
    assert kept.training.judged
    assert kept.training.users == data.users and kept.training.items == data.items


def test_where_no_moment_divides_them_the_newest_tenth_of_some_users():
    """One day for each user, one after the other: hardly anybody is seen on two sides of a moment."""
    data = circles(users=120, length=12)
    object.__setattr__(data, "timestamp", (np.arange(len(data.item)) * 60).astype(np.int64))
    kept = Validation.of(data)
    assert len(kept.users) == 30
    assert all(len(truth) == 2 for truth in kept.truths)
    assert len(kept.training.item) == len(data.item) - 60


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


def test_a_model_of_some_users_is_asked_about_all():
    data = circles(users=1200, length=40)
    kept = Validation.of(data)
    recipe, some = PopularityCount().briefly(kept.training, 0.5)
    assert some.users == kept.training.users
    assert 0.45 * len(kept.training.item) < len(some.item) < 0.55 * len(kept.training.item)
    each, _ = kept.values(recipe.fit(some, silent), some, METRIC, silent)
    assert len(each) == len(kept.users)
    assert PopularityCount().briefly(kept.training, 0.1) is None
