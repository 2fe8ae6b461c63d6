"""What was refused, dropped or changed on its way in: counted by reason, with the newest example of each.

Amazon drops some of it without a word. Here nothing goes unseen: an operator reads the list, and the log has a line.
"""

import hashlib
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from ..contract.arns import Place
from .tables import rejections

log = logging.getLogger(__name__)

MOST_KINDS = 1_000
"""Kinds of rejection that are told apart in one place; what comes beyond counts as one more kind of its operation."""
OTHERS = f"There are more than {MOST_KINDS} kinds of rejection here; this and others are counted as one."
MOST_EXAMPLE, MOST_REASON = 500, 1_000
"""Characters."""
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""SQLAlchemy has no INSERT … ON CONFLICT that is the same for both."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One record, or a call, of which something was not taken as it came."""

    place: Place
    dataset: str
    """ARN of the dataset; empty where the request names none that exists."""
    operation: str
    outcome: str
    """taken (stored, but not all of it), dropped (answered with success and not stored) or refused (an error)."""
    reason: str
    example: str

    @property
    def kind(self) -> tuple[Place, str, str, str, str]:
        return (self.place, self.dataset, self.operation, self.outcome, self.reason[:MOST_REASON])


def count(connection: Connection, found: Iterable[Rejection]) -> None:
    """Add rejections to the counts, and tell the log."""
    counts: dict[tuple[Place, str, str, str, str], int] = {}
    examples: dict[tuple[Place, str, str, str, str], str] = {}
    for rejection in found:
        counts[rejection.kind] = counts.get(rejection.kind, 0) + 1
        examples[rejection.kind] = rejection.example[:MOST_EXAMPLE]
    for kind in sorted(counts):  # in one order everywhere, so that two processes never wait for each other
        add(connection, kind, counts[kind], examples[kind])
        log.warning("%s %s %d in %s: %s", kind[2], kind[3], counts[kind], kind[1] or "no dataset", kind[4])


def add(connection: Connection, kind: tuple[Place, str, str, str, str], number: int, example: str) -> None:
    place, dataset, operation, outcome, reason = kind
    moment, row_id = time.time(), identity(kind)
    if connection.scalar(sa.select(rejections.c.id).where(rejections.c.id == row_id)) is None:
        here = (rejections.c.account == place.account) & (rejections.c.region == place.region)
        kinds = connection.scalar(sa.select(sa.func.count()).select_from(rejections).where(here)) or 0
        if kinds >= MOST_KINDS and reason != OTHERS:
            return add(connection, (place, "", operation, outcome, OTHERS), number, example)
    insert = INSERT[connection.dialect.name](rejections).values(
        id=row_id,
        account=place.account,
        region=place.region,
        dataset=dataset,
        operation=operation,
        outcome=outcome,
        reason=reason,
        count=number,
        first=moment,
        last=moment,
        example=example,
    )
    more = {"count": rejections.c.count + number, "last": moment, "example": example}
    connection.execute(insert.on_conflict_do_update(index_elements=[rejections.c.id], set_=more))


def identity(kind: tuple[Place, str, str, str, str]) -> str:
    place, *others = kind
    return hashlib.sha256("\0".join((place.account, place.region, *others)).encode()).hexdigest()[:32]


def forget_examples(connection: Connection, place: Place, dataset_prefix: str) -> None:
    """Blank the examples of datasets: they may tell of a user who is to be forgotten. The counts stay."""
    connection.execute(
        sa.update(rejections)
        .where(
            rejections.c.account == place.account,
            rejections.c.region == place.region,
            rejections.c.dataset.startswith(dataset_prefix, autoescape=True),
        )
        .values(example="")
    )


def listed(connection: Connection, place: Place, dataset_prefix: str = "") -> list[dict[str, Any]]:
    """All kinds of rejection in a place, the newest first; with a prefix, of the datasets whose ARNs begin so."""
    shown = [c for c in rejections.c if c.name not in ("id", "account", "region")]
    query = sa.select(*shown).where(rejections.c.account == place.account, rejections.c.region == place.region)
    if dataset_prefix:
        query = query.where(rejections.c.dataset.startswith(dataset_prefix, autoescape=True))
    return [dict(row._mapping) for row in connection.execute(query.order_by(rejections.c.last.desc()))]
