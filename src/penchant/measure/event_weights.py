"""NDCG where a hit earns the weight of its event rather than 1: the metric of solutions with an eventsConfig.

Developer Guide, "Evaluating a solution version with metrics": with purchases of weight 0.3 and clicks of 0.1, a
purchase that was foretold earns 1.5 and a click 0.5, which is the weight over the mean of the configured weights. That
mean would cancel out if the ideal were weighted as well; so the ideal here is that of `retrieved_ndcg`, and a list can
reach more than 1.
"""

from collections.abc import Sequence

import numpy as np

from penchant.measure.ranking import CUTOFFS, DEPTH, deep, discounts, ideal_gain, relevance

NAME = "normalized_discounted_cumulative_gain_with_event_weights_at_"


def earned(recommended: np.ndarray, truths: Sequence[np.ndarray], weights: Sequence[np.ndarray]) -> np.ndarray:
    """(Q, K) float64: of each recommended item (Q, K) the weight of the event that it foretold, 0 for none.

    `weights` are of the events of `truths`, relative to the mean of the configured weights. An item with several events
    earns the largest.
    """
    found = np.zeros(recommended.shape)
    for row, (items, truth, weight) in enumerate(zip(recommended, truths, weights, strict=True)):
        order = np.lexsort((weight, truth))
        last = np.append(truth[order][1:] != truth[order][:-1], True)
        known, largest = truth[order][last], weight[order][last]
        places = np.minimum(known.searchsorted(items), len(known) - 1)
        found[row] = np.where(known[places] == items, largest[places], 0)
    return found


def event_weight_values(
    recommended: np.ndarray, truths: Sequence[np.ndarray], weights: Sequence[np.ndarray]
) -> dict[str, np.ndarray]:
    """(Q,) values under the metric's names. The guide's name ends in a literal k, which stands for the deepest."""
    relevant, gains = deep(relevance(recommended, truths)), deep(earned(recommended, truths, weights))
    values = {}
    for cutoff in CUTOFFS:
        gain, ideal = gains[:, :cutoff] @ discounts(cutoff), ideal_gain(relevant, cutoff)
        values[f"{NAME}{cutoff}"] = np.divide(gain, ideal, out=np.zeros(len(gain)), where=ideal > 0)
    values[f"{NAME}k"] = values[f"{NAME}{DEPTH}"]
    return values
