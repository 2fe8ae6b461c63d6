"""aws-semantic-similarity: the contract where items have texts, and what comes of texts, popularity and age."""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
import pytest

from penchant.lake.attributes import Numbers, Texts
from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import InsufficientData, Model, Progress
from penchant.recipes.parts.semantic.model import SemanticModel
from penchant.recipes.semantic_similarity import SemanticSimilarity
from tests.recipes.contract import FEW, RecipeContract, training_set
from tests.recipes.test_similar_items import ranked, silent

WORDS = ["amber", "basalt", "cedar", "dune", "ember", "fjord", "garnet", "heath"]


@dataclass(frozen=True)
class Described(SemanticSimilarity):
    """On data of which every item gets a name."""

    def fit(self, data: TrainingSet, progress: Progress) -> SemanticModel:
        names = [f"{WORDS[item % 8]} {WORDS[item // 8 % 8]} number {item}" for item in range(len(data.items))]
        named = {**data.item_columns, "NAME": Texts(pl.Series(names), is_name=True)}
        return super().fit(replace(data, item_columns=named), progress)


class TestSemanticSimilarity(RecipeContract):
    recipe = Described()
    many_items = FEW

    def test_too_little_data_is_refused_in_amazons_words(self) -> None:  # type: ignore[override]
        """It needs no interactions at all, but texts."""
        few = Described().fit(training_set([[0]], 9), silent)
        assert np.isfinite(few.scores(np.array([1]))).all()
        with pytest.raises(InsufficientData, match="No item has a name or a textual description"):
            SemanticSimilarity().fit(training_set([[0]], 9), silent)


CATALOGUE = [
    "Acoustic guitar strings, light gauge",
    "Electric guitar strings, medium gauge",
    "Guitar picks, twelve pieces",
    "Microphone stand with boom",
    "Microphone cable, three metres",
    "Dynamic microphone for vocals",
    "",
]


def shop(histories: list[list[int]], **columns: Numbers) -> TrainingSet:
    texts = Texts(pl.Series(CATALOGUE), is_name=True)
    return replace(training_set(histories, len(CATALOGUE)), item_columns={"NAME": texts, **columns})


def test_what_is_described_alike_is_nearest() -> None:
    model = SemanticSimilarity().fit(shop([[3, 5], [3]]), silent)
    assert ranked(model, 0)[0] == 1
    assert set(ranked(model, 4)[:2]) == {3, 5}
    assert ranked(model, 0)[-1] == 0


def test_where_similarity_says_nothing_popularity_does() -> None:
    model = SemanticSimilarity().fit(shop([[3, 5], [3]]), silent)
    assert ranked(model, 6)[:2] == [3, 5]  # it has no text
    assert ranked(model)[:2] == [3, 5]  # nobody knows it


def test_without_interactions_an_unknown_item_has_no_answer() -> None:
    model: Model = SemanticSimilarity().fit(shop([]), silent)
    assert np.isneginf(model.scores(np.empty(0, np.int32))).all()
    assert ranked(model, 0)[0] == 1


def test_popularity_and_freshness_are_from_0_to_1() -> None:
    ages = Numbers(np.array([100.0, 200, 300, 100, np.nan, 100, 100]))
    model = SemanticSimilarity().fit(shop([[3, 3, 3, 5], [0]], CREATION_TIMESTAMP=ages), silent)
    assert model.freshness.tolist() == [0, 0.5, 1, 0, 0, 0, 0]
    assert model.popularity[3] == 1 and model.popularity[6] == 0
    assert 0 < model.popularity[0] == model.popularity[5] < 1
