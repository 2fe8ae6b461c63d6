"""Which trial a recipe is put to."""

import numpy as np

from ...lake.training_set import TrainingSet
from ...recipes.base import Recipe
from ...recipes.next_best_action import NextBestAction
from ...recipes.semantic_similarity import SemanticSimilarity
from ...recipes.trending_now import TrendingNow
from .actions import ActionTrial
from .lists import ListTrial
from .segments import SegmentTrial
from .semantic import SemanticTrial
from .trends import TrendTrial
from .trial import Trial

SEGMENTS = "USER_SEGMENTATION"


def trial_of(
    recipe: Recipe, data: TrainingSet, seed: str, *, weighted: bool = False, values: np.ndarray | None = None
) -> Trial:
    """`seed` decides who is kept from training: the same of one dataset group. `weighted` where an eventsConfig gave
    the events their weights; `values` (I,) are what items are worth to an objective, None without one."""
    if isinstance(recipe, NextBestAction) and data.actions is not None:
        return ActionTrial(data, data.actions, recipe.features.action_optimization_period, seed)
    if isinstance(recipe, SemanticSimilarity):
        return SemanticTrial(data, seed)
    if isinstance(recipe, TrendingNow):
        return TrendTrial(recipe, data, seed)
    if recipe.recipe_type == SEGMENTS:
        return SegmentTrial(data, seed)
    return ListTrial(data, seed, weighted, values)
