"""The trials of searches for hyperparameters and recipes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    owner = sa.ForeignKey("resources.arn", ondelete="CASCADE")
    op.create_table(
        "trials",
        sa.Column("arn", sa.String(256), owner, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("recipe", sa.String(256), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("chosen", sa.Boolean, nullable=False),
        sa.Column("parameters", sa.Text, nullable=False),
        sa.Column("curve", sa.Text, nullable=False),
        sa.Column("each", sa.LargeBinary),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("started", sa.Float, nullable=False),
        sa.Column("finished", sa.Float),
    )
