"""Occasions: the same event read for training and as a request has the same vector."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from penchant.lake.attributes import Numbers, categories
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Moment
from penchant.recipes.parts.occasion_features import OccasionFeatures
from penchant.recipes.parts.occasions import CONTEXT, GROUPS, OF_DAY, SILENCE, SILENCES, TYPE, silence_of
from tests.recipes.contract import DAY, training_set

HOUR = 3_600
DEVICES = ["tv", "phone", None, "tv|phone"]
TYPES = ["view", "view", "buy"]


def data() -> TrainingSet:
    made = training_set([[0, 1, 2, 3, 4, 5, 6, 7]] * 40, 8, seconds=5 * HOUR)
    count = len(made.item)
    devices = pl.Series([DEVICES[row % 4] for row in range(count)])
    kinds = pl.Series([TYPES[row % 3] for row in range(count)])
    columns = {
        "DEVICE": categories(devices),
        "PRICE": Numbers(np.where(np.arange(count) % 5 == 0, np.nan, np.arange(count) % 7)),
        "EVENT_TYPE": categories(kinds, several=False),
        "EVENT_VALUE": Numbers(np.arange(count, dtype=float)),
    }
    spread = made.timestamp + 3 * DAY * made.user
    weight = np.where(np.arange(count) % 3 == 2, 0.9, 0.1).astype(np.float32)
    return replace(made, timestamp=spread.astype(np.int64), weight=weight, event_columns=columns)


def weights(features: OccasionFeatures) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((len(features.group), 4)).astype(np.float32)


def test_every_group_is_found() -> None:
    assert OccasionFeatures.fit(data()).groups == GROUPS


@pytest.mark.parametrize("row", [0, 1, 5, 8, 13, 47])
def test_an_event_and_a_request_like_it_have_one_vector(row: int) -> None:
    events = data()
    features = OccasionFeatures.fit(events)
    every = weights(features)
    untyped = np.where((features.group == GROUPS.index(TYPE))[:, None], 0, every)
    expected = features.of(events, np.array([row])) @ untyped
    price = events.event_columns["PRICE"]
    context = {}
    assert isinstance(price, Numbers)
    if DEVICES[row % 4]:
        context["DEVICE"] = str(DEVICES[row % 4])
    if not np.isnan(price.values[row]):
        context["PRICE"] = str(price.values[row])
    first = row in events.offsets
    moment = Moment(int(events.timestamp[row]), context=context)
    newest = None if first else int(events.timestamp[row - 1])
    found = features.served(every, GROUPS).vector(moment, newest)
    np.testing.assert_allclose(found, expected[0], atol=1e-5)


def test_only_what_is_kept_is_wanted_and_counts() -> None:
    features = OccasionFeatures.fit(data())
    moment = Moment(1_000_000, 999_000, context={"DEVICE": "tv"})
    wanted: Mapping[str, set[str]] = {
        SILENCE: {"time", "newest"},
        OF_DAY: {"time"},
        CONTEXT: {"context"},
        TYPE: set(),
    }
    parts = []
    for group, names in wanted.items():
        served = features.served(weights(features), [group])
        assert served.wants == names
        if names:
            parts.append(served.vector(moment, moment.newest))
    whole = features.served(weights(features), GROUPS).vector(moment, moment.newest)
    np.testing.assert_allclose(whole, np.sum(parts, axis=0), atol=1e-5)
    assert features.served(weights(features), []).vector(moment, 5) is None


@pytest.mark.parametrize(
    "context",
    [{}, {"DEVICE": "toaster"}, {"PRICE": "cheap"}, {"PRICE": "nan"}, {"COLOUR": "red"}, {"DEVICE": ""}],
)
def test_a_context_that_nobody_knows_adds_nothing(context: dict[str, str]) -> None:
    features = OccasionFeatures.fit(data())
    assert features.served(weights(features), [CONTEXT]).vector(Moment(context=context), None) is None


def test_prices_beyond_the_scale_are_at_its_end() -> None:
    features = OccasionFeatures.fit(data())
    served = features.served(weights(features), [CONTEXT])
    far, end = (served.vector(Moment(context={"PRICE": value}), None) for value in ("1e300", "6"))
    np.testing.assert_array_equal(far, end)


def test_silence_is_told_by_doublings() -> None:
    assert silence_of(np.array([0, 1_799, 1_800, 6 * HOUR, DAY, -5])).tolist() == [0, 0, 1, 2, 3, 0]
    assert silence_of(np.array([2**60])) == SILENCES - 1


def test_counters_in_place_of_times_are_no_occasions() -> None:
    counted = replace(data(), timestamp=np.arange(320, dtype=np.int64), event_columns={})
    assert OccasionFeatures.fit(counted).groups == ()


def test_types_that_weigh_alike_are_not_aimed_at() -> None:
    even = replace(data(), weight=np.ones(320, np.float32))
    assert TYPE not in OccasionFeatures.fit(even).groups
