"""What models learnt between two trainings, and which folder has it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    owner = sa.ForeignKey("resources.arn", ondelete="CASCADE")
    op.create_table(
        "updates",
        sa.Column("arn", sa.String(256), owner, primary_key=True),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("begun", sa.Float, nullable=False),
        sa.Column("folder", sa.String(64)),
        sa.Column("updated", sa.Float),
        sa.Column("position", sa.BigInteger),
        sa.Column("told", sa.Text, nullable=False),
    )
