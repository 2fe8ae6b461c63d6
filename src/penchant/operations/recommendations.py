"""GetRecommendations, GetPersonalizedRanking and GetActionRecommendations: what campaigns and recommenders answer."""

import time
from typing import Any

import numpy as np

from ..asking.actions import AskedActions, ask_for_actions
from ..asking.answers import listed, ranked
from ..asking.deployed import Deployed, campaign, recommender
from ..asking.filtering import RELATED
from ..asking.preparing import Prepared, prepare, when_ready
from ..contract.errors import InvalidInputException
from ..house import House
from ..serving.scored import Scored
from ..serving.shown import ShownList, packed
from .registry import Answer, Promise, operation
from .throttle import throttle

RESULTS, MOST_RESULTS = 25, 500
MOST_WITH_METADATA = 50
ACTION_RESULTS, MOST_ACTIONS = 5, 100
RANKING, ACTIONS = "PERSONALIZED_RANKING", "PERSONALIZED_ACTIONS"
WITHOUT_PROMOTIONS = "aws-vod-trending-now"


@operation("GetRecommendations", inline=True)
def get_recommendations(house: House, request: dict) -> Answer | Promise:
    deployed = asked_for(house, request)
    throttle(house, "GetRecommendations", deployed)
    number = request.get("numResults", RESULTS)
    require_number("numResults", number, bool(request.get("metadataColumns")))
    require_ids(deployed, request)
    preparing = prepare(house, deployed, request, number)

    def answer() -> Answer | Promise:
        prepared = preparing.prepared()
        return house.scorer.submit(preparing.model, prepared.asked, lambda scored: list_of(prepared, scored))

    return when_ready(preparing, answer)


@operation("GetPersonalizedRanking", inline=True)
def get_personalized_ranking(house: House, request: dict) -> Answer | Promise:
    item_ids = request["inputList"]
    if not item_ids:
        raise InvalidInputException(f"inputList has 0 items; it must have 1 to {MOST_RESULTS}.")
    require_number("inputList", len(item_ids), bool(request.get("metadataColumns")))
    deployed = campaign(house, request["campaignArn"])
    throttle(house, "GetPersonalizedRanking", deployed)
    require_type(deployed, "GetPersonalizedRanking", RANKING)
    preparing = prepare(house, deployed, request, len(item_ids))

    def answer() -> Answer | Promise:
        prepared = preparing.prepared()
        distinct = list(dict.fromkeys(item_ids))
        return house.scorer.submit(
            preparing.model, prepared.asked, lambda scored: ranking_of(prepared, distinct, scored)
        )

    return when_ready(preparing, answer)


@operation("GetActionRecommendations", inline=True)
def get_action_recommendations(house: House, request: dict) -> Answer | Promise:
    if "campaignArn" not in request:
        raise InvalidInputException("campaignArn is required.")
    number = request.get("numResults", ACTION_RESULTS)
    if number > MOST_ACTIONS:
        raise InvalidInputException(f"numResults cannot be greater than {MOST_ACTIONS}.")
    if "userId" not in request:
        raise InvalidInputException(f"userId is required for recipe type {ACTIONS}.")
    deployed = campaign(house, request["campaignArn"])
    throttle(house, "GetActionRecommendations", deployed)
    require_type(deployed, "GetActionRecommendations", ACTIONS)
    asked = ask_for_actions(house, deployed, request, number)
    return when_ready(asked, lambda: actions_of(asked))


def asked_for(house: House, request: dict) -> Deployed:
    """Raises InvalidInputException, also where the recipe is for another operation."""
    if ("campaignArn" in request) == ("recommenderArn" in request):
        raise InvalidInputException("Provide either campaignArn or recommenderArn, but not both.")
    if "recommenderArn" in request:
        return recommender(house, request["recommenderArn"])
    deployed = campaign(house, request["campaignArn"])
    if deployed.recipe.recipe_type in (RANKING, ACTIONS):
        other = {RANKING: "GetPersonalizedRanking", ACTIONS: "GetActionRecommendations"}[deployed.recipe.recipe_type]
        raise InvalidInputException(
            f"Campaign {deployed.arn} uses a {deployed.recipe.recipe_type} recipe; call {other}."
        )
    return deployed


def require_type(deployed: Deployed, operation: str, recipe_type: str) -> None:
    if deployed.recipe.recipe_type != recipe_type:
        raise InvalidInputException(
            f"The campaign's recipe type {deployed.recipe.recipe_type} does not support {operation}; "
            "call GetRecommendations."
        )


def require_number(name: str, number: int, metadata: bool) -> None:
    what = f"{name} is {number}" if name == "numResults" else f"{name} has {number} items"
    if number > MOST_RESULTS:
        raise InvalidInputException(f"{what}; at most {MOST_RESULTS} can be asked for.")
    if metadata and number > MOST_WITH_METADATA:
        raise InvalidInputException(f"{what}; at most {MOST_WITH_METADATA} can be asked for with metadata.")


def require_ids(deployed: Deployed, request: dict) -> None:
    recipe = deployed.recipe
    if recipe.recipe_type == RELATED:
        if "itemId" not in request:
            raise InvalidInputException(f"itemId is required for recipe type {RELATED}.")
        if "userId" not in request and recipe.leaves_out:
            raise InvalidInputException(
                f"userId is required for the use case {recipe.name}, which leaves out what the user has already."
            )
    # A list that is the same for all needs nobody, whatever Amazon's family of the recipe says; a use case asks anyway.
    elif "userId" not in request and (recipe.scores_shown or recipe.domain) and recipe.name != WITHOUT_PROMOTIONS:
        raise InvalidInputException(f"userId is required for recipe type {recipe.recipe_type}.")
    if request.get("promotions") and recipe.name == WITHOUT_PROMOTIONS:
        raise InvalidInputException(f"The use case {recipe.name} takes no promotions.")


def list_of(prepared: Prepared, scored: Scored) -> dict[str, Any]:
    items, propensities = listed(prepared, scored)
    return {"itemList": items, "recommendationId": note(prepared, items, propensities)}


def ranking_of(prepared: Prepared, item_ids: list[str], scored: Scored) -> dict[str, Any]:
    items = ranked(prepared, item_ids, scored)
    return {"personalizedRanking": items, "recommendationId": note(prepared, items, None)}


def actions_of(asked: AskedActions) -> dict[str, Any]:
    actions = asked.answer()
    shown = ShownList(time.time(), asked.deployed.arn, asked.user_id, [action["actionId"] for action in actions])
    return {"actionList": actions, "recommendationId": asked.house.shown.note(shown)}


def note(prepared: Prepared, items: list[dict[str, Any]], propensities: np.ndarray | None) -> str:
    """The recommendationId, by which PutEvents finds again what was shown."""
    preparing, ids = prepared.preparing, [item["itemId"] for item in items]
    return preparing.house.shown.note(
        ShownList(time.time(), preparing.deployed.arn, preparing.user_id or "", ids, packed(propensities))
    )
