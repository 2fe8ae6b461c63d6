"""The trials by which hyperparameters or a recipe were chosen for a solution version. Amazon shows none of them."""

from typing import Any

from ..contract.arns import last_part
from ..contract.errors import InvalidInputException
from ..house import House
from ..resources import trials
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..resources.trials import MOST_JOBS

VERSION = KINDS["solutionVersion"]


def searched(house: House, arn: str) -> dict[str, Any]:
    """Of a solution version, also while it is being trained: what the search aims at, and each trial with its
    hyperparameters, its state, how well it did after which share of a training, and seconds. A version for which
    nothing was searched has no trials.

    Raises ResourceNotFoundException, or InvalidInputException without an ARN.
    """
    if not arn:
        raise InvalidInputException("Give a solutionVersionArn.")
    with house.reading() as connection:
        version = house.find(connection, VERSION, arn)
        found = trials.of(connection, arn)
    told: dict[str, Any] = {"solutionVersionArn": arn, **aim(version), "trials": [trial.told() for trial in found]}
    if version.get("performHPO") and not version.get("performAutoML"):
        limits = version.get("solutionConfig", {}).get("hpoConfig", {}).get("hpoResourceConfig", {})
        told["maxNumberOfTrainingJobs"] = int(limits.get("maxNumberOfTrainingJobs", MOST_JOBS))
    if "recipeArn" in version:
        told["recipe"] = last_part(version["recipeArn"])
    return told


def aim(version: Document) -> dict[str, Any]:
    config = version.get("solutionConfig", {})
    if version.get("performAutoML"):
        objective = config.get("autoMLConfig", {})
    elif version.get("performHPO"):
        objective = config.get("hpoConfig", {}).get("hpoObjective", {})
    else:
        return {}
    return {"metric": objective.get("metricName", trials.METRIC), "type": objective.get("type", "Maximize")}
