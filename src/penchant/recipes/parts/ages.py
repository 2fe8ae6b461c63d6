"""How old items are (Developer Guide, CREATION_TIMESTAMP)."""

import numpy as np

from penchant.lake.attributes import Numbers
from penchant.lake.training_set import TrainingSet


def born(data: TrainingSet, unknown: float) -> np.ndarray:
    """(I,) float64 seconds since the epoch: an item's CREATION_TIMESTAMP, or else its oldest event, or else `unknown`.

    Amazon takes an item without either for new.
    """
    oldest = np.full(len(data.items), np.inf)
    np.minimum.at(oldest, data.item, data.timestamp)
    oldest[np.isinf(oldest)] = unknown
    created = data.item_columns.get("CREATION_TIMESTAMP")
    if not isinstance(created, Numbers):
        return oldest
    return np.where(np.isnan(created.values), oldest, created.values)


def newest(data: TrainingSet) -> float:
    """The time of the newest event of all."""
    return float(data.timestamp.max(initial=0))
