"""What trials cost that nothing was measured after."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("trials", sa.Column("lost", sa.Float, nullable=False, server_default="0"))
