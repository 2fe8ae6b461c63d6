"""An update of a solution: what it was given takes the place of what was there, for the versions made from then on."""

from typing import Any

from ..house import House
from ..jobs.job import Job
from ..resources import book
from ..resources.kinds import KINDS
from .registry import task


@task("solution.update")
def update_solution(job: Job, house: House) -> dict[str, Any]:
    with house.reading() as connection:
        solution = book.find(connection, KINDS["solution"], job.subject)
    given = solution["latestSolutionUpdate"]
    changes = {name: given[name] for name in ("performAutoTraining", "performIncrementalUpdate") if name in given}
    if config := given.get("solutionUpdateConfig"):
        changes["solutionConfig"] = {**solution.get("solutionConfig", {}), **config}
    return changes
