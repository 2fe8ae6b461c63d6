"""The trials of one search as they are written down, so that one that was killed goes on where it was."""

from collections.abc import Iterable
from dataclasses import dataclass

from ...resources import trials
from ...resources.trials import Trial
from ...store.database import Database


@dataclass(frozen=True)
class Notebook:
    database: Database
    arn: str
    """Of the solution version."""

    def read(self) -> list[Trial]:
        with self.database.read() as connection:
            return trials.of(connection, self.arn)

    def write(self, changed: Iterable[Trial]) -> None:
        with self.database.write() as connection:
            for trial in changed:
                trials.write(connection, self.arn, trial)

    def choose(self, trial: Trial) -> None:
        with self.database.write() as connection:
            trials.choose(connection, self.arn, trial.number)
