"""The journal and the rejections."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("dataset", sa.Integer, nullable=False),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("session", sa.LargeBinary),
        sa.Column("anonymous", sa.Boolean, nullable=False),
        sa.Column("records", sa.LargeBinary, nullable=False),
    )
    op.create_index("journal_by_dataset", "journal", ["dataset", "seq"])
    op.create_index("journal_by_subject", "journal", ["dataset", "subject", "seq"])
    op.create_table(
        "rejections",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account", sa.String(12), nullable=False),
        sa.Column("region", sa.String(32), nullable=False),
        sa.Column("dataset", sa.String(256), nullable=False),
        sa.Column("operation", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("first", sa.Float, nullable=False),
        sa.Column("last", sa.Float, nullable=False),
        sa.Column("example", sa.Text, nullable=False),
    )
    op.create_index("rejections_by_place", "rejections", ["account", "region"])
