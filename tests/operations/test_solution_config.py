"""What CreateSolution takes and refuses, rule by rule."""

import pytest

from penchant.contract.errors import InvalidInputException, ResourceNotFoundException
from tests import samples

RECIPE = "arn:aws:personalize:::recipe/"
ITEMS = samples.schema(
    "Items",
    samples.text("ITEM_ID"),
    samples.text("TITLE", itemName=True),
    samples.text("ABOUT", textual=True),
    samples.text("GENRE", categorical=True),
    {"name": "PRICE", "type": "float"},
    {"name": "RATING", "type": ["float", "null"]},
    {"name": "CREATION_TIMESTAMP", "type": "long"},
)
ACTIONS = samples.schema("Actions", samples.text("ACTION_ID"), {"name": "VALUE", "type": "long"})
V2, V1, SIMS, SIMILAR = "aws-user-personalization-v2", "aws-user-personalization", "aws-sims", "aws-similar-items"


@pytest.fixture
def full(call, run_jobs, group) -> str:
    """The group 'g' with Items, Users and Actions beside its Interactions."""
    for name, schema in (("Items", ITEMS), ("Users", samples.USERS), ("Actions", ACTIONS)):
        arn = call("CreateSchema", name=name, schema=schema)["schemaArn"]
        call("CreateDataset", name=name, datasetGroupArn=group, schemaArn=arn, datasetType=name)
    run_jobs()
    return group


@pytest.fixture
def make(call, full):
    """Make a solution and describe it."""

    def make(recipe: str | None, config: dict | None = None, **more) -> dict:
        named = {} if recipe is None else {"recipeArn": RECIPE + recipe}
        given = {} if config is None else {"solutionConfig": config}
        arn = call("CreateSolution", name="s", datasetGroupArn=full, **named, **given, **more)["solutionArn"]
        return call("DescribeSolution", solutionArn=arn)["solution"]

    return make


def ranged(**kinds) -> dict:
    return {"hpoConfig": {"algorithmHyperParameterRanges": {f"{kind}HyperParameterRanges": [row] for kind, row in kinds.items()}}}  # fmt: skip


def resources(**numbers) -> dict:
    return {"hpoConfig": {"hpoResourceConfig": numbers}}


def excluded(**columns) -> dict:
    return {"trainingDataConfig": {"excludedDatasetColumns": columns}}


WIDTH = {"name": "hidden_dimension", "minValue": 32, "maxValue": 64}


@pytest.mark.parametrize(
    ("recipe", "config"),
    [
        (V1, {"algorithmHyperParameters": {"hidden_dimension": "55"}, "featureTransformationParameters": {"max_hist_length_percentile": "0.5"}}),
        (V1, {"optimizationObjective": {"itemAttribute": "PRICE", "objectiveSensitivity": "HIGH"}}),
        ("aws-personalized-ranking", {"optimizationObjective": {"itemAttribute": "CREATION_TIMESTAMP"}}),
        (V1, {"hpoConfig": {"hpoObjective": {"type": "Maximize", "metricName": "precision_at_25", "metricRegex": ".*"}, "hpoResourceConfig": {"maxNumberOfTrainingJobs": "40", "maxParallelTrainingJobs": "10"}}}),
        (V1, ranged(integer=WIDTH, categorical={"name": "recency_mask", "values": ["True"]})),
        (SIMILAR, ranged(integer={"name": "item_id_hidden_dim", "minValue": 30, "maxValue": 200})),
        (SIMS, ranged(continuous={"name": "popularity_discount_factor", "minValue": 0, "maxValue": 0.5})),
        (V2, excluded(ITEMS=["GENRE", "CREATION_TIMESTAMP"], interactions=["EVENT_VALUE"])),
        (V2, {"trainingDataConfig": {"includedDatasetColumns": {"ITEMS": ["GENRE"]}, "excludedDatasetColumns": {"Users": ["AGE"]}}}),
        ("aws-trending-now", {"featureTransformationParameters": {"trend_discovery_frequency": "30 minutes"}}),
        ("aws-next-best-action", {"featureTransformationParameters": {"action_optimization_period": "7"}}),
        (V2, {"eventsConfig": {"eventParametersList": [{"eventType": "a", "weight": 0.3, "eventValueThreshold": 2}]}}),
        ("aws-hrnn-coldstart", {"featureTransformationParameters": {"cold_start_relative_from": "currentTime"}}),
        ("aws-semantic-similarity", {}),
        (V2, {}),
        (V2, None),
    ],
)  # fmt: skip
def test_what_was_sent_comes_back_exactly(make, recipe, config):
    solution = make(recipe, config)
    assert solution.get("solutionConfig") == config
    assert solution["recipeArn"] == RECIPE + recipe


@pytest.mark.parametrize(
    ("recipe", "config", "words"),
    [
        # hyperparameters
        (V1, {"algorithmHyperParameters": {"model.id_embedding_dim": "5"}}, r"^Provide a hyperparameter that is used in the algorithm: arn:aws:personalize:::algorithm/aws-user-personalization$"),
        (V1, {"algorithmHyperParameters": {"hidden_dimension": "31"}}, r"^Value 31 for hyperparameter hidden_dimension is outside the allowed range \[32, 256\]\.$"),
        (SIMILAR, {"algorithmHyperParameters": {"item_id_hidden_dim": "100"}}, "has no fixed value"),
        (SIMS, {"featureTransformationParameters": {"max_item_interaction_count_percentile": "0.01"}}, "must be below"),
        # search of hyperparameters
        (V2, {"hpoConfig": {}}, "leave hpoConfig out"),
        ("aws-item-affinity", {"hpoConfig": {}}, "leave hpoConfig out"),
        (V1, resources(maxNumberOfTrainingJobs="41"), "maxNumberOfTrainingJobs must be a whole number from 1 to 40, not '41'"),
        (V1, resources(maxParallelTrainingJobs="11"), "maxParallelTrainingJobs must be a whole number from 1 to 10, not '11'"),
        (V1, resources(maxNumberOfTrainingJobs="many"), "whole number"),
        (V1, resources(maxNumberOfTrainingJobs="0"), "whole number"),
        (SIMILAR, ranged(integer={"name": "model.id_embedding_dim", "minValue": 30, "maxValue": 60}), r"^Provide a hyperparameter that is used in the algorithm: arn:aws:personalize:::algorithm/aws-similar-items$"),
        (SIMILAR, ranged(continuous={"name": "popularity_discount_factor", "minValue": 0, "maxValue": 1}), "cannot be tuned"),
        (V1, ranged(continuous=WIDTH), "is an integer: give its range in integerHyperParameterRanges"),
        (V1, ranged(integer={**WIDTH, "maxValue": 257}), r"Value 257 .* outside the allowed range \[32, 256\]"),
        (V1, ranged(integer={**WIDTH, "minValue": 65}), "must not end below its beginning"),
        (V1, ranged(integer={"name": "bptt"}), "needs a minValue and a maxValue"),
        (V1, ranged(integer={}), "Provide a hyperparameter"),
        (V1, ranged(categorical={"name": "recency_mask", "values": ["maybe"]}), r"outside the allowed values \[true, false\]"),
        (V1, ranged(categorical={"name": "recency_mask"}), "at least one of its values"),
        (V1, {"hpoConfig": {"algorithmHyperParameterRanges": {"integerHyperParameterRanges": [WIDTH, WIDTH]}}}, "two ranges"),
        # parts of the configuration that other recipes take
        (V1, {"autoMLConfig": {}}, "performAutoML only"),
        (V1, {"eventsConfig": {"eventParametersList": [{"eventType": "a"}]}}, "aws-user-personalization-v2 and aws-personalized-ranking-v2 only"),
        (V2, {"optimizationObjective": {"itemAttribute": "PRICE"}}, "aws-user-personalization and aws-personalized-ranking only"),
        ("aws-next-best-action", excluded(ITEMS=["PRICE"]), "takes no trainingDataConfig"),
        # objective
        (V1, {"optimizationObjective": {}}, "must name a numerical column"),
        *[
            (V1, {"optimizationObjective": {"itemAttribute": name}}, f"^Item attribute {name} must be a non-nullable numerical column of the Items dataset.$")
            for name in ("NOPE", "GENRE", "RATING")
        ],
        # columns
        (V2, excluded(INTERACTIONS=["EVENT_TYPE"]), "^EVENT_TYPE can not be excluded from training.$"),
        (V2, excluded(INTERACTIONS=["TIMESTAMP"]), "TIMESTAMP can not be excluded"),
        (V2, excluded(ITEMS=["ITEM_ID"]), "ITEM_ID can not be excluded"),
        (V2, excluded(ITEMS=["NOPE"]), "excludedDatasetColumns names the column NOPE, which the Items schema does not have; it has ITEM_ID, TITLE, ABOUT, GENRE"),
        (V2, {"trainingDataConfig": {"includedDatasetColumns": {"USERS": ["NOPE"]}}}, "includedDatasetColumns names the column NOPE"),
        (V2, excluded(FRIENDS=["X"]), "names FRIENDS, but the dataset group has the datasets ACTIONS, INTERACTIONS, ITEMS, USERS only"),
        (V2, excluded(ITEMS=["GENRE"], items=["PRICE"]), "names the ITEMS dataset twice"),
        (V2, {"trainingDataConfig": {"includedDatasetColumns": {"ITEMS": ["GENRE"]}, "excludedDatasetColumns": {"ITEMS": ["PRICE"]}}}, "names the ITEMS dataset twice"),
        # events
        *[(V2, {"eventValueThreshold": text}, "must be a number") for text in ("much", "nan", "inf", "1_0", "")],
    ],
)  # fmt: skip
def test_a_configuration_that_is_wrong_is_refused_with_a_sentence(call, make, recipe, config, words):
    with pytest.raises(InvalidInputException, match=words):
        make(recipe, config)
    assert call("ListSolutions") == {"solutions": []}


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        (dict.fromkeys(("eventsConfig", "hpoConfig", "autoTrainingConfig", "algorithmHyperParameters")), {}),
        ({"trainingDataConfig": {"excludedDatasetColumns": None}}, {"trainingDataConfig": {}}),
        (
            {"eventsConfig": {"eventParametersList": [{"eventType": "a", "weight": None}]}},
            {"eventsConfig": {"eventParametersList": [{"eventType": "a"}]}},
        ),
    ],
)
def test_null_is_what_is_not_there(make, config, kept):
    assert make(V2, config)["solutionConfig"] == kept


@pytest.mark.parametrize("recipe", [V2, "aws-item-affinity", "aws-next-best-action", "aws-popularity-count", "aws-trending-now", "aws-semantic-similarity"])  # fmt: skip
def test_recipes_without_anything_to_tune(make, recipe):
    with pytest.raises(InvalidInputException, match=f"{recipe} has no hyperparameters to tune; leave performHPO out"):
        make(recipe, performHPO=True)


def test_hyperparameters_may_be_searched_for_without_a_configuration(make):
    assert make(SIMS, performHPO=True)["performHPO"] is True


def test_incremental_updates_are_of_one_recipe(make):
    with pytest.raises(InvalidInputException, match="for the recipe aws-semantic-similarity only"):
        make(V1, performIncrementalUpdate=True)
    assert make("aws-semantic-similarity", performIncrementalUpdate=True)["performIncrementalUpdate"] is True


def test_automl_is_always_tuned_and_needs_no_recipe(make):
    config = {"autoMLConfig": {"metricName": "precision_at_25", "recipeList": [RECIPE + "aws-hrnn"]}}
    solution = make(None, config, performAutoML=True)
    assert (solution["performAutoML"], solution["performHPO"]) == (True, True)
    assert solution["solutionConfig"] == config
    assert not {"recipeArn", "autoMLResult"} & set(solution)


@pytest.mark.parametrize(
    ("recipe", "more", "error", "words"),
    [
        (V1, {"performAutoML": True}, InvalidInputException, "^Provide either recipeArn or performAutoML, but not both.$"),
        (None, {}, InvalidInputException, "^Provide either recipeArn or performAutoML, but not both.$"),
        (None, {"performAutoML": False}, InvalidInputException, "^Provide either"),
        (None, {"performAutoML": True, "config": {"autoMLConfig": {"recipeList": [RECIPE + "x"]}}}, ResourceNotFoundException, "recipe does not exist"),
        (None, {"performAutoML": True, "performIncrementalUpdate": True}, InvalidInputException, "aws-semantic-similarity only"),
        ("aws-vod-top-picks", {}, InvalidInputException, "create a recommender with it"),
        ("aws-nope", {}, ResourceNotFoundException, "The given recipe does not exist"),
    ],
)  # fmt: skip
def test_a_solution_has_one_custom_recipe_or_automl(make, recipe, more, error, words):
    with pytest.raises(error, match=words):
        make(recipe, **more)


@pytest.mark.parametrize(
    ("recipe", "missing"),
    [("aws-semantic-similarity", "Items"), ("aws-next-best-action", "Actions"), ("aws-item-attribute-affinity", "Items")],
)  # fmt: skip
def test_some_recipes_need_more_datasets(call, group, recipe, missing):
    with pytest.raises(InvalidInputException, match=f"no {missing} dataset, which training needs"):
        call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE + recipe)


def test_an_objective_needs_items(call, group):
    with pytest.raises(InvalidInputException, match="needs an Items dataset"):
        call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE + V1, solutionConfig={"optimizationObjective": {"itemAttribute": "PRICE"}})  # fmt: skip


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"eventType": "click"}, "needs a column EVENT_TYPE"),
        ({"solutionConfig": {"eventValueThreshold": "1"}}, "needs a column EVENT_VALUE"),
        ({"solutionConfig": {"eventsConfig": {"eventParametersList": [{"eventType": "click"}]}}}, "needs a column EVENT_TYPE"),
    ],
)  # fmt: skip
def test_a_choice_of_events_needs_its_columns(call, run_jobs, more, words):
    plain = samples.schema("Interactions", samples.text("USER_ID"), samples.text("ITEM_ID"), {"name": "TIMESTAMP", "type": "long"})  # fmt: skip
    group = call("CreateDatasetGroup", name="plain")["datasetGroupArn"]
    run_jobs()
    schema = call("CreateSchema", name="plain", schema=plain)["schemaArn"]
    call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    with pytest.raises(InvalidInputException, match=words):
        call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE + V2, **more)


def test_actions_are_for_custom_groups(call, run_jobs, house):
    group = call("CreateDatasetGroup", name="shop", domain="ECOMMERCE")["datasetGroupArn"]
    run_jobs()
    with pytest.raises(InvalidInputException, match="aws-next-best-action is for custom dataset groups only"):
        call("CreateSolution", name="s", datasetGroupArn=group, recipeArn=RECIPE + "aws-next-best-action")
