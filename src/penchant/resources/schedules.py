"""When a solution or a recommender is next trained by itself: a line for each, written together with what changes it.

Every function works on an open connection. The lines are in the database, so they survive restarts, and whoever takes
one does it in the transaction that begins the training, so of many workers one does.
"""

import re
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection

from ..store import clock
from ..store.tables import resources, schedules
from .book import Document

MINUTE, HOUR, DAY = 60, 3_600, 86_400
UNITS = {"minute": MINUTE, "hour": HOUR, "day": DAY}
EXPRESSION = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
DEFAULT = "rate(7 days)"
"""Of a solution that does not say, as AWS's model documents."""
LONGEST = 30 * DAY
RETRAINING = 7 * DAY
"""Between two trainings of a recommender, counted from its creation (Developer Guide, "Updating a recommender")."""
PUNCTUAL = HOUR
"""AWS begins a training within the hour. One that begins within it has begun when it was due, so that the looks of the
workers do not move a schedule, a minute each day, around the clock."""


def seconds_of(expression: str, short: bool) -> int:
    """The period of a schedulingExpression; `short`: minutes and hours are taken too. Raises ValueError."""
    found = EXPRESSION.fullmatch(expression)
    seconds = int(found[1]) * UNITS[found[2]] if found else 0
    if found is None or not 0 < seconds <= LONGEST or not (short or found[2] == "day"):
        raise ValueError(expression)
    return seconds


@dataclass(frozen=True)
class Line:
    arn: str
    period: float
    """Seconds."""
    due: float
    """Seconds since the epoch; past where a training waits for new data, or for the one before it to end."""

    def after(self, moment: float) -> float:
        """When the next training is due, where this one begins at `moment`."""
        begun = self.due if moment - self.due < min(PUNCTUAL, self.period) else moment
        return begun + self.period

    def counted_on(self, moment: float) -> float:
        """The first time after `moment` that is whole periods after this one was due."""
        return self.due + self.period * ((moment - self.due) // self.period + 1)


@dataclass(frozen=True)
class Schedules:
    first_seconds: float
    """From the creation of a solution, or a new schedule, to its first training. AWS: within an hour, unless one is
    begun by hand meanwhile."""
    short: bool
    """Whether periods may be minutes and hours."""

    def keep(self, connection: Connection, solution: Document) -> None:
        """Let a solution's line be as the solution says now. With a new period the schedule begins anew."""
        arn, line = solution["solutionArn"], find(connection, solution["solutionArn"])
        config = solution.get("solutionConfig", {}).get("autoTrainingConfig", {})
        period = seconds_of(config.get("schedulingExpression", DEFAULT), short=True)
        if not solution["performAutoTraining"]:
            connection.execute(sa.delete(schedules).where(schedules.c.arn == arn))
        elif line is None or line.period != period:
            put(connection, Line(arn, period, clock.now() + min(self.first_seconds, period)))


def trained(connection: Connection, solution_arn: str) -> None:
    """Somebody began a full training of a solution: the next is due a period from now."""
    if line := find(connection, solution_arn):
        put(connection, Line(line.arn, line.period, clock.now() + line.period))


def keep_retraining(connection: Connection, recommender_arn: str, created: float) -> None:
    put(connection, Line(recommender_arn, RETRAINING, created + RETRAINING))


def find(connection: Connection, arn: str) -> Line | None:
    row = connection.execute(sa.select(schedules).where(schedules.c.arn == arn)).one_or_none()
    return Line(**row._mapping) if row else None


def put(connection: Connection, line: Line) -> None:
    """Whoever writes a line holds the row of its resource, so that two do not write at once."""
    values = {"period": line.period, "due": line.due}
    if not connection.execute(sa.update(schedules).where(schedules.c.arn == line.arn).values(values)).rowcount:
        connection.execute(sa.insert(schedules).values(arn=line.arn, **values))


def due(connection: Connection, moment: float) -> list[tuple[str, Line]]:
    """The kinds and lines of what is to be trained by then, the longest overdue first."""
    query = (
        sa.select(resources.c.kind, schedules)
        .join(resources, resources.c.arn == schedules.c.arn)
        .where(schedules.c.due <= moment)
        .order_by(schedules.c.due, schedules.c.arn)
    )
    return [(kind, Line(*columns)) for kind, *columns in connection.execute(query)]


def without(connection: Connection, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    """Kinds and ARNs of the resources that have no line."""
    query = (
        sa.select(resources.c.kind, resources.c.arn)
        .join(schedules, schedules.c.arn == resources.c.arn, isouter=True)
        .where(resources.c.kind.in_(kinds), schedules.c.arn.is_(None))
        .order_by(resources.c.seq)
    )
    return [(kind, arn) for kind, arn in connection.execute(query)]
