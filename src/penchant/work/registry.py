"""Work by its task name, 'kind.verb'."""

from collections.abc import Callable
from typing import Any

from ..contract.arns import place_of
from ..house import House
from ..jobs.job import Job
from ..resources.kinds import HEAVY, KINDS

Function = Callable[[Job, House], dict[str, Any] | None]
"""(job, house) -> changes to the resource, written together with its being done. The house is bound to the subject's
place. Raises Failed with the sentence the customer reads."""

TASKS: dict[str, Function] = {}


def task(name: str) -> Callable[[Function], Function]:
    kind, verb = name.split(".")
    if verb not in KINDS[kind].life:
        raise ValueError(f"A {kind} has no verb {verb}.")

    def register(function: Function) -> Function:
        if name in TASKS:
            raise ValueError(f"There are two functions for {name}.")
        TASKS[name] = function
        return function

    return register


def perform(job: Job, house: House) -> dict[str, Any] | None:
    return TASKS[job.task](job, house.at(place_of(job.subject)))


def is_heavy(task_name: str) -> bool:
    kind, verb = task_name.split(".")
    return KINDS[kind].life[verb].queue == HEAVY
