"""What a piece of work is given: whom it works for, and one call that tells how far it is and asks whether to go on."""

from collections.abc import Callable
from dataclasses import dataclass


class Failed(Exception):
    """The work cannot be done. The text is what the customer reads as failureReason: what was wrong, where, what would
    be right. Any other exception is our own fault and is not shown to them."""


class Died(Failed):
    """The process that did the work ended without a word, as by kill -9: another attempt may fare better."""


class Stopped(Exception):
    """The caller asked for this job to end. Let it pass."""


class Lost(Exception):
    """This attempt was taken over by another one; whatever it still does must have no effect. Let it pass."""


class Gone(Exception):
    """The resource that a job works for is no longer there, so nobody can be told how it goes."""


@dataclass(frozen=True)
class Job:
    """One attempt at a job."""

    id: str
    task: str
    """A kind and a verb: 'datasetImportJob.create'."""
    subject: str
    """The ARN of the resource it works for."""
    attempt: int
    report: Callable[[float, str], None]

    def progress(self, fraction: float, sentence: str) -> None:
        """Report how far the work is (0 to 1) and what it does now; also the sign of life.

        Raises Stopped when a stop was asked for and Lost when another attempt has taken over.
        """
        self.report(fraction, sentence)
