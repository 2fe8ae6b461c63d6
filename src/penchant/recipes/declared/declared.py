"""A recipe that the catalogue knows and this release cannot train: everything can be asked of it but a model."""

from dataclasses import dataclass
from typing import ClassVar, NoReturn

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Progress, Recipe


@dataclass(frozen=True)
class Declared(Recipe):
    """A solution may be made of it, with all of its checks; its versions fail with the sentence of NotBuilt."""

    built: ClassVar[bool] = False

    def fit(self, data: TrainingSet, progress: Progress) -> NoReturn:
        self.require_built()
        raise AssertionError("A declared recipe is not built.")
