import pytest

from penchant.contract.errors import InvalidNextTokenException, ResourceNotFoundException
from penchant.recipes.catalog import RECIPES

LISTED = sorted(name for name, recipe in RECIPES.items() if recipe.listed)


def arn(kind: str, name: str) -> str:
    return f"arn:aws:personalize:::{kind}/{name}"


def test_recipes_are_listed_by_name_and_the_first_page_has_a_token(call):
    first = call("ListRecipes")
    assert [recipe["name"] for recipe in first["recipes"]] == LISTED
    rest = call("ListRecipes", nextToken=first["nextToken"])
    assert rest == {"recipes": []}


def test_pages_of_one_recipe(call):
    names, request = [], {"maxResults": 1}
    for _ in range(len(LISTED)):
        answer = call("ListRecipes", **request)
        names += [recipe["name"] for recipe in answer["recipes"]]
        request["nextToken"] = answer.get("nextToken")
    assert names == LISTED
    assert request["nextToken"] is None


def test_a_token_is_for_its_own_list(call):
    token = call("ListRecipes")["nextToken"]
    with pytest.raises(InvalidNextTokenException):
        call("ListRecipes", nextToken=token, domain="ECOMMERCE")


@pytest.mark.parametrize("domain", ["ECOMMERCE", "VIDEO_ON_DEMAND"])
def test_a_domain_has_its_own_five_recipes_only(call, domain):
    answer = call("ListRecipes", domain=domain)
    assert [recipe["domain"] for recipe in answer["recipes"]] == [domain] * 5
    assert answer["nextToken"]


def test_the_catalogue_is_paged_first_and_filtered_afterwards(call):
    first = call("ListRecipes", domain="VIDEO_ON_DEMAND", maxResults=10)
    assert first["recipes"] == []
    second = call("ListRecipes", domain="VIDEO_ON_DEMAND", maxResults=10, nextToken=first["nextToken"])
    third = call("ListRecipes", domain="VIDEO_ON_DEMAND", maxResults=10, nextToken=second["nextToken"])
    assert len(second["recipes"]) + len(third["recipes"]) == 5
    assert "nextToken" not in third


def test_keys_and_dates_are_those_recorded(call):
    recipes = {recipe["name"]: recipe for recipe in call("ListRecipes")["recipes"]}
    keys = {"name", "recipeArn", "status", "creationDateTime", "lastUpdatedDateTime"}
    for name, recipe in recipes.items():
        assert set(recipe) == keys | ({"domain"} if "-ecomm-" in name or "-vod-" in name else set())
        assert recipe["creationDateTime"] % 86_400 == 0
    assert len({recipe["lastUpdatedDateTime"] for recipe in recipes.values()}) == 1
    created = {
        "aws-ecomm-recommended-for-you": "2019-06-10",
        "aws-sims": "2019-06-10",
        "aws-item-affinity": "2021-07-15",
        "aws-item-attribute-affinity": "2021-08-25",
        "aws-trending-now": "2022-10-01",
        "aws-next-best-action": "2023-08-11",
        "aws-user-personalization-v2": "2024-01-01",
    }
    assert {name: RECIPES[name].created for name in created} == created


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_describes_its_algorithm_and_feature_transformation(call, name):
    recipe = call("DescribeRecipe", recipeArn=arn("recipe", name))["recipe"]
    algorithm = call("DescribeAlgorithm", algorithmArn=recipe["algorithmArn"])["algorithm"]
    assert set(algorithm["defaultHyperParameters"]) == {
        entry["name"] for ranges in algorithm["defaultHyperParameterRanges"].values() for entry in ranges
    }
    features = recipe["featureTransformationArn"]
    described = call("DescribeFeatureTransformation", featureTransformationArn=features)["featureTransformation"]
    assert described["status"] == "ACTIVE"
    assert recipe["status"] == "ACTIVE"
    assert recipe["description"]
    assert "domain" not in recipe


@pytest.mark.parametrize(
    ("name", "algorithm", "features"),
    [
        ("aws-popularity-count", "aws-popularity-count", "sims"),
        ("aws-sims", "aws-sims", "sims"),
        ("aws-trending-now", "aws-trending-now-custom", "aws-trending-now"),
        ("aws-personalized-ranking", "aws-personalized-ranking", "JSON-percentile-filtering"),
        ("aws-item-affinity", "aws-item-affinity", "item-affinity"),
        ("aws-vod-top-picks", "aws-vod-top-picks", "aws-vod-top-picks"),
        ("aws-hrnn-coldstart", "aws-hrnn-coldstart", "featurize_coldstart"),
    ],
)
def test_algorithms_and_feature_transformations_have_amazons_names(call, name, algorithm, features):
    recipe = call("DescribeRecipe", recipeArn=arn("recipe", name))["recipe"]
    assert recipe["algorithmArn"] == arn("algorithm", algorithm)
    assert recipe["featureTransformationArn"] == arn("feature-transformation", features)


def test_an_algorithm_has_defaults_ranges_and_resources(call):
    answer = call("DescribeAlgorithm", algorithmArn=arn("algorithm", "aws-user-personalization"))["algorithm"]
    assert answer["defaultHyperParameters"] == {"hidden_dimension": "149", "bptt": "32", "recency_mask": "true"}
    assert answer["defaultHyperParameterRanges"] == {
        "integerHyperParameterRanges": [
            {"name": "hidden_dimension", "isTunable": True, "minValue": 32, "maxValue": 256},
            {"name": "bptt", "isTunable": True, "minValue": 2, "maxValue": 32},
        ],
        "continuousHyperParameterRanges": [],
        "categoricalHyperParameterRanges": [{"name": "recency_mask", "isTunable": True, "values": ["true", "false"]}],
    }
    assert set(answer["defaultResourceConfig"]) == {"maxNumberOfTrainingJobs", "maxParallelTrainingJobs"}
    plain = call("DescribeAlgorithm", algorithmArn=arn("algorithm", "aws-user-personalization-v2"))["algorithm"]
    assert plain["defaultHyperParameters"] == {"apply_recency_bias": "true"}
    assert plain["defaultResourceConfig"] == {}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("sims", {"min_user_history_length_percentile": "0.005", "max_user_history_length_percentile": "0.995", "min_item_interaction_count_percentile": "0.01", "max_item_interaction_count_percentile": "0.9"}),
        ("JSON-percentile-filtering", {"min_user_history_length_percentile": "0.0", "max_user_history_length_percentile": "0.99"}),
        ("aws-trending-now", {"trend_discovery_frequency": "2 hours"}),
        ("aws-next-best-action", {"action_optimization_period": "14"}),
        ("item-affinity", {}),
    ],
)  # fmt: skip
def test_a_feature_transformation_has_its_parameters(call, name, parameters):
    answer = call("DescribeFeatureTransformation", featureTransformationArn=arn("feature-transformation", name))
    assert answer["featureTransformation"]["defaultParameters"] == parameters


@pytest.mark.parametrize(
    ("operation", "key", "arn"),
    [
        ("DescribeRecipe", "recipeArn", "arn:aws:personalize:::recipe/aws-nope"),
        ("DescribeRecipe", "recipeArn", "arn:aws:personalize:eu-west-1:1:recipe/aws-popularity-count"),
        ("DescribeAlgorithm", "algorithmArn", "arn:aws:personalize:::algorithm/aws-nope"),
        ("DescribeAlgorithm", "algorithmArn", "arn:aws:personalize:::algorithm/aws-trending-now"),
        ("DescribeFeatureTransformation", "featureTransformationArn", "arn:aws:personalize:::feature-transformation/x"),
    ],
)
def test_what_is_not_in_the_catalogue_is_not_found(call, operation, key, arn):
    with pytest.raises(ResourceNotFoundException, match="does not exist"):
        call(operation, **{key: arn})
