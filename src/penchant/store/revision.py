"""Whether something that requests look up has changed since they did: one number, in one row.

To look everything up again takes milliseconds, several times a second; to ask for the number (`Database.revision`)
takes microseconds.
"""

import sqlalchemy as sa

from .tables import revision

CHANGED = "changed"
"""Member of a connection's `info`."""


def begin(connection: sa.Connection) -> None:
    """Of a transaction, which has changed nothing yet."""
    connection.info.pop(CHANGED, None)


def changes(connection: sa.Connection) -> None:
    """Say of a transaction of `Database.write` that it changes what requests look up."""
    connection.info[CHANGED] = True


def count(connection: sa.Connection) -> None:
    """Count a transaction that said so. Its last statement: whoever holds the row waits for nothing but the commit."""
    if connection.info.pop(CHANGED, False):
        connection.execute(sa.update(revision).values(number=revision.c.number + 1))
