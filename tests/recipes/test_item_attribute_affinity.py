"""aws-item-attribute-affinity: the contract on items with attributes, and users by what they like."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from penchant.lake.attributes import Numbers, categories
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Model, Progress
from penchant.recipes.item_attribute_affinity import AttributeAffinityModel, ItemAttributeAffinity
from tests.recipes.contract import FEW, RecipeContract, circles


def described(data: TrainingSet) -> TrainingSet:
    """With one of three genres for each item and a price for every fifth, beside the columns there are."""
    codes = np.arange(len(data.items))
    genres = categories(pl.Series([f"g{code % 3}" for code in codes], dtype=pl.String))
    prices = Numbers(np.where(codes % 5, np.nan, codes.astype(np.float64)))
    return replace(data, item_columns={**data.item_columns, "MOOD": genres, "FEE": prices})


@dataclass(frozen=True)
class OnDescribed(ItemAttributeAffinity):
    """The recipe, on data of the contract whose items have been given attributes."""

    def fit(self, data: TrainingSet, progress: Progress) -> AttributeAffinityModel:
        return super().fit(described(data), progress)


class TestItemAttributeAffinity(RecipeContract):
    recipe = OnDescribed(hidden_dimension=32)
    many_items = FEW

    def test_questions_are_the_values_there_are(self, model: Model) -> None:
        assert isinstance(model, AttributeAffinityModel)
        assert len(model.questions()) == 3 + 6
        assert [users.shape for users in model.users_for(model.questions(), 4)] == [(4,)] * 9


def test_items_without_attributes_are_refused() -> None:
    for columns in ({}, {"PRICE": Numbers(np.full(30, np.nan))}):
        with pytest.raises(InsufficientData, match="No item has a value in a categorical or numerical column"):
            ItemAttributeAffinity().fit(replace(circles(), item_columns=columns), lambda done, message: None)
