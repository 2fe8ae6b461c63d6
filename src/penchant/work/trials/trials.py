"""Which trial a recipe is put to."""

from ...lake.training_set import TrainingSet
from ...recipes.base import Recipe
from .lists import ListTrial
from .trial import Trial


def trial_of(recipe: Recipe, data: TrainingSet, seed: str) -> Trial:
    """`seed` decides who is kept from training: the same of one dataset group."""
    return ListTrial(data, seed)
