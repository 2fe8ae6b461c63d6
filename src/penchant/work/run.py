"""One attempt at a training: what is written down of it as it goes, and the checkpoints that another would need."""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError

from .. import __version__
from ..house import House
from ..jobs import ledger
from ..jobs.job import Job
from ..jobs.runner import insist
from ..lake.encode import Versions
from ..lake.schema import Field
from ..recipes.base import Model, Progress, Recipe
from ..recipes.parameters import spelled
from ..recipes.parts.course import MILESTONE, Course, Epoch, Kept, digest
from ..resources import trainings
from ..resources.trainings import Attempt, Checkpoint, Place, Training
from ..store import clock
from .checkpoints import Checkpoints
from .watch import Watch, peak_bytes

log = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
"""Between two writings of what is told of a training."""
PACED = 30
"""Of these, over which its pace is taken."""
MODEL = "model"
"""The part that is whole once a recipe is fitted."""


class Run(Course):
    """A Course for what is fitted in it. Every report of progress goes through it, to `report`."""

    listens = True

    def __init__(
        self,
        training: Training,
        number: int,
        folder: Path,
        checkpoint_seconds: float,
        report: Progress,
        write: Callable[[Training], None],
    ):
        """`training` is what is known of it from earlier attempts; this one has a `number`, and keeps its checkpoints
        in a folder of its own, which earlier ones may have filled."""
        self.training, self.number = training, number
        self.folder, self.checkpoint_seconds = folder, checkpoint_seconds
        self.report, self.write = report, write
        self.watch = Watch()
        self.earlier = training.core_seconds
        """Processor seconds of the attempts before."""
        self.checkpoints = Checkpoints(folder, "", checkpoint_seconds)
        self.keeps = self.checkpoints.keeps
        self._attempt = Attempt(number, clock.now(), clock.now())
        self._paces: deque[tuple[float, float]] = deque(maxlen=PACED)
        self._written = -math.inf

    @staticmethod
    def of(job: Job, house: House) -> "Run":
        """The attempt at a job; it goes on from where earlier attempts at the same job came to."""
        with house.reading() as connection:
            before = trainings.of(connection, job.subject)
        if before is None or before.job != job.id:
            before = Training(job.id, clock.now())

        def write(training: Training) -> None:
            with house.database.write() as connection:
                ledger.current(connection, job.id, job.attempt)
                trainings.write(connection, job.subject, training)

        folder = house.training_folder(job.subject) / job.id
        return Run(before, job.attempt, folder, house.checkpoint_seconds, job.report, write)

    @property
    def began(self) -> float:
        return self.training.began

    @property
    def versions(self) -> Versions | None:
        """Of the tables, as an earlier attempt read them; None for the first to say."""
        versions = self.training.versions
        return None if versions is None else Versions(**versions)  # type: ignore[arg-type]

    def columns(self, learnt: Mapping[str, list[Field]]) -> dict[str, list[Field]]:
        """Those of what may be learnt from that an earlier attempt read: the others may not be in its tables."""
        if self.training.versions is None:
            return dict(learnt)
        read = self.training.columns
        return {
            kind: [field for field in fields if field.name in read[kind]]
            for kind, fields in learnt.items()
            if kind in read
        }

    def reads(self, versions: Versions, learnt: Mapping[str, list[Field]], *more: Any) -> None:
        """What it is trained on is fixed from here on, for the attempts after it as well. `more` is what else tells one
        training from another: events that are selected, a configuration."""
        columns = {kind: tuple(field.name for field in fields) for kind, fields in learnt.items()}
        identity = digest(__version__, asdict(versions), sorted(columns.items()), *more)
        self.checkpoints = Checkpoints(self.folder, identity, self.checkpoint_seconds)
        self.training = replace(self.training, versions=asdict(versions), columns=columns)
        self.mark("reading")
        insist(self._tell)

    def fits(self, recipe: Recipe) -> None:
        """The recipe is known."""
        self.training = replace(
            self.training, recipe=recipe.name, parameters=spelled(recipe), features=spelled(recipe.features)
        )
        self._told()

    def fitted(self, recipe: Recipe, fit: Callable[[], Model]) -> Model:
        """The model of `fit`, or the same as an earlier attempt has made it."""
        if (kept := self.kept(MODEL, repr(recipe))) is not None:
            model: Model = recipe.model.from_state(kept.arrays)
            return model
        model = fit()
        if self.due(MILESTONE):
            self.keep(MODEL, repr(recipe), Kept(model.state()))
        return model

    def mark(self, part: str) -> None:
        """What was done since the last mark was this part."""
        self.watch.mark(part)
        self._told()

    def progress(self, fraction: float, sentence: str) -> None:
        """As Job's; the sentence gets what is known of loss and time. Raises what the job's does."""
        fraction = float(fraction)  # not one of NumPy's, which JSON does not know
        if not self._paces or time.monotonic() - self._paces[-1][0] >= WRITE_SECONDS:
            self._paces.append((time.monotonic(), fraction))
        self.report(fraction, f"{sentence}{self.words(fraction)}")
        if time.monotonic() - self._written >= WRITE_SECONDS:
            left = self.left(fraction)
            self.training = replace(self.training, ends=None if left is None else round(clock.now() + left, 1))
            self._told()

    def left(self, fraction: float) -> float | None:
        """Seconds to the end at the pace of the last half minute; None while it has none."""
        if len(self._paces) < 2:
            return None
        (began, first), (now, last) = self._paces[0], self._paces[-1]
        return (1 - fraction) * (now - began) / (last - first) if last > first else None

    def words(self, fraction: float) -> str:
        told = []
        if self.training.epochs:
            epoch = self.training.epochs[-1]
            judged = "" if epoch.held_out is None else f", NDCG@25 of held-out events {epoch.held_out:.3f}"
            loss = "no number" if epoch.loss is None else f"{epoch.loss:.3f}"
            told.append(f"loss {loss}{judged} after epoch {epoch.number}, {epoch.seconds:.1f} s each")
        if (left := self.left(fraction)) is not None:
            told.append(f"about {spoken(left)} left")
        return f" ({'; '.join(told)})" if told else ""

    def ended(self) -> None:
        """The training is at its end, however it came there: what is known of it is written for good."""
        self.training = replace(self.training, ends=None)
        self._told()

    @property
    def facts(self) -> dict[str, Any]:
        """What a manifest has of the training."""
        self._observe()
        return {
            "seconds": self.watch.seconds,
            "coreSeconds": round(self.training.core_seconds, 3),
            "peakMemoryBytes": self.training.peak_bytes,
            "attempts": len(self.training.attempts),
            "seed": self.training.seed,
            "hyperParameters": dict(self.training.parameters),
            "featureTransformationParameters": dict(self.training.features),
        }

    def kept(self, part: str, identity: str) -> Kept | None:
        kept = self.checkpoints.kept(part, identity)
        if kept is not None:
            self._attempt = replace(self._attempt, resumed=(*self._attempt.resumed, place_of(part, kept)))
            self._paces.clear()
            self._told()
        return kept

    def due(self, share: float = 1.0) -> bool:
        return self.checkpoints.due(share)

    def keep(self, part: str, identity: str, state: Kept) -> None:
        self.checkpoints.keep(part, identity, state)
        self.training = replace(self.training, kept=Checkpoint(clock.now(), place_of(part, state)))

    def forget(self) -> None:
        self.checkpoints.forget()

    def aside(self) -> Course:
        return self.checkpoints

    def seeded(self, seed: int) -> None:
        self.training = replace(self.training, seed=seed)

    def epoch(self, epoch: Epoch) -> None:
        self.training = self.training.trained(epoch)

    def _observe(self) -> None:
        self._attempt = replace(
            self._attempt,
            heard=clock.now(),
            seconds=dict(self.watch.seconds),
            core_seconds=self.watch.core_seconds,
            peak_bytes=peak_bytes(),
        )
        self.training = self.training.attempted(self._attempt)

    def _tell(self) -> None:
        self._observe()
        self.write(self.training)
        self._written = time.monotonic()

    def _told(self) -> None:
        """As `_tell`; where the database is away the next time will do. Raises Lost."""
        try:
            self._tell()
        except (OperationalError, InterfaceError) as error:
            self._written = time.monotonic()
            log.warning("what is known of a training could not be written: %s", error)


def place_of(part: str, state: Kept) -> Place:
    place = state.facts.get("place", {})
    return Place(part, place.get("epoch", 0), place.get("batch", 0))


def spoken(seconds: float) -> str:
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} min" if seconds < 100 * 60 else f"{seconds / 3600:.1f} h"
