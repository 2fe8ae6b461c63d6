"""The catalogue: names, third-party recipes, and that reading it costs little."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from penchant.recipes import catalog
from penchant.recipes.catalog import RECIPES


def test_recipes_are_under_their_names() -> None:
    assert {"aws-user-personalization-v2", "aws-personalized-ranking-v2", "aws-popularity-count"} <= set(RECIPES)
    assert all(recipe.name == name for name, recipe in RECIPES.items())


def test_neither_the_catalogue_nor_a_model_needs_torch() -> None:
    script = """
import sys
import numpy as np
from penchant.recipes.catalog import RECIPES
assert all(issubclass(recipe.model, object) for recipe in RECIPES.values())
assert "torch" not in sys.modules and "scipy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def install(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    entry = EntryPoint(name="other", value=value, group=catalog.GROUP)
    monkeypatch.setattr(catalog, "entry_points", lambda group: [entry] if group == catalog.GROUP else [])


def test_a_package_may_add_a_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "tests.recipes.test_hyperparameters:Sample")
    assert catalog.load()["sample"].__name__ == "Sample"


def test_a_package_may_not_replace_a_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "penchant.recipes.popularity_count:PopularityCount")
    with pytest.raises(ValueError, match="Two recipes are named aws-popularity-count"):
        catalog.load()


def test_what_is_no_recipe_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "penchant.recipes.base:Model")
    with pytest.raises(TypeError, match=r"penchant\.recipes\.base:Model .* is not a subclass of Recipe"):
        catalog.load()


def test_a_recipe_that_cannot_be_imported_names_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "no_such_package.recipe:Recipe")
    with pytest.raises(ModuleNotFoundError) as error:
        catalog.load()
    assert error.value.__notes__ == [
        "while loading the recipe no_such_package.recipe:Recipe of entry point group penchant.recipes"
    ]
