"""What a solution's optimizationObjective does to a model: items of higher value get a higher score.

Scores are log-scores, so what is added to them multiplies how likely an item is taken to be. That the values enter the
item's own term of a factored model leaves serving and its index as they are.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from penchant.recipes.parts.factored import FactoredModel

USUAL = (1.0, 99.0)
"""Percentiles of the values, outside of which they count as these: one absurd price must not make all others alike."""


def normalised(values: np.ndarray) -> np.ndarray:
    """(I,) float32 from 0 to 1 of what items are worth (I,), NaN for unknown, who get the mean of the others.

    All 0 where the values do not differ. ValueError where none is known.
    """
    known = np.isfinite(values)
    if not known.any():
        raise ValueError("No item has a value.")
    low, high = np.percentile(values[known], USUAL, method="nearest")
    if high <= low:  # nearly all are alike: the few others are all that there is to prefer
        low, high = values[known].min(), values[known].max()
    if high <= low:
        return np.zeros(len(values), np.float32)
    # Halves, because the difference of two values may be beyond what a number can hold.
    scaled = (np.clip(values[known], low, high) / 2 - low / 2) / (high / 2 - low / 2)
    rewards = np.full(len(values), scaled.mean())
    rewards[known] = scaled
    return rewards.astype(np.float32)


def pursuing(model: FactoredModel, rewards: np.ndarray, weight: float) -> FactoredModel:
    """The model with `weight` times the rewards (I,) of the items in all of its scores, those of new users too."""
    added = np.float32(weight) * rewards
    any_model: Any = model  # a dataclass, whichever it is
    changed: FactoredModel = replace(any_model, item_bias=model.item_bias + added, start=model.start + added)
    return changed
