"""How a training goes, or went: what it reads, how each epoch did, when it will end, and what it costs. Amazon shows
none of it."""

from typing import Any

from ..house import House
from ..jobs import ledger
from ..resources import trainings
from ..store import clock
from .subjects import subject


def trained(house: House, version_arn: str, recommender_arn: str) -> dict[str, Any]:
    """Of a solution version or a recommender, the other being empty, while it is trained and afterwards: its status,
    how far its job is, and what is known of its newest training; nothing of that before it has begun.

    Raises InvalidInputException or ResourceNotFoundException.
    """
    kind, arn = subject(version_arn, recommender_arn)
    with house.reading() as connection:
        status = house.find(connection, kind, arn)["status"]
        training = trainings.of(connection, arn)
        job = None if training is None else ledger.find(connection, training.job)
        job = job or ledger.newest(connection, arn)
    told: dict[str, Any] = {"arn": arn, "status": status}
    if job is not None:
        told |= {"state": job.state, "fraction": job.fraction, "sentence": job.sentence, "heard": job.heard}
    if training is not None:
        told |= training.told()
        if training.ends is not None and job is not None and job.state == "running":
            told |= {"ends": training.ends, "secondsLeft": round(max(0.0, training.ends - clock.now()), 1)}
    return told
