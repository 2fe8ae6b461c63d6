"""The metrics of recommended actions: precision and recall of each action, and how well its takers are told apart.

Definitions: Developer Guide, "Evaluating a solution version with metrics": precision and recall are of each action, and
the mean over actions is told. How many of a user's actions count as recommended is not said; here it is what
GetActionRecommendations answers by default.
"""

import numpy as np

RECOMMENDED = 5
"""Actions of a user's list that count as recommended."""


def precision_and_recall(recommended: np.ndarray, taken: np.ndarray) -> tuple[float, float]:
    """Of (Q, A) bool each: the mean over the actions that were recommended to anybody, of the share of these users who
    took it; and over those that anybody took, of the share of these users whom it was recommended to. 0 over none."""
    right, shown, takers = ((recommended & taken).sum(axis=0), recommended.sum(axis=0), taken.sum(axis=0))
    return mean_share(right, shown), mean_share(right, takers)


def mean_share(part: np.ndarray, whole: np.ndarray) -> float:
    some = whole > 0
    return float((part[some] / whole[some]).mean()) if some.any() else 0.0


def area_under_curve(scores: np.ndarray, positive: np.ndarray) -> float | None:
    """The chance that a positive has a higher score than a negative; of equals, half. None without one of each.

    (n,) scores and (n,) bool.
    """
    count = int(positive.sum())
    if count in (0, len(positive)):
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]  # the middle one of equals
    return float((rank[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def mean_area(scores: np.ndarray, positive: np.ndarray, action: np.ndarray) -> float | None:
    """The mean of `area_under_curve` over the actions that have both a positive and a negative; None without any.

    (n,) each: of users and actions that met.
    """
    areas = [area_under_curve(scores[action == each], positive[action == each]) for each in np.unique(action)]
    known = [area for area in areas if area is not None]
    return float(np.mean(known)) if known else None
