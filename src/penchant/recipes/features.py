"""What `featureTransformationParameters` may set, by feature transformation."""

from collections.abc import Mapping
from dataclasses import dataclass

from penchant.recipes.base import param

# The names are those of the guide; the service is known to write the first two without `user_` and to read that too.
MINIMUM_ALIAS, MAXIMUM_ALIAS = ("min_hist_length_percentile",), ("max_hist_length_percentile",)


def require_order(low: float, high: float, what: str) -> None:
    if low >= high:
        raise ValueError(f"min_{what}_percentile ({low}) must be below max_{what}_percentile ({high}).")


@dataclass(frozen=True)
class HistoryLengths:
    """Users whose histories are among the shortest or the longest are not learnt from."""

    min_user_history_length_percentile: float = param(
        0.0, 0.0, 1.0, also=MINIMUM_ALIAS, help="Users with histories shorter than this share of all are left out."
    )
    max_user_history_length_percentile: float = param(
        0.99, 0.0, 1.0, also=MAXIMUM_ALIAS, help="Users with histories longer than this share of all are left out."
    )

    def __post_init__(self) -> None:
        require_order(
            self.min_user_history_length_percentile, self.max_user_history_length_percentile, "user_history_length"
        )


@dataclass(frozen=True)
class ColdStart(HistoryLengths):
    """Which items count as cold."""

    cold_start_max_interactions: int = param(15, 1, 1_000_000, help="A cold item has fewer interactions than this.")
    cold_start_max_duration: float = param(5.0, 0.001, 1_000_000.0, help="A cold item is at most so many days old.")
    cold_start_relative_from: str = param(
        "latestItem", choices=("currentTime", "latestItem"), help="From when on the days are counted back."
    )


@dataclass(frozen=True)
class PairCounts:
    """Users and items at the ends of the scale are not counted."""

    min_user_history_length_percentile: float = param(
        0.005, 0.0, 1.0, also=MINIMUM_ALIAS, help="Users with histories shorter than this share of all are left out."
    )
    max_user_history_length_percentile: float = param(
        0.995, 0.0, 1.0, also=MAXIMUM_ALIAS, help="Users with histories longer than this share of all are left out."
    )
    min_item_interaction_count_percentile: float = param(
        0.01, 0.0, 1.0, help="Items with fewer interactions than this share of all are left out."
    )
    max_item_interaction_count_percentile: float = param(
        0.9, 0.0, 1.0, help="Below 0.9, items with more interactions than this share of all are left out."
    )

    def __post_init__(self) -> None:
        require_order(
            self.min_user_history_length_percentile, self.max_user_history_length_percentile, "user_history_length"
        )
        require_order(
            self.min_item_interaction_count_percentile,
            self.max_item_interaction_count_percentile,
            "item_interaction_count",
        )


FREQUENCY_SPELLINGS: Mapping[str, str] = {
    "30 min": "30 minutes",
    "30 minute": "30 minutes",
    "1 hours": "1 hour",
    "1h": "1 hour",
    "2 hour": "2 hours",
    "2h": "2 hours",
    "3 hour": "3 hours",
    "3h": "3 hours",
    "1 days": "1 day",
    "1d": "1 day",
}
"""The guide itself writes some of these short forms."""


@dataclass(frozen=True)
class Trends:
    trend_discovery_frequency: str = param(
        "2 hours",
        choices=("30 minutes", "1 hour", "2 hours", "3 hours", "1 day"),
        spellings=FREQUENCY_SPELLINGS,
        help="How often it is asked anew what is trending.",
    )


@dataclass(frozen=True)
class ActionPeriod:
    action_optimization_period: int = param(14, 7, 28, help="Days within which an action is to be taken.")
