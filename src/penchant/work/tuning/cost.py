"""What parts of a training that were not had would cost, from those that were."""

from dataclasses import dataclass

from ...resources.trials import Trial

FIXED = 0.25
"""Of the cost of a whole training, what each part of it costs as well (reading the data, counting, measuring), as long
as one part alone is known. Measured .07 to .27 (docs/LOG.md), so that what is told of a whole training is low, or
hardly high."""


@dataclass(frozen=True)
class Cost:
    """Processor seconds as a line over the share."""

    share: float
    """The longest that is known."""
    seconds: float
    slope: float

    @staticmethod
    def of(trial: Trial) -> "Cost":
        """Of a trial with a point at least."""
        *before, last = trial.curve
        if before:
            rise = (last.core_seconds - before[-1].core_seconds) / (last.share - before[-1].share)
            return Cost(last.share, last.core_seconds, max(rise, 0.0))
        whole = last.core_seconds / (FIXED + (1 - FIXED) * last.share)
        return Cost(last.share, last.core_seconds, (1 - FIXED) * whole)

    def at(self, share: float) -> float:
        return self.seconds + self.slope * (share - self.share)

    @property
    def whole(self) -> float:
        return self.at(1.0)
