"""Cuts histories into baskets: what one person took in one go."""

import numpy as np

from penchant.lake.training_set import TrainingSet

PAUSE = 12 * 3_600
"""Seconds without an event that end a basket: an evening's shopping may pass midnight, and where times are whole days
two days are two baskets."""


def baskets(data: TrainingSet) -> TrainingSet:
    """The same events, with every basket as a user of its own."""
    rows = np.arange(len(data.item))
    begins = np.zeros(len(data.item), bool)
    begins[data.offsets[:-1][np.diff(data.offsets) > 0]] = True
    begins[1:] |= np.diff(data.timestamp) > PAUSE
    starts = rows[begins]
    return TrainingSet(
        [data.users[user] for user in data.user[starts].tolist()],
        data.items,
        np.append(starts, len(rows)).astype(np.int64),
        data.item,
        data.timestamp,
        data.weight,
        data.event_columns,
        data.item_columns,
    )
