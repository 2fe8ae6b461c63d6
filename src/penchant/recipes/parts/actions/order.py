"""In what order actions are recommended."""

import numpy as np

EDGE = 0.05
"""So much likelier, as a share, an action of the least value must be to come before one of the greatest."""
LEAST_VALUE, GREATEST_VALUE = 1.0, 10.0
"""Amazon's range. An action without a value has the least."""


def worth(propensity: np.ndarray, value: np.ndarray) -> np.ndarray:
    """What actions are ordered by. Inferred: the guide says that of actions that are nearly as likely the more valuable
    comes first, and not what nearly means; here it is at most `EDGE` between the ends of the range of values."""
    places = (np.nan_to_num(value, nan=LEAST_VALUE).clip(LEAST_VALUE, GREATEST_VALUE) - LEAST_VALUE) / (
        GREATEST_VALUE - LEAST_VALUE
    )
    return propensity * (1 + EDGE * places)


def ordered(score: np.ndarray, value: np.ndarray, hint: np.ndarray) -> np.ndarray:
    """(n,) places, best first: by worth; where that is equal, as for all without a score, by value, then by `hint`,
    then as they are."""
    return np.lexsort((-hint, -np.nan_to_num(value, nan=LEAST_VALUE), -worth(score, value)))
