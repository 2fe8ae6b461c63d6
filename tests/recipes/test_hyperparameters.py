"""One declaration of a hyperparameter, and its readers: parsing from the wire, and DescribeAlgorithm's two views."""

from dataclasses import dataclass

import pytest

from penchant.lake.training_set import TrainingSet
from penchant.recipes.base import Model, NoParameters, Progress, Recipe, param
from penchant.recipes.features import PairCounts
from penchant.recipes.popularity_count import PopularityCount
from penchant.recipes.sims import Sims
from penchant.recipes.user_personalization_v2 import UserPersonalizationV2


@dataclass(frozen=True)
class Sample(Recipe):
    """A recipe with one hyperparameter of each kind."""

    name = "sample"
    size: int = param(149, 32, 256, tunable=True)
    share: float = param(0.5, 0.0, 1.0)
    recent: bool = param(True, tunable=True)
    every: str = param("2 hours", choices=("30 minutes", "2 hours"))

    def fit(self, data: TrainingSet, progress: Progress) -> Model:
        raise NotImplementedError


def test_values_are_parsed_by_kind() -> None:
    given = {"size": "32", "share": "1", "recent": "False", "every": "30 minutes"}
    assert Sample.from_wire(given) == Sample(32, 1.0, False, "30 minutes")
    assert Sample.from_wire({}) == Sample()


@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_booleans_in_any_case(text: str) -> None:
    assert UserPersonalizationV2.from_wire({"apply_recency_bias": text}).apply_recency_bias is True


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"size": "31"}, "Value 31 for hyperparameter size is outside the allowed range [32, 256]."),
        ({"size": "257"}, "Value 257 for hyperparameter size is outside the allowed range [32, 256]."),
        ({"size": "64.5"}, "Value 64.5 for hyperparameter size is not an integer."),
        ({"share": "half"}, "Value half for hyperparameter share is not a number."),
        ({"share": "nan"}, "Value nan for hyperparameter share is outside the allowed range [0.0, 1.0]."),
        ({"recent": "yes"}, "Value yes for hyperparameter recent is outside the allowed values [true, false]."),
        (
            {"every": "1 day"},
            "Value 1 day for hyperparameter every is outside the allowed values [30 minutes, 2 hours].",
        ),
        (
            {"depth": "3"},
            "Provide a hyperparameter that is used in the algorithm: arn:aws:personalize:::algorithm/sample",
        ),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        Sample.from_wire(given)
    assert str(error.value) == sentence


def test_defaults_are_spelled_as_the_api_spells_them() -> None:
    assert Sample.default_hyperparameters() == {"size": "149", "share": "0.5", "recent": "true", "every": "2 hours"}
    assert UserPersonalizationV2.default_hyperparameters() == {"apply_recency_bias": "true"}
    assert PopularityCount.default_hyperparameters() == {}


def test_ranges_are_in_the_shape_of_describe_algorithm() -> None:
    assert Sample.hyperparameter_ranges() == {
        "integerHyperParameterRanges": [{"name": "size", "isTunable": True, "minValue": 32, "maxValue": 256}],
        "continuousHyperParameterRanges": [{"name": "share", "isTunable": False, "minValue": 0.0, "maxValue": 1.0}],
        "categoricalHyperParameterRanges": [
            {"name": "recent", "isTunable": True, "values": ["true", "false"]},
            {"name": "every", "isTunable": False, "values": ["30 minutes", "2 hours"]},
        ],
    }


def test_features_are_of_the_recipe_and_no_hyperparameters() -> None:
    assert Sims().features == PairCounts()
    given = Sims.from_wire({"min_cointeraction_count": "1"}, {"max_item_interaction_count_percentile": "1"})
    assert given.min_cointeraction_count == 1
    assert given.features == PairCounts(max_item_interaction_count_percentile=1.0)
    assert list(Sims.default_hyperparameters()) == ["popularity_discount_factor", "min_cointeraction_count"]
    assert Sample(32).features == NoParameters()
    with pytest.raises(ValueError, match="Provide a hyperparameter that is used"):
        Sims.from_wire({"features": "1"})
    with pytest.raises(ValueError, match="feature transformation parameter"):
        Sims.from_wire({}, {"min_cointeraction_count": "1"})
