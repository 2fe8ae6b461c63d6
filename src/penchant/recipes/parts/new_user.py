"""What to show somebody without a history: the items people start with, and the popular ones.

Amazon's own rule for new users (Developer Guide, "Recording events for anonymous users" and the HRNN pages): items
derived from the first items of existing users; with recency on, current popularity is mixed in.
"""

import numpy as np

from penchant.lake.training_set import TrainingSet

START_SHARE = 0.5
FLOOR = 1e-9
NOBODY_STARTS = float(np.log(FLOOR))
"""The score of an item that nobody has taken."""


def start_scores(data: TrainingSet, recent: np.ndarray | None) -> np.ndarray:
    """(I,) float32 log-scores: half from first events, half from `recent` (I,) counts, or from all events if None."""
    popularity = np.bincount(data.item, minlength=len(data.items)) if recent is None else recent
    firsts = data.item[data.offsets[:-1][np.diff(data.offsets) > 0]]
    starts = np.bincount(firsts, minlength=len(data.items))
    mixed = START_SHARE * starts / starts.sum() + (1 - START_SHARE) * popularity / popularity.sum()
    return np.log(mixed + FLOOR).astype(np.float32)
