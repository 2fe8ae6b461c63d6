"""What a deployed model learnt of new data since it was trained, and when it will again. Amazon tells none of it."""

from typing import Any

from ..contract.arns import last_part
from ..house import House
from ..recipes.base import LIVE
from ..recipes.catalog import RECIPES
from ..resources import updates
from ..resources.updating import due, obstacle, trained_since
from .subjects import subject


def updated(house: House, version_arn: str, recommender_arn: str) -> dict[str, Any]:
    """Of a solution version or a recommender, the other being empty: how its recipe is updated, the newest update and
    what it brought in beside what the training knew, and the earliest moment of the next one, or why there is none.
    Times are seconds since the epoch.

    Raises InvalidInputException or ResourceNotFoundException.
    """
    kind, arn = subject(version_arn, recommender_arn)
    with house.reading() as connection:
        document = house.find(connection, kind, arn)
        line = updates.find(connection, arn, document.get("model", ""))
        against = obstacle(connection, kind, document)
        busy = updates.at_work(connection, line)
    recipe = RECIPES[last_part(document["recipeArn"])] if "recipeArn" in document else None
    how = recipe.updated if recipe else ""
    told: dict[str, Any] = {"arn": arn, "updates": how or "never", "trainedSince": trained_since(document)}
    if line is not None and line.updated is not None:
        told |= {"lastUpdate": line.updated, "brought": line.told}
    if how == LIVE:
        told["note"] = "New actions, their newest records and everybody's newest events are known at every request."
        return told
    period = house.update_seconds.get(how, 0.0)
    if against is None and not period:
        against = "Updates of this kind are turned off by a setting of this installation."
    if against is not None:
        return told | {"active": False, "reason": against}
    return told | {"active": True, "running": busy, "nextUpdate": due(document, line, period)}
