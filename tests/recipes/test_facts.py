"""The facts of all recipes are Amazon's."""

import subprocess
import sys
from pathlib import Path

import pytest

from penchant.recipes.catalog import RECIPES
from penchant.recipes.parameters import defaults

TUNED = {"hidden_dimension": "149", "bptt": "32", "recency_mask": "true"}
LENGTHS = {"min_user_history_length_percentile": "0.0", "max_user_history_length_percentile": "0.99"}


def test_the_catalogue_is_amazons() -> None:
    listed = [name for name, recipe in RECIPES.items() if recipe.listed]
    assert sorted(listed) == [
        "aws-ecomm-customers-who-viewed-x-also-viewed",
        "aws-ecomm-frequently-bought-together",
        "aws-ecomm-popular-items-by-purchases",
        "aws-ecomm-popular-items-by-views",
        "aws-ecomm-recommended-for-you",
        "aws-item-affinity",
        "aws-item-attribute-affinity",
        "aws-next-best-action",
        "aws-personalized-ranking",
        "aws-personalized-ranking-v2",
        "aws-popularity-count",
        "aws-semantic-similarity",
        "aws-similar-items",
        "aws-sims",
        "aws-trending-now",
        "aws-user-personalization",
        "aws-user-personalization-v2",
        "aws-vod-because-you-watched-x",
        "aws-vod-more-like-x",
        "aws-vod-most-popular",
        "aws-vod-top-picks",
        "aws-vod-trending-now",
    ]
    assert sorted(set(RECIPES) - set(listed)) == ["aws-hrnn", "aws-hrnn-coldstart", "aws-hrnn-metadata"]


@pytest.mark.parametrize(
    ("name", "hyperparameters", "features", "hpo"),
    [
        ("aws-user-personalization", TUNED, LENGTHS, True),
        ("aws-personalized-ranking", TUNED, LENGTHS, True),
        ("aws-hrnn", {**TUNED, "hidden_dimension": "43"}, LENGTHS, True),
        ("aws-hrnn-metadata", {**TUNED, "hidden_dimension": "43"}, LENGTHS, True),
        ("aws-hrnn-coldstart", TUNED, {**LENGTHS, "cold_start_max_interactions": "15", "cold_start_max_duration": "5.0", "cold_start_relative_from": "latestItem"}, True),
        ("aws-similar-items", {"popularity_discount_factor": "0.0", "item_id_hidden_dim": "100", "item_metadata_hidden_dim": "100"}, {}, True),
        ("aws-sims", {"popularity_discount_factor": "0.5", "min_cointeraction_count": "3"}, {"min_user_history_length_percentile": "0.005", "max_user_history_length_percentile": "0.995", "min_item_interaction_count_percentile": "0.01", "max_item_interaction_count_percentile": "0.9"}, True),
        ("aws-item-affinity", {"hidden_dimension": "149"}, {}, False),
        ("aws-item-attribute-affinity", {"hidden_dimension": "149"}, {}, False),
        ("aws-trending-now", {}, {"trend_discovery_frequency": "2 hours"}, False),
        ("aws-next-best-action", {}, {"action_optimization_period": "14"}, False),
        ("aws-semantic-similarity", {}, {}, False),
        ("aws-vod-top-picks", {}, {}, False),
        ("aws-user-personalization-v2", {"apply_recency_bias": "true"}, {}, False),
    ],
)  # fmt: skip
def test_parameters_and_their_defaults(name: str, hyperparameters: dict, features: dict, hpo: bool) -> None:
    recipe = RECIPES[name]
    assert recipe.default_hyperparameters() == hyperparameters
    assert defaults(recipe.feature_parameters) == features
    assert recipe.supports_hpo() is hpo


def test_what_explores_and_who_says_how_much() -> None:
    assert {name: recipe.explores for name, recipe in RECIPES.items() if recipe.explores} == {
        "aws-user-personalization": "configured",
        "aws-ecomm-recommended-for-you": "configured",
        "aws-vod-top-picks": "configured",
        "aws-user-personalization-v2": "managed",
    }


def test_what_a_use_case_learns_from_and_leaves_out() -> None:
    told = {name: (recipe.event_type, recipe.leaves_out) for name, recipe in RECIPES.items() if recipe.domain}
    assert told == {
        "aws-ecomm-popular-items-by-views": ("View", None),
        "aws-ecomm-popular-items-by-purchases": ("Purchase", None),
        "aws-ecomm-frequently-bought-together": ("Purchase", None),
        "aws-ecomm-customers-who-viewed-x-also-viewed": ("View", "Purchase"),
        "aws-ecomm-recommended-for-you": (None, "Purchase"),
        "aws-vod-because-you-watched-x": ("Watch", "Watch"),
        "aws-vod-more-like-x": (None, "Watch"),
        "aws-vod-most-popular": ("Watch", None),
        "aws-vod-trending-now": (None, None),
        "aws-vod-top-picks": (None, "Watch"),
    }


def test_a_domain_is_said_of_use_cases_only() -> None:
    domains = {name: recipe.domain for name, recipe in RECIPES.items() if recipe.domain}
    assert sorted(domains.values()) == ["ECOMMERCE"] * 5 + ["VIDEO_ON_DEMAND"] * 5
    assert all(("ecomm" in name) == (domain == "ECOMMERCE") for name, domain in domains.items())


def test_who_is_answered_by_what_they_did_last() -> None:
    """Amazon's table of features, and what it says of use cases."""
    assert sorted(name for name, recipe in RECIPES.items() if recipe.real_time) == [
        "aws-ecomm-recommended-for-you",
        "aws-hrnn",
        "aws-hrnn-coldstart",
        "aws-hrnn-metadata",
        "aws-next-best-action",
        "aws-personalized-ranking",
        "aws-personalized-ranking-v2",
        "aws-user-personalization",
        "aws-user-personalization-v2",
        "aws-vod-top-picks",
    ]


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("aws-sims", {"x": "1"}, "The recipe aws-sims has no feature transformation parameter x; it has min_user_history_length_percentile, max_user_history_length_percentile, min_item_interaction_count_percentile, max_item_interaction_count_percentile."),
        ("aws-similar-items", {"x": "1"}, "The recipe aws-similar-items has no feature transformation parameter x; it has none."),
        ("aws-sims", {"min_user_history_length_percentile": "2"}, "Value 2 for feature transformation parameter min_user_history_length_percentile is outside the allowed range [0.0, 1.0]."),
        ("aws-sims", {"min_item_interaction_count_percentile": "0.95"}, "min_item_interaction_count_percentile (0.95) must be below max_item_interaction_count_percentile (0.9)."),
        ("aws-user-personalization", {"max_hist_length_percentile": "0"}, "min_user_history_length_percentile (0.0) must be below max_user_history_length_percentile (0.0)."),
        ("aws-user-personalization", {"max_hist_length_percentile": "0.5", "max_user_history_length_percentile": "0.5"}, "The feature transformation parameter max_user_history_length_percentile is given twice, under two of its names."),
        ("aws-trending-now", {"trend_discovery_frequency": "4 hours"}, "Value 4 hours for feature transformation parameter trend_discovery_frequency is outside the allowed values [30 minutes, 1 hour, 2 hours, 3 hours, 1 day]."),
        ("aws-next-best-action", {"action_optimization_period": "29"}, "Value 29 for feature transformation parameter action_optimization_period is outside the allowed range [7, 28]."),
        ("aws-next-best-action", {"action_optimization_period": " 14"}, "Value  14 for feature transformation parameter action_optimization_period is not an integer."),
    ],
)  # fmt: skip
def test_feature_parameters_that_are_wrong(name: str, given: dict, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        RECIPES[name].features_from_wire(given)
    assert str(error.value) == sentence


def test_other_spellings_are_read() -> None:
    trends = RECIPES["aws-trending-now"].features_from_wire({"trend_discovery_frequency": "30 min"})
    assert trends.trend_discovery_frequency == "30 minutes"
    lengths = RECIPES["aws-personalized-ranking"].features_from_wire({"min_hist_length_percentile": "0.1"})
    assert lengths.min_user_history_length_percentile == 0.1


@pytest.mark.parametrize("name", ["item_id_hidden_dim", "item_metadata_hidden_dim"])
def test_what_can_only_be_searched_for_has_no_fixed_value(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} has no fixed value: give its range in hpoConfig\."):
        RECIPES["aws-similar-items"].from_wire({name: "100"})


def test_an_unknown_hyperparameter_is_told_with_the_algorithms_own_name() -> None:
    with pytest.raises(ValueError, match=r"^Provide a hyperparameter .*:algorithm/aws-trending-now-custom$"):
        RECIPES["aws-trending-now"].from_wire({"x": "1"})


def test_the_whole_catalogue_needs_no_torch() -> None:
    script = "import sys, penchant.recipes.catalog; assert not {'torch', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


@pytest.mark.parametrize("name", RECIPES)
def test_the_page_of_recipes_tells_each(name: str) -> None:
    """Headings and hyperparameters: tests/test_docs.py."""
    page = (Path(__file__).parents[2] / "docs/recipes.md").read_text()
    recipe = RECIPES[name]
    for told in defaults(recipe.feature_parameters):
        assert f"`{told}`" in page
