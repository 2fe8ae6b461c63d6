"""GetRecommendations and GetPersonalizedRanking: what a campaign answers."""

import uuid

from ..contract.arns import last_part
from ..contract.errors import InvalidInputException, NotBuiltException, ResourceNotFoundException
from ..house import House
from ..recipes.catalog import RECIPES
from ..resources.book import Document
from ..resources.kinds import KINDS, Kind
from ..serving.answering import Answering, Ranked
from ..serving.recent import CALLS, recent_items
from .registry import Answer, operation

RESULTS, MOST_RESULTS = 25, 500
NOT_BUILT = ("filterArn", "promotions", "metadataColumns", "context")
RANKING = "PERSONALIZED_RANKING"
CAMPAIGN, RECOMMENDER = KINDS["campaign"], KINDS["recommender"]


@operation("GetRecommendations", inline=True)
def get_recommendations(house: House, request: dict) -> Answer:
    require_built(request)
    if ("campaignArn" in request) == ("recommenderArn" in request):
        raise InvalidInputException("Provide either campaignArn or recommenderArn, but not both.")
    number = request.get("numResults", RESULTS)
    if number > MOST_RESULTS:
        raise InvalidInputException(f"numResults is {number}; at most {MOST_RESULTS} can be asked for.")
    if "campaignArn" in request:
        deployed = pointed(house, CAMPAIGN, request["campaignArn"])
    else:
        deployed = pointed(house, RECOMMENDER, request["recommenderArn"])
    recipe = RECIPES[deployed["recipe"]]
    if recipe.recipe_type == RANKING:
        raise InvalidInputException(
            f"Campaign {request['campaignArn']} uses a {RANKING} recipe; call GetPersonalizedRanking."
        )
    # A list that is the same for all needs nobody, whatever Amazon's family of the recipe says; a use case asks anyway.
    if "userId" not in request and (recipe.scores_shown or recipe.domain):
        raise InvalidInputException(f"userId is required for recipe type {recipe.recipe_type}.")
    model = answering(house, deployed)
    user_id = request.get("userId", "")
    ranked = model.recommend(user_id, number, recent(house, deployed, model, user_id))
    return {"itemList": told(ranked), "recommendationId": recommendation_id()}


@operation("GetPersonalizedRanking", inline=True)
def get_personalized_ranking(house: House, request: dict) -> Answer:
    require_built(request)
    item_ids = request["inputList"]
    if not 1 <= len(item_ids) <= MOST_RESULTS:
        raise InvalidInputException(f"inputList has {len(item_ids)} items; it must have 1 to {MOST_RESULTS}.")
    deployed = pointed(house, CAMPAIGN, request["campaignArn"])
    recipe = RECIPES[deployed["recipe"]]
    if recipe.recipe_type != RANKING:
        raise InvalidInputException(
            f"Campaign {request['campaignArn']} uses a {recipe.recipe_type} recipe; call GetRecommendations."
        )
    model = answering(house, deployed)
    ranked = model.rank(request["userId"], item_ids, recent(house, deployed, model, request["userId"]))
    return {"personalizedRanking": told(ranked), "recommendationId": recommendation_id()}


def require_built(request: dict) -> None:
    for name in NOT_BUILT:
        if request.get(name):
            raise NotBuiltException(f"{name} is not built yet in this release of Penchant.")


def pointed(house: House, kind: Kind, arn: str) -> Document:
    """What an ACTIVE campaign or recommender points at. Recorded: Amazon answers InvalidInputException for another."""
    try:
        return house.pointers((house.place, arn), lambda: look_up(house, kind, arn))
    except ResourceNotFoundException:
        raise InvalidInputException(f"{arn} does not exist or is not active yet.") from None


def look_up(house: House, kind: Kind, arn: str) -> Document:
    with house.reading() as connection:
        document = house.find(connection, kind, arn)
    if document["status"] != "ACTIVE":
        raise ResourceNotFoundException(kind.absent(arn))
    if kind is CAMPAIGN:
        folder = house.artifact_folder(document["solutionVersionArn"])
    else:
        folder = house.recommender_folder(arn) / document["model"]
    events = house.interactions_of(document["datasetGroupArn"])
    return {"folder": folder, "recipe": last_part(document["recipeArn"]), "events": events}


def answering(house: House, deployed: Document) -> Answering:
    return house.live.model(deployed["folder"])


def recent(house: House, deployed: Document, model: Answering, user_id: str) -> list[str]:
    """Items of the events that a user, or an anonymous visitor's session, has sent since the model learnt."""
    if not model.recipe.real_time or deployed["events"] is None:
        return []
    entries = house.journal.of_subject(deployed["events"], user_id, model.position, CALLS)
    return recent_items(entries, model.selection)


def told(ranked: Ranked) -> list[Document]:
    return [{"itemId": item_id} if score is None else {"itemId": item_id, "score": score} for item_id, score in ranked]


def recommendation_id() -> str:
    """40 characters, which is what PutEvents takes."""
    return f"RID-{uuid.uuid4()}"
