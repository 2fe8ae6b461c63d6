"""What is known of items, from 0 to 1: popularity and age, which rankings are influenced by and metrics are of."""

import numpy as np

from penchant.lake.attributes import Numbers
from penchant.lake.training_set import TrainingSet

CREATED = "CREATION_TIMESTAMP"


def normalised(values: np.ndarray) -> np.ndarray:
    """(N,) float32: 0 for the smallest to 1 for the largest; 0 for NaN, and where all are the same."""
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values), np.float32)
    low, high = values[known].min(), values[known].max()
    return np.where(known & (high > low), (values - low) / max(high - low, 1e-12), 0).astype(np.float32)


def by_interactions(data: TrainingSet) -> np.ndarray:
    """(I,) of the logarithm of the number of events, since a few items have most of them."""
    return normalised(np.log1p(np.bincount(data.item, minlength=len(data.items))))


def by_users(data: TrainingSet) -> np.ndarray:
    """(I,) of the number of distinct users."""
    pairs = np.unique(data.user.astype(np.int64) * len(data.items) + data.item)
    return normalised(np.bincount(pairs % len(data.items), minlength=len(data.items)).astype(float))


def by_age(data: TrainingSet) -> np.ndarray:
    """(I,) of CREATION_TIMESTAMP: 1 for the newest. 0 where it is not known."""
    column = data.item_columns.get(CREATED)
    return normalised(column.values) if isinstance(column, Numbers) else np.zeros(len(data.items), np.float32)
