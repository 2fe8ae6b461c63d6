"""When a solution or a recommender is next trained by itself, and what would keep it from being. Amazon tells none of
it."""

from typing import Any

from ..arrivals import learnt_from, newest_arrival
from ..contract.arns import last_part
from ..contract.errors import InvalidInputException
from ..house import House
from ..recipes.catalog import RECIPES
from ..resources import schedules
from ..resources.automatic import learnt_until, obstacle_of_recommender, obstacle_of_solution, trainings
from ..resources.kinds import KINDS

UNSCHEDULED = "The solution does not have performAutoTraining."
UNWRITTEN = "Its schedule has still to be written by a worker."
NOTHING_NEW = "Nothing came in since the last training: {}. It begins as soon as something does."


def scheduled(house: House, solution_arn: str, recommender_arn: str) -> dict[str, Any]:
    """Of a solution or a recommender, the other being empty: whether it is trained by itself, the period, the earliest
    moment of the next training, and why that would not begin if it were due now. Times are seconds since the epoch.

    Raises InvalidInputException or ResourceNotFoundException.
    """
    if bool(solution_arn) == bool(recommender_arn):
        raise InvalidInputException("Give either solutionArn or recommenderArn.")
    kind, arn = KINDS["solution" if solution_arn else "recommender"], solution_arn or recommender_arn
    with house.reading() as connection:
        document = house.find(connection, kind, arn)
        line = schedules.find(connection, arn)
        past = trainings(connection, arn) if solution_arn else []
    told: dict[str, Any] = {"arn": arn, "automatic": bool(recommender_arn or document["performAutoTraining"])}
    if past:
        newest = past[0]
        told["lastTraining"] = {
            "solutionVersionArn": newest["solutionVersionArn"],
            "status": newest["status"],
            "began": newest["creationDateTime"],
        }
    if not told["automatic"]:
        return told | {"reason": UNSCHEDULED}
    if line is None:
        return told | {"reason": UNWRITTEN}
    told |= {"periodSeconds": line.period, "nextTraining": line.due}
    against = obstacle_of_solution(document, past) if solution_arn else obstacle_of_recommender(document)
    if against is None and solution_arn:
        recipe = RECIPES.get(last_part(document["recipeArn"])) if "recipeArn" in document else None
        types = learnt_from(recipe)
        arrived = newest_arrival(house, document["datasetGroupArn"], types)
        told |= {"newestData": arrived} if arrived else {}
        if arrived <= learnt_until(past):
            against = NOTHING_NEW.format(", ".join(sorted(types)))
    return told if against is None else told | {"reason": against}
