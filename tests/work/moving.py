"""A clock that a test moves by months, and jobs whose trainings take no time; everything else is the real thing."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from penchant.jobs import ledger
from penchant.jobs.job import Failed, Job
from penchant.jobs.runner import Runner
from penchant.work.all import follower, perform

MINUTE, HOUR, DAY = 60, 3_600, 86_400
BEGIN = 1_767_639_600.0
"""2026-01-05 19:00 UTC, a Monday."""
TRAININGS = ("solutionVersion.create", "recommender.create", "recommender.update")


@dataclass
class MovedClock:
    moment: float = BEGIN

    def __call__(self) -> float:
        return self.moment


def trained(job: Job, fails: bool) -> dict:
    """What a training writes into the book."""
    if fails:
        raise Failed("The training was told to fail.")
    return {"metrics": {}} if job.task.startswith("solutionVersion") else {"model": job.id, "modelMetrics": {}}


@dataclass
class Trainer:
    """Runs the waiting jobs of a house, the trainings in no time."""

    house: object
    fails: bool = False
    ran: list[str] = field(default_factory=list)

    def run(self) -> None:
        runner = Runner(self.house.database, follower(self.house), self.perform)
        while waiting := ledger.waiting(self.house.database):
            for job_id in waiting:
                runner.run(job_id)

    def perform(self, job: Job) -> dict | None:
        if job.task not in TRAININGS:
            return perform(job, self.house)
        self.ran.append(job.subject)
        return trained(job, self.fails)


def automatic(call: Callable, solution: str) -> list[float]:
    """When the automatic versions of a solution were begun, in days since BEGIN."""
    return [days(each) for each in versions(call, solution) if each["trainingType"] == "AUTOMATIC"]


def versions(call: Callable, solution: str) -> list[dict]:
    found, token = [], {}
    while True:
        answer = call("ListSolutionVersions", solutionArn=solution, **token)
        found += answer["solutionVersions"]
        if "nextToken" not in answer:
            return found
        token = {"nextToken": answer["nextToken"]}


def days(told: dict) -> float:
    return (told["creationDateTime"] - BEGIN) / DAY


def near(expected):
    """Equal in days to a tenth of a second or so; AWS's times have milliseconds."""
    return pytest.approx(expected, abs=1e-6)
