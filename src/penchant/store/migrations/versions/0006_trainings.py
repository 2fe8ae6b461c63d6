"""What is known of the newest training of each solution version and recommender."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    owner = sa.ForeignKey("resources.arn", ondelete="CASCADE")
    op.create_table(
        "trainings",
        sa.Column("arn", sa.String(256), owner, primary_key=True),
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
