"""NDCG with event weights: the guide's example, and that only ratios count."""

import numpy as np
import pytest

from penchant.lake.selection import WEIGHT, EventSelection, EventWeight
from penchant.measure.event_weights import earned, event_weight_values
from penchant.measure.ranking import ranking_values

NAME = "normalized_discounted_cumulative_gain_with_event_weights_at_"


def weights_of(**given: float) -> dict[str, float]:
    """What a training set has as weights: by type, as an eventsConfig gives them."""
    import polars as pl

    chosen = EventSelection(weights=tuple(EventWeight(kind, weight) for kind, weight in given.items()))
    rows = chosen.apply(pl.LazyFrame({"EVENT_TYPE": list(given)})).collect()
    return dict(zip(rows["EVENT_TYPE"], rows[WEIGHT], strict=True))


@pytest.mark.parametrize("given", [{"purchase": 0.3, "click": 0.1}, {"purchase": 0.6, "click": 0.2}])
def test_rewards_of_the_guide(given: dict[str, float]) -> None:
    weights = weights_of(**given)
    found = earned(np.array([[7, 3, 5]]), [np.array([3, 7])], [np.array([weights["purchase"], weights["click"]])])
    np.testing.assert_allclose(found, [[0.5, 1.5, 0]], rtol=1e-6)


def test_a_hit_earns_its_weight_against_an_ideal_of_hits_of_one() -> None:
    lists = np.arange(25)[None].repeat(3, axis=0)
    truths = [np.array([0]), np.array([0]), np.array([2, 1])]
    values = event_weight_values(lists, truths, [np.array([1.5]), np.array([0.5]), np.array([1.5, 0.5])])
    second, third = 1 / np.log2(3), 1 / np.log2(4)
    expected = [1.5, 0.5, (0.5 * second + 1.5 * third) / (1 + second)]
    for cutoff in ("5", "10", "25", "k"):
        np.testing.assert_allclose(values[f"{NAME}{cutoff}"], expected)
    assert len(values) == 4


def test_an_item_with_several_events_earns_the_largest_wherever_it_is() -> None:
    found = earned(np.array([[4, 2]]), [np.array([4, 4, 9, 4])], [np.array([0.5, 1.5, 1.0, 0.5])])
    assert found.tolist() == [[1.5, 0.0]]


def test_even_weights_are_the_plain_metric() -> None:
    rng = np.random.default_rng(3)
    lists = np.stack([rng.permutation(60)[:25] for _ in range(40)])
    truths = [rng.integers(0, 60, rng.integers(1, 9)) for _ in range(40)]
    plain = ranking_values(lists, truths)
    weighted = event_weight_values(lists, truths, [np.ones(len(truth)) for truth in truths])
    for cutoff in (5, 10, 25):
        np.testing.assert_allclose(
            weighted[f"{NAME}{cutoff}"], plain[f"normalized_discounted_cumulative_gain_at_{cutoff}"]
        )


def test_lists_of_a_small_catalogue() -> None:
    values = event_weight_values(np.array([[1, 0]]), [np.array([0])], [np.array([2.0])])
    assert values[f"{NAME}k"][0] == pytest.approx(2 / np.log2(3))
