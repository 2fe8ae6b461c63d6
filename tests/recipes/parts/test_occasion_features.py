"""The features of occasions, a stretch of events after the other."""

import numpy as np
import pytest

from penchant.lake.attributes import Categories, Numbers
from penchant.lake.training_set import TrainingSet
from penchant.recipes.parts import occasion_features
from penchant.recipes.parts.occasion_features import OccasionFeatures

EVENTS, USERS = 1_000, 60


def data() -> TrainingSet:
    """Some users have no event, and two types of events weigh differently."""
    rng = np.random.default_rng(0)
    offsets = np.sort(np.append(rng.integers(0, EVENTS + 1, USERS - 1), [0, EVENTS]))
    kinds = rng.integers(0, 2, EVENTS).astype(np.int32)
    places = np.arange(EVENTS + 1, dtype=np.int64)
    return TrainingSet(
        users=[str(user) for user in range(USERS)],
        items=["a", "b", "c"],
        offsets=offsets.astype(np.int64),
        item=rng.integers(0, 3, EVENTS).astype(np.int32),
        timestamp=np.sort(rng.integers(1_600_000_000, 1_700_000_000, EVENTS)),
        weight=np.where(kinds == 0, 1, 3).astype(np.float32),
        event_columns={
            "EVENT_TYPE": Categories(["click", "buy"], places, kinds),
            "DEVICE": Categories(["phone", "tv"], places, rng.integers(0, 2, EVENTS).astype(np.int32)),
            "DEPTH": Numbers(rng.normal(size=EVENTS)),
        },
    )


@pytest.mark.parametrize("at_once", [1, 7, 999, EVENTS, 5_000])
@pytest.mark.parametrize("every", [1, 3])
def test_a_stretch_after_the_other_comes_to_the_same(monkeypatch, at_once, every):
    told = data()
    features, rows = OccasionFeatures.fit(told), np.arange(0, EVENTS, every)
    whole = features.of(told, rows)
    assert set(features.groups) == {"silence", "clock", "context", "type"} and whole.nnz > 4 * len(rows)
    monkeypatch.setattr(occasion_features, "EVENTS_AT_ONCE", at_once)
    parts = features.of(told, rows)
    assert parts.shape == whole.shape and parts.dtype == whole.dtype
    for name in ("indptr", "indices", "data"):
        assert np.array_equal(getattr(parts, name), getattr(whole, name)), name


def test_of_no_events_there_are_no_rows():
    told = data()
    assert OccasionFeatures.fit(told).of(told, np.arange(0)).shape[0] == 0
