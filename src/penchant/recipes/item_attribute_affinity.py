"""aws-item-attribute-affinity: of attributes of items, the users most likely to interact with items that have them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Model, Moment, Progress, Recipe, param, require_sufficient
from penchant.recipes.parts.affinity import AffinityModel
from penchant.recipes.parts.item_attributes import ItemAttributes
from penchant.recipes.parts.segments import SegmentModel


@dataclass(frozen=True)
class AttributeAffinityModel(SegmentModel):
    """A model of affinities that knows the attributes of its items."""

    affinity: AffinityModel
    attributes: ItemAttributes

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        return self.affinity.scores(history, user)

    def scores_asked(
        self,
        histories: Sequence[np.ndarray],
        users: Sequence[int | None],
        moments: Sequence[Moment | None] | None = None,
    ) -> np.ndarray:
        return self.affinity.scores_asked(histories, users, moments)

    @property
    def wants(self) -> frozenset[str]:
        return self.affinity.wants

    def affinities(self, asked: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        return self.affinity.affinities(asked)

    def questions(self) -> list[np.ndarray]:
        return self.attributes.every()

    def knowing(self, data: TrainingSet) -> Self:
        return replace(self, affinity=self.affinity.knowing(data))

    def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray], newest: np.ndarray | None = None) -> Self:
        return replace(self, affinity=self.affinity.brought_up(users, histories, newest))


@dataclass(frozen=True)
class ItemAttributeAffinity(Recipe):
    """Asked by batch segment jobs only, about values that items had at training, in columns that are learnt from."""

    name: ClassVar[str] = "aws-item-attribute-affinity"
    recipe_type: ClassVar[str] = "USER_SEGMENTATION"
    description: ClassVar[str] = (
        "For each expression over attributes of items, the users most likely to interact with items that fulfil it."
    )
    model: ClassVar[type[Model]] = AttributeAffinityModel
    created: ClassVar[str] = "2021-08-25"
    feature_transformation: ClassVar[str] = "item-attribute-affinity"
    scores_shown: ClassVar[bool] = False
    required_datasets: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS")
    reads: ClassVar[tuple[str, ...]] = ("INTERACTIONS", "ITEMS", "USERS")

    hidden_dimension: int = param(149, 32, 256, help="Width of the model's layers.")

    def fit(self, data: TrainingSet, progress: Progress) -> AttributeAffinityModel:
        from penchant.recipes.parts.affinity_fit import fit_affinity

        require_sufficient(data)
        attributes = ItemAttributes.of(data.item_columns)
        if not len(attributes):
            raise InsufficientData(
                "Create failed. No item has a value in a categorical or numerical column of the Items dataset, which "
                f"the recipe {self.name} needs."
            )
        return AttributeAffinityModel(
            fit_affinity(data, progress, self.hidden_dimension, attributes.every()), attributes
        )
