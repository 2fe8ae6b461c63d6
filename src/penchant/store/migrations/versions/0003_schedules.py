"""When solutions and recommenders are trained by themselves. For those that are there, a worker writes the lines."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    owner = sa.ForeignKey("resources.arn", ondelete="CASCADE")
    op.create_table(
        "schedules",
        sa.Column("arn", sa.String(256), owner, primary_key=True),
        sa.Column("period", sa.Float, nullable=False),
        sa.Column("due", sa.Float, nullable=False),
    )
    op.create_index("schedules_by_due", "schedules", ["due"])
