"""The book of resources: documents by ARN in order of creation, with the ARNs they name and their tags.

Every function works on an open connection, so that a resource, its tags and its job can be one commit. Documents are
in the wire's own names; a member whose name Describe does not know stays inside.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from ..contract.arns import Place, place_of
from ..contract.errors import ResourceAlreadyExistsException, ResourceNotFoundException
from ..store import clock, revision
from ..store.tables import links, resources, tags
from .kinds import KINDS, Kind, Phase

Document = dict[str, Any]
EVENT_INTERACTIONS = "EVENT_INTERACTIONS"
"""The type of the dataset that an event tracker brings along."""
UNSEEN = f"%:dataset/%/{EVENT_INTERACTIONS}"
"""It is found by its ARN, in no list, in nobody's way, and gone with its group."""


def now() -> float:
    """Seconds since the epoch, in whole milliseconds as AWS gives them."""
    return round(clock.now(), 3)


def enter(connection: Connection, kind: Kind, document: Document, tag_list: Iterable[dict[str, str]] = ()) -> None:
    """A new resource. Raises ResourceAlreadyExistsException where its ARN is taken."""
    arn, created = document[kind.arn_key], now()
    if connection.scalar(sa.select(resources.c.seq).where(resources.c.arn == arn)) is not None:
        raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.")
    document = {**document, "creationDateTime": created, "lastUpdatedDateTime": created}
    place = place_of(arn)
    row = {"arn": arn, "kind": kind.name, "account": place.account, "region": place.region, "created": created}
    try:
        connection.execute(sa.insert(resources).values(**row, status=document.get("status"), document=encode(document)))
    except sa.exc.IntegrityError:  # PostgreSQL: two creations met between the look and the leap
        raise ResourceAlreadyExistsException(f"Another resource with Arn {arn} already exists.") from None
    link(connection, arn, document)
    tag(connection, arn, tag_list)
    revision.changes(connection)


def find(connection: Connection, kind: Kind, arn: str, *, lock: bool = False) -> Document:
    """The document of one resource. Raises ResourceNotFoundException where there is none of this kind.

    `lock` holds the row until the transaction ends (on SQLite the transaction itself already does).
    """
    query = sa.select(resources.c.document).where(resources.c.arn == arn, resources.c.kind == kind.name)
    text = connection.scalar(query.with_for_update() if lock else query)
    if text is None:
        raise ResourceNotFoundException(kind.absent(arn))
    return decode(text)


def kind_of(connection: Connection, arn: str) -> Kind | None:
    name = connection.scalar(sa.select(resources.c.kind).where(resources.c.arn == arn))
    return KINDS[name] if name else None


def number_of(connection: Connection, arn: str) -> int:
    """The place of a resource in the order of creation, which no other ever has. Raises NoResultFound."""
    return connection.execute(sa.select(resources.c.seq).where(resources.c.arn == arn)).scalar_one()


def numbered(connection: Connection, number: int) -> str | None:
    """The ARN of the resource with a number, unless it is gone."""
    return connection.scalar(sa.select(resources.c.arn).where(resources.c.seq == number))


def amend(connection: Connection, kind: Kind, arn: str, **changes: Any) -> Document:
    """Change members of a document (None takes a member away) and its time of last update."""
    document = {**find(connection, kind, arn, lock=True), **changes, "lastUpdatedDateTime": now()}
    document = {key: value for key, value in document.items() if value is not None}
    connection.execute(
        sa.update(resources)
        .where(resources.c.arn == arn)
        .values(document=encode(document), status=document.get("status"))
    )
    connection.execute(sa.delete(links).where(links.c.arn == arn))
    link(connection, arn, document)
    revision.changes(connection)
    return document


def strike(connection: Connection, kind: Kind, arn: str) -> None:
    """Take a resource out of the book, and those it owns, and the unseen that name it."""
    for name in kind.owns:
        for owned in naming(connection, arn, KINDS[name]):
            strike(connection, KINDS[name], owned)
    unseen = sa.select(links.c.arn).where(links.c.target == arn, links.c.arn.like(UNSEEN))
    connection.execute(sa.delete(resources).where(resources.c.arn.in_(unseen)))
    connection.execute(sa.delete(resources).where(resources.c.arn == arn))
    revision.changes(connection)


def page(
    connection: Connection,
    kind: Kind,
    place: Place,
    target: str | None,
    after: int,
    limit: int,
    *,
    newest_first: bool = False,
) -> list[tuple[int, Document]]:
    """Up to `limit` resources with a sequence number above `after`, oldest first; `target`: only those that name it.

    With `newest_first` the numbers fall from `after`, and 0 begins with the newest.
    """
    query = sa.select(resources.c.seq, resources.c.document).where(
        resources.c.kind == kind.name,
        resources.c.account == place.account,
        resources.c.region == place.region,
        resources.c.arn.not_like(UNSEEN),
    )
    if not newest_first:
        query = query.where(resources.c.seq > after)
    elif after:
        query = query.where(resources.c.seq < after)
    if target is not None:
        query = query.join(links, links.c.arn == resources.c.arn).where(links.c.target == target)
    rows = connection.execute(query.order_by(resources.c.seq.desc() if newest_first else resources.c.seq).limit(limit))
    return [(row.seq, decode(row.document)) for row in rows]


def everywhere(connection: Connection, kind: Kind) -> list[str]:
    """The ARNs of all resources of a kind, whoever's they are."""
    query = sa.select(resources.c.arn).where(resources.c.kind == kind.name, resources.c.arn.not_like(UNSEEN))
    return list(connection.scalars(query.order_by(resources.c.seq)))


def count(connection: Connection, kind: Kind, place: Place, statuses: Iterable[str] | None, target: str | None) -> int:
    """How many resources of a kind there are in a place, of those that name `target` where one is given; `statuses`
    None counts all that have not failed."""
    query = sa.select(sa.func.count()).where(
        resources.c.kind == kind.name, resources.c.account == place.account, resources.c.region == place.region
    )
    if statuses is not None:
        query = query.where(resources.c.status.in_(list(statuses)))
    else:
        query = query.where(sa.or_(resources.c.status.is_(None), resources.c.status.not_like("%FAILED")))
    if target is not None:
        query = query.join(links, links.c.arn == resources.c.arn).where(links.c.target == target)
    return connection.scalar(query) or 0


def naming(connection: Connection, target: str, kind: Kind) -> list[str]:
    """ARNs of the resources of a kind whose documents name `target`."""
    query = (
        sa.select(resources.c.arn)
        .join(links, links.c.arn == resources.c.arn)
        .where(links.c.target == target, resources.c.kind == kind.name, resources.c.arn.not_like(UNSEEN))
    )
    return list(connection.scalars(query.order_by(resources.c.seq)))


def tag(connection: Connection, arn: str, tag_list: Iterable[dict[str, str]]) -> None:
    """Add tags; a key that is there gets the new value."""
    for item in tag_list:
        connection.execute(sa.delete(tags).where(tags.c.arn == arn, tags.c.key == item["tagKey"]))
        connection.execute(sa.insert(tags).values(arn=arn, key=item["tagKey"], value=item["tagValue"]))


def untag(connection: Connection, arn: str, keys: Iterable[str]) -> None:
    connection.execute(sa.delete(tags).where(tags.c.arn == arn, tags.c.key.in_(list(keys))))


def tags_of(connection: Connection, arn: str) -> list[dict[str, str]]:
    rows = connection.execute(sa.select(tags.c.key, tags.c.value).where(tags.c.arn == arn).order_by(tags.c.key))
    return [{"tagKey": row.key, "tagValue": row.value} for row in rows]


def follow(connection: Connection, task: str, arn: str, event: str, changes: Document) -> None:
    """What a job's event means for its resource. With `begin`, the only place that writes a status."""
    name, verb = task.split(".")
    kind = KINDS[name]
    phase = kind.life[verb]
    status = getattr(phase, event)
    if event == "done" and phase.done is None:
        strike(connection, kind, arn)
    elif phase.inside is not None:
        follow_inside(connection, kind, phase, arn, event, changes)
    else:
        amend(connection, kind, arn, status=status, **changes)


def begin(connection: Connection, kind: Kind, verb: str, arn: str, given: Document) -> None:
    """Enter a later verb of a life; `given` is what an update is to bring."""
    phase = kind.life[verb]
    if phase.inside is None:
        amend(connection, kind, arn, status=phase.pending, **given)
        return
    told = {**given, "status": phase.pending, "creationDateTime": now(), "lastUpdatedDateTime": now()}
    status = {"status": phase.pending} if phase.whole else {}
    amend(connection, kind, arn, **{phase.inside: told}, **status)


def follow_inside(connection: Connection, kind: Kind, phase: Phase, arn: str, event: str, changes: Document) -> None:
    """An update is told in a member of its own; a reason for its failure belongs there, what it changes does not."""
    assert phase.inside is not None
    status = getattr(phase, event)
    told = {**find(connection, kind, arn, lock=True)[phase.inside], "status": status, "lastUpdatedDateTime": now()}
    if event == "done":
        changes = {**changes, "status": phase.done, "failureReason": None}  # a failed creation is mended by an update
    elif event == "failed":
        told |= changes
        changes = {"status": phase.done} if phase.whole else {}
    elif phase.whole:
        changes = {**changes, "status": status}
    amend(connection, kind, arn, **{phase.inside: told}, **changes)


def link(connection: Connection, arn: str, document: Document) -> None:
    targets = {value for key, value in named(document) if value != arn}
    if targets:
        connection.execute(sa.insert(links), [{"arn": arn, "target": target} for target in sorted(targets)])


def named(document: Document) -> Iterator[tuple[str, str]]:
    """The ARNs at the top of a document, and what events are sent to it by; those in nested configs are the caller's
    own business."""
    for key, value in document.items():
        if (key.endswith("Arn") or key == "trackingId") and isinstance(value, str):
            yield key, value


def encode(document: Document) -> str:
    return msgspec.json.encode(document).decode()


def decode(text: str) -> Document:
    return msgspec.json.decode(text)
