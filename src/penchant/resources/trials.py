"""The trials of a search for hyperparameters or for a recipe: what was tried for a solution version, and how it did.

running -> complete      trained whole
           pruned        given up after a part of a training
           failed        could not be trained
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from ..measure.ranking import CUTOFFS, DEPTH
from ..store.tables import trials

RUNNING, COMPLETE, PRUNED, FAILED = "running", "complete", "pruned", "failed"
MOST_JOBS, JOBS_AT_ONCE = 8, 2
"""Trials of a search, and those that run at a time, where its hpoConfig does not say. Amazon's are not published."""
METRICS = (
    f"mean_reciprocal_rank_at_{DEPTH}",
    *(f"normalized_discounted_cumulative_gain_at_{cutoff}" for cutoff in CUTOFFS),
    *(f"precision_at_{cutoff}" for cutoff in CUTOFFS),
)
"""What a search may aim at: those that are means over users."""
METRIC = f"normalized_discounted_cumulative_gain_at_{DEPTH}"
"""What it aims at unless it is told otherwise."""


@dataclass(frozen=True)
class Point:
    """What was measured after a share of a whole training."""

    share: float
    value: float
    coverage: float
    seconds: float
    """By the clock."""
    core_seconds: float
    """Of all processor cores together."""


@dataclass(frozen=True)
class Trial:
    number: int
    recipe: str
    parameters: Mapping[str, bool | int | float | str]
    """Those that were searched for."""
    state: str = RUNNING
    chosen: bool = False
    curve: tuple[Point, ...] = ()
    """Shares ascending."""
    each: np.ndarray | None = None
    """(Q,) float32 of the last of these points, of each validation user; kept while the search runs."""
    sentence: str = ""
    """Why it failed, or was given up."""
    lost: float = 0.0
    """Seconds of all processor cores that nothing was measured after: of a training that failed or was stopped."""
    started: float = field(default_factory=time.time)
    finished: float | None = None

    def at(self, share: float) -> Point | None:
        return next((point for point in self.curve if point.share == share), None)

    @property
    def value(self) -> float | None:
        return self.curve[-1].value if self.curve else None

    @property
    def core_seconds(self) -> float:
        return self.lost + sum(point.core_seconds for point in self.curve)

    def measured(self, point: Point, each: np.ndarray) -> "Trial":
        curve = tuple(sorted((*self.curve, point), key=lambda point: point.share))
        return replace(self, curve=curve, each=each if curve[-1] is point else self.each)

    def ended(self, state: str, sentence: str = "") -> "Trial":
        each = self.each if state == COMPLETE else None
        return replace(self, state=state, each=each, sentence=sentence, finished=time.time())

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        told: dict[str, Any] = {
            "number": self.number,
            "recipe": self.recipe,
            "state": self.state,
            "chosen": self.chosen,
            "hyperParameters": dict(self.parameters),
            "value": self.value,
            "seconds": round(sum(point.seconds for point in self.curve), 3),
            "coreSeconds": round(self.core_seconds, 3),
            "curve": [
                {"share": point.share, "value": point.value, "coverage": point.coverage, "seconds": point.seconds}
                for point in self.curve
            ],
            "started": self.started,
        }
        more = {"sentence": self.sentence or None, "finished": self.finished}
        return told | {name: value for name, value in more.items() if value is not None}


def write(connection: Connection, arn: str, trial: Trial) -> None:
    """Enter a trial of a solution version, or what has become of it. IntegrityError where the version is gone."""
    connection.execute(sa.delete(trials).where(trials.c.arn == arn, trials.c.number == trial.number))
    connection.execute(
        sa.insert(trials).values(
            arn=arn,
            number=trial.number,
            recipe=trial.recipe,
            state=trial.state,
            chosen=trial.chosen,
            parameters=msgspec.json.encode(dict(trial.parameters)).decode(),
            curve=msgspec.json.encode(trial.curve).decode(),
            each=None if trial.each is None else trial.each.astype("<f4").tobytes(),
            sentence=trial.sentence,
            lost=trial.lost,
            started=trial.started,
            finished=trial.finished,
        )
    )


def of(connection: Connection, arn: str) -> list[Trial]:
    """Those of a solution version, in the order of their beginning."""
    rows = connection.execute(sa.select(trials).where(trials.c.arn == arn).order_by(trials.c.number))
    return [
        Trial(
            number=row.number,
            recipe=row.recipe,
            parameters=msgspec.json.decode(row.parameters),
            state=row.state,
            chosen=row.chosen,
            curve=msgspec.json.decode(row.curve, type=tuple[Point, ...]),
            each=None if row.each is None else np.frombuffer(row.each, "<f4"),
            sentence=row.sentence,
            lost=row.lost,
            started=row.started,
            finished=row.finished,
        )
        for row in rows
    ]


def choose(connection: Connection, arn: str, number: int) -> None:
    """End a search: one of its trials is chosen, and what single users had in each is forgotten."""
    connection.execute(sa.update(trials).where(trials.c.arn == arn).values(chosen=trials.c.number == number, each=None))
