"""The newest training of a solution version or a recommender: what it reads, how it goes, and what it costs.

It is written down as it goes, so that others see it, and so that one that was killed is gone on with on the same data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ..recipes.parts.course import Epoch
from ..store.tables import trainings


@dataclass(frozen=True)
class Place:
    """Where a loop was when its state was kept."""

    part: str
    epoch: int = 0
    """Epochs that were done."""
    batch: int = 0
    """Batches of the next that were."""

    def told(self) -> dict[str, Any]:
        return {"part": self.part, "epochs": self.epoch, "batches": self.batch}


@dataclass(frozen=True)
class Checkpoint:
    moment: float
    place: Place


@dataclass(frozen=True)
class Attempt:
    number: int
    """As the ledger of jobs counts them."""
    began: float
    """Seconds since the epoch, as all moments here."""
    heard: float
    """When it last told anything."""
    seconds: Mapping[str, float] = field(default_factory=dict)
    """Of the clock on the wall, by what was done."""
    core_seconds: float = 0.0
    """Of all processor cores together, without those of trials that ran in processes of their own."""
    peak_bytes: int = 0
    """The most memory that its process had."""
    resumed: tuple[Place, ...] = ()
    """Checkpoints that it went on from."""


@dataclass(frozen=True)
class Training:
    job: str
    began: float
    recipe: str = ""
    """Once it is known: AutoML chooses it."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Hyperparameters as the API spells them, the searched ones as they were chosen."""
    features: Mapping[str, str] = field(default_factory=dict)
    """Feature transformation parameters."""
    seed: int | None = None
    """None where nothing is drawn at random."""
    versions: Mapping[str, int | None] | None = None
    """Of the tables, by dataset; None until they are fixed."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """That were read, by dataset type."""
    epochs: tuple[Epoch, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    kept: Checkpoint | None = None
    """The newest."""
    ends: float | None = None
    """When it will be at its end, as far as its pace tells."""

    def attempted(self, attempt: Attempt) -> "Training":
        """With this attempt in the place of what was known of it."""
        others = tuple(each for each in self.attempts if each.number != attempt.number)
        return replace(self, attempts=(*others, attempt))

    def trained(self, epoch: Epoch) -> "Training":
        """With an epoch in the place of the same one before a crash, and of those that came after it."""
        others = tuple(each for each in self.epochs if each.part != epoch.part or each.number < epoch.number)
        return replace(self, epochs=(*others, epoch))

    @property
    def core_seconds(self) -> float:
        return sum(attempt.core_seconds for attempt in self.attempts)

    @property
    def peak_bytes(self) -> int:
        return max((attempt.peak_bytes for attempt in self.attempts), default=0)

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        told: dict[str, Any] = {
            "recipe": self.recipe or None,
            "hyperParameters": dict(self.parameters),
            "featureTransformationParameters": dict(self.features),
            "seed": self.seed,
            "tableVersions": self.versions,
            "columns": {kind: list(names) for kind, names in self.columns.items()},
            "epochs": [
                {
                    "part": epoch.part,
                    "epoch": epoch.number,
                    "of": epoch.of,
                    "loss": epoch.loss,
                    "heldOutNdcgAt25": epoch.held_out,
                    "seconds": epoch.seconds,
                }
                for epoch in self.epochs
            ],
            "checkpoint": None if self.kept is None else {"moment": self.kept.moment, **self.kept.place.told()},
            "began": self.began,
            "coreSeconds": round(self.core_seconds, 3),
            "peakMemoryBytes": self.peak_bytes,
            "attempts": [
                {
                    "attempt": attempt.number,
                    "began": attempt.began,
                    "heard": attempt.heard,
                    "seconds": dict(attempt.seconds),
                    "coreSeconds": round(attempt.core_seconds, 3),
                    "peakMemoryBytes": attempt.peak_bytes,
                    "resumedFrom": [place.told() for place in attempt.resumed],
                }
                for attempt in self.attempts
            ],
        }
        return {name: value for name, value in told.items() if value is not None}


def write(connection: Connection, arn: str, training: Training) -> None:
    """Put a training in the place of what was known. IntegrityError where what is trained is gone."""
    connection.execute(sa.delete(trainings).where(trainings.c.arn == arn))
    document = msgspec.json.encode(training).decode()
    connection.execute(sa.insert(trainings).values(arn=arn, job=training.job, document=document))


def of(connection: Connection, arn: str) -> Training | None:
    """The newest of a solution version or a recommender; None where none has begun."""
    document = connection.scalar(sa.select(trainings.c.document).where(trainings.c.arn == arn))
    return None if document is None else msgspec.json.decode(document, type=Training)
