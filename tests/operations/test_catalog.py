import pytest

from penchant.contract.errors import InvalidNextTokenException, ResourceNotFoundException
from penchant.recipes.catalog import RECIPES


def test_recipes_are_listed_by_name_and_the_first_page_has_a_token(call):
    first = call("ListRecipes")
    assert [recipe["name"] for recipe in first["recipes"]] == sorted(RECIPES)
    rest = call("ListRecipes", nextToken=first["nextToken"])
    assert rest == {"recipes": []}
    assert all("domain" not in recipe for recipe in first["recipes"])


def test_pages_of_one_recipe(call):
    names, request = [], {"maxResults": 1}
    for _ in range(len(RECIPES)):
        answer = call("ListRecipes", **request)
        names += [recipe["name"] for recipe in answer["recipes"]]
        request["nextToken"] = answer.get("nextToken")
    assert names == sorted(RECIPES)
    assert request["nextToken"] is None


def test_a_token_is_for_its_own_list(call):
    token = call("ListRecipes")["nextToken"]
    with pytest.raises(InvalidNextTokenException):
        call("ListRecipes", nextToken=token, domain="ECOMMERCE")


def test_a_domain_has_its_own_recipes_only(call):
    answer = call("ListRecipes", domain="ECOMMERCE")
    assert answer["recipes"] == []
    assert answer["nextToken"]


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_every_recipe_describes_its_algorithm_and_feature_transformation(call, name):
    recipe = call("DescribeRecipe", recipeArn=f"arn:aws:personalize:::recipe/{name}")["recipe"]
    algorithm = call("DescribeAlgorithm", algorithmArn=recipe["algorithmArn"])["algorithm"]
    assert set(algorithm["defaultHyperParameters"]) == {
        entry["name"] for ranges in algorithm["defaultHyperParameterRanges"].values() for entry in ranges
    }
    arn = recipe["featureTransformationArn"]
    described = call("DescribeFeatureTransformation", featureTransformationArn=arn)["featureTransformation"]
    assert described["status"] == "ACTIVE"
    assert recipe["status"] == "ACTIVE"
    assert recipe["description"]


def test_the_v2_recipes_have_one_hyperparameter(call):
    algorithm = call("DescribeAlgorithm", algorithmArn="arn:aws:personalize:::algorithm/aws-user-personalization-v2")
    assert algorithm["algorithm"]["defaultHyperParameters"] == {"apply_recency_bias": "true"}


@pytest.mark.parametrize(
    ("operation", "key", "arn"),
    [
        ("DescribeRecipe", "recipeArn", "arn:aws:personalize:::recipe/aws-nope"),
        ("DescribeRecipe", "recipeArn", "arn:aws:personalize:eu-west-1:1:recipe/aws-popularity-count"),
        ("DescribeAlgorithm", "algorithmArn", "arn:aws:personalize:::algorithm/aws-nope"),
        ("DescribeFeatureTransformation", "featureTransformationArn", "arn:aws:personalize:::feature-transformation/x"),
    ],
)
def test_what_is_not_in_the_catalogue_is_not_found(call, operation, key, arn):
    with pytest.raises(ResourceNotFoundException, match="does not exist"):
        call(operation, **{key: arn})
