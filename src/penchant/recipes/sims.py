"""aws-sims: items that occur together in the histories of users."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, Progress, Recipe, brief, param, require_sufficient
from penchant.recipes.features import PairCounts
from penchant.recipes.parts.percentiles import usual_items, usual_users
from penchant.recipes.parts.popular import popular_ranking
from penchant.recipes.parts.related import RelatedModel
from penchant.recipes.parts.sharing import once


@dataclass(frozen=True)
class Sims(Recipe):
    """Asked about an item it does not know, or knows too little of, it answers with the popular items."""

    name: ClassVar[str] = "aws-sims"
    recipe_type: ClassVar[str] = "RELATED_ITEMS"
    description: ClassVar[str] = "Items that occur together in the histories of users, counted."
    model: ClassVar[type[Model]] = RelatedModel
    created: ClassVar[str] = "2019-06-10"
    feature_transformation: ClassVar[str] = "sims"
    feature_parameters: ClassVar[type] = PairCounts
    scores_shown: ClassVar[bool] = False
    portfolio: ClassVar[tuple[Mapping[str, bool | int | float | str], ...]] = (
        {"popularity_discount_factor": 0.25, "min_cointeraction_count": 3},
        {"popularity_discount_factor": 0.0, "min_cointeraction_count": 2},
        {"popularity_discount_factor": 0.5, "min_cointeraction_count": 0},
        {"popularity_discount_factor": 0.75, "min_cointeraction_count": 6},
        {"popularity_discount_factor": 0.25, "min_cointeraction_count": 10},
    )

    popularity_discount_factor: float = param(
        0.5, 0.0, 1.0, tunable=True, help="Towards 1, popular items are less favoured."
    )
    min_cointeraction_count: int = param(3, 0, 10, tunable=True, help="Users whom a pair of items must have in common.")

    def briefly(self, data: TrainingSet, share: float) -> tuple[Recipe, TrainingSet] | None:
        """Of a share of the users a pair has about that share of its users in common. Where the pairs are counted once
        for all fits, a whole one costs no more."""
        from penchant.recipes.parts.co_occurrence import kept_between_fits

        if kept_between_fits(data):
            return None
        scaled = replace(self, min_cointeraction_count=round(share * self.min_cointeraction_count))
        return brief(scaled, data, share)

    def fit(self, data: TrainingSet, progress: Progress) -> RelatedModel:
        from penchant.recipes.parts.co_occurrence import co_occurrence

        require_sufficient(data)
        progress(0.0, "Counting the users of each item")
        model = co_occurrence(
            once(data, self.features, lambda: self.counted(data)),
            once(data, popular_ranking, lambda: popular_ranking(data)),
            self.popularity_discount_factor,
            self.min_cointeraction_count,
            lambda done: progress(0.1 + 0.9 * done, "Counting items that occur together"),
        )
        progress(1.0, "Counted items that occur together")
        return model

    def counted(self, data: TrainingSet) -> TrainingSet:
        """The events of users and items that are not at the ends of the scale."""
        features: PairCounts = self.features
        usual = usual_users(
            data, features.min_user_history_length_percentile, features.max_user_history_length_percentile
        )
        usual &= usual_items(data, features.min_item_interaction_count_percentile, highest(features))
        return data.keep(usual)


def highest(features: PairCounts) -> float:
    """The percentile of items' interactions above which an item is left out.

    The guide says that by default the most taken tenth of the items is. The service was recorded to do otherwise: with
    the defaults and ml-latest-small, in which only 10 of 9,742 films have more events than Terminator 2, it related
    Jurassic Park, Braveheart and Forrest Gump to it (05_Interacting_with_Campaigns_and_Filters.ipynb of
    aws-samples/amazon-personalize-samples). So the default leaves nothing out; whoever asks for less gets it.
    """
    given = features.max_item_interaction_count_percentile
    return given if given < PairCounts.max_item_interaction_count_percentile else 1.0
