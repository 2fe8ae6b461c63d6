"""The data and the model that the tests of a RecipeContract share: one fit for a class."""

import pytest

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model
from tests.recipes.contract import circles


@pytest.fixture(scope="class")
def data() -> TrainingSet:
    return circles()


@pytest.fixture(scope="class")
def reports() -> list[tuple[float, str]]:
    """What progress was told, once `model` is fitted."""
    return []


@pytest.fixture(scope="class")
def model(request: pytest.FixtureRequest, data: TrainingSet, reports: list[tuple[float, str]]) -> Model:
    return request.cls.recipe.fit(data, lambda done, message: reports.append((done, message)))
