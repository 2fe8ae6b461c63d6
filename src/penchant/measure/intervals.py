"""How sure a mean over test users is: its standard error, and a 95 % interval by the bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1_000
TAILS = (2.5, 97.5)
"""Percentiles of the resampled means."""
NORMAL_FROM = 20_000
"""Users from whom on the interval is that of the normal distribution, which the bootstrap agrees with by then."""
NORMAL_WIDTH = 1.96
DRAWN_AT_ONCE = 2_000_000
SEED = 0


@dataclass(frozen=True)
class Estimate:
    mean: float
    standard_error: float
    low: float
    high: float
    users: int
    """Whom the mean is over. Where there are none, all else is 0."""


def estimates(values: Mapping[str, np.ndarray]) -> dict[str, Estimate]:
    """Of each metric's values (Q,), one of a user, NaN where a user has none. All see the same resamples of the Q
    users, and the same values give the same interval every time."""
    if not values:
        return {}
    table = np.stack(list(values.values()), axis=1).astype(np.float64)
    valued = ~np.isnan(table)
    table = np.where(valued, table, 0.0)
    users = valued.sum(axis=0)
    means = table.sum(axis=0) / np.maximum(users, 1)
    squares = np.where(valued, (table - means) ** 2, 0.0).sum(axis=0)
    errors = np.sqrt(squares / np.maximum(users - 1, 1) / np.maximum(users, 1))
    low, high = _tails(table, valued, means) if len(table) < NORMAL_FROM else _normal(means, errors)
    rows = zip(values, means.tolist(), errors.tolist(), low.tolist(), high.tolist(), users.tolist(), strict=True)
    return {name: Estimate(*row) for name, *row in rows}


def _normal(means: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return means - NORMAL_WIDTH * errors, means + NORMAL_WIDTH * errors


def _tails(table: np.ndarray, valued: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The TAILS of the means of resamples of the rows of (Q, M) values; one without any value tells nothing new."""
    count = len(table)
    rng = np.random.default_rng(SEED)
    step = max(1, DRAWN_AT_ONCE // count)
    found = []
    for start in range(0, RESAMPLES, step):
        size = min(step, RESAMPLES - start)
        drawn = rng.integers(0, count, (size, count)) + np.arange(size)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        drawn_values = times @ valued
        found.append(np.where(drawn_values, times @ table / np.maximum(drawn_values, 1), means))
    low, high = np.percentile(np.concatenate(found), TAILS, axis=0)
    return low, high
