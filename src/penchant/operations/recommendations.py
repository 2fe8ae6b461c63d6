"""GetRecommendations and GetPersonalizedRanking: what a campaign answers."""

import uuid

from ..contract.errors import InvalidInputException, NotBuiltException, ResourceNotFoundException
from ..house import House
from ..recipes.catalog import RECIPES
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import Answering, Ranked
from .registry import Answer, operation

RESULTS, MOST_RESULTS = 25, 500
NOT_BUILT = ("filterArn", "promotions", "metadataColumns", "context")
RANKING = "PERSONALIZED_RANKING"


@operation("GetRecommendations", inline=True)
def get_recommendations(house: House, request: dict) -> Answer:
    require_built(request)
    if "recommenderArn" in request and "campaignArn" not in request:
        raise NotBuiltException("Recommenders are not built yet in this release of Penchant; ask a campaign.")
    if "campaignArn" not in request or "recommenderArn" in request:
        raise InvalidInputException("Provide either campaignArn or recommenderArn, but not both.")
    number = request.get("numResults", RESULTS)
    if number > MOST_RESULTS:
        raise InvalidInputException(f"numResults is {number}; at most {MOST_RESULTS} can be asked for.")
    campaign = deployed(house, request["campaignArn"])
    recipe = RECIPES[campaign["recipe"]]
    if recipe.recipe_type == RANKING:
        raise InvalidInputException(
            f"Campaign {request['campaignArn']} uses a {RANKING} recipe; call GetPersonalizedRanking."
        )
    if recipe.scores_shown and "userId" not in request:  # a list that is the same for all needs nobody
        raise InvalidInputException(f"userId is required for recipe type {recipe.recipe_type}.")
    ranked = answering(house, campaign).recommend(request.get("userId", ""), number)
    return {"itemList": told(ranked), "recommendationId": recommendation_id()}


@operation("GetPersonalizedRanking", inline=True)
def get_personalized_ranking(house: House, request: dict) -> Answer:
    require_built(request)
    item_ids = request["inputList"]
    if not 1 <= len(item_ids) <= MOST_RESULTS:
        raise InvalidInputException(f"inputList has {len(item_ids)} items; it must have 1 to {MOST_RESULTS}.")
    campaign = deployed(house, request["campaignArn"])
    recipe = RECIPES[campaign["recipe"]]
    if recipe.recipe_type != RANKING:
        raise InvalidInputException(
            f"Campaign {request['campaignArn']} uses a {recipe.recipe_type} recipe; call GetRecommendations."
        )
    ranked = answering(house, campaign).rank(request["userId"], item_ids)
    return {"personalizedRanking": told(ranked), "recommendationId": recommendation_id()}


def require_built(request: dict) -> None:
    for name in NOT_BUILT:
        if request.get(name):
            raise NotBuiltException(f"{name} is not built yet in this release of Penchant.")


def deployed(house: House, arn: str) -> Document:
    """What an ACTIVE campaign points at. Recorded: Amazon answers InvalidInputException here, not ResourceNotFound."""
    try:
        return house.pointers((house.place, arn), lambda: look_up(house, arn))
    except ResourceNotFoundException:
        raise InvalidInputException(f"{arn} does not exist or is not active yet.") from None


def look_up(house: House, arn: str) -> Document:
    kind = KINDS["campaign"]
    with house.reading() as connection:
        campaign = house.find(connection, kind, arn)
    if campaign["status"] != "ACTIVE":
        raise ResourceNotFoundException(kind.absent(arn))
    folder = house.artifact_folder(campaign["solutionVersionArn"])
    return {"folder": folder, "recipe": campaign["recipeArn"].rpartition("/")[2]}


def answering(house: House, campaign: Document) -> Answering:
    return house.live.model(campaign["folder"])


def told(ranked: Ranked) -> list[Document]:
    return [{"itemId": item_id} if score is None else {"itemId": item_id, "score": score} for item_id, score in ranked]


def recommendation_id() -> str:
    """40 characters, which is what PutEvents takes."""
    return f"RID-{uuid.uuid4()}"
