"""Resources are found by their tracking id."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    connection = op.get_bind()
    resources = sa.table("resources", sa.column("arn"), sa.column("kind"), sa.column("document"))
    links = sa.table("links", sa.column("arn"), sa.column("target"))
    query = sa.select(resources.c.arn, resources.c.document).where(resources.c.kind.in_(["eventTracker", "dataset"]))
    for arn, document in connection.execute(query).all():
        if tracking_id := json.loads(document).get("trackingId"):
            connection.execute(sa.insert(links).values(arn=arn, target=tracking_id))
