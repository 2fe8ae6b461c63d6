"""Whether a solution or a recommender that is due by its schedule is trained by itself: the rules, and nothing that is
done."""

from collections.abc import Sequence

from sqlalchemy import Connection

from ..contract.arns import place_of
from . import book
from .at_work import at_work
from .book import Document
from .kinds import KINDS, unfinished

VERSION, RECOMMENDER = KINDS["solutionVersion"], KINDS["recommender"]
NEWEST_VERSIONS = 100
"""Those among which the last training that did not fail is looked for."""
UNLEARNT = ("CREATE FAILED", "CREATE STOPPING", "CREATE STOPPED")
"""A version that came to nothing: what it was to learn is still new. The schedule counts from its start all the same,
so that data which cannot be trained on is tried once in a period."""


def trainings(connection: Connection, solution_arn: str) -> list[Document]:
    """The full versions of a solution, the newest first."""
    place = place_of(solution_arn)
    rows = book.page(connection, VERSION, place, solution_arn, 0, NEWEST_VERSIONS, newest_first=True)
    return [version for _, version in rows if version["trainingMode"] == "FULL"]


def learnt_until(past: Sequence[Document]) -> float:
    """The moment past which none of the `trainings` of a solution knows of data; 0 before the first."""
    return next((each["creationDateTime"] for each in past if each["status"] not in UNLEARNT), 0.0)


def obstacle_of_solution(solution: Document, past: Sequence[Document]) -> str | None:
    """Why a solution is not trained now, whatever came in, in a sentence; None where nothing stands in the way. `past`
    are its `trainings`."""
    if solution["status"] != "ACTIVE":
        return f"The solution is in status {solution['status']}."
    for version in past:
        if version["status"] in unfinished(VERSION.life["create"]):
            return f"Its version {version['solutionVersionArn']} is in status {version['status']}."
    return None


def obstacle_of_recommender(recommender: Document) -> str | None:
    if recommender["status"] != "ACTIVE":
        return f"The recommender is in status {recommender['status']}, and is passed over until its next time."
    return "It is being updated." if at_work(RECOMMENDER, recommender) else None
