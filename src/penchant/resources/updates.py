"""What models learnt of new data between two trainings: a line for each solution version and recommender that was ever
updated. It says which folder answers, so that to change it is to go from one model to the next.

Every function works on an open connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ..jobs import ledger
from ..store import revision
from ..store.tables import updates


@dataclass(frozen=True)
class Line:
    arn: str
    model: str
    """Which training of a recommender; "" for a solution version, which has one."""
    job: str
    """The newest, whatever became of it."""
    begun: float
    """When that was; seconds since the epoch."""
    folder: str | None
    """Of the update that answers; None before the first."""
    updated: float | None
    """When its data was read."""
    position: int | None
    """How far the journal was then."""
    told: Mapping[str, Any]
    """What it brought, as JSON has it."""


def find(connection: Connection, arn: str, model: str = "") -> Line | None:
    """The line of a model; None for one that was never updated, though the training before it was."""
    query = sa.select(updates).where(updates.c.arn == arn, updates.c.model == model)
    row = connection.execute(query).one_or_none()
    return line_of(row) if row else None


def every(connection: Connection) -> list[Line]:
    return [line_of(row) for row in connection.execute(sa.select(updates).order_by(updates.c.arn))]


def begin(connection: Connection, arn: str, model: str, job: str, moment: float) -> None:
    """Write down that a job updates a model. Whoever does it holds the row of the resource."""
    values: dict[str, Any] = {"job": job, "begun": moment}
    if find(connection, arn, model) is None:  # that of an earlier training is of no use any more
        connection.execute(sa.delete(updates).where(updates.c.arn == arn))
        connection.execute(sa.insert(updates).values(arn=arn, model=model, told="{}", **values))
        revision.changes(connection)
        return
    connection.execute(sa.update(updates).where(updates.c.arn == arn).values(values))


def answer_with(connection: Connection, line: Line) -> None:
    """Let the update of a line, which is sealed, answer from now on."""
    values = {name: getattr(line, name) for name in ("folder", "updated", "position")}
    told = msgspec.json.encode(line.told).decode()
    same = (updates.c.arn == line.arn, updates.c.model == line.model)
    connection.execute(sa.update(updates).where(*same).values(told=told, **values))
    revision.changes(connection)


def at_work(connection: Connection, line: Line | None) -> bool:
    """Whether its newest job has still to end. One that answers already has nothing more to do here."""
    if line is None or line.job == line.folder:
        return False
    entry = ledger.find(connection, line.job)
    return entry is not None and entry.state in ledger.OPEN


def line_of(row: Any) -> Line:
    return Line(**{**row._mapping, "told": msgspec.json.decode(row.told)})
