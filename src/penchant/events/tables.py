"""The tables of the journal. Alembic's migrations beside this file make them; a test compares the two."""

from pathlib import Path

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()
MIGRATIONS, VERSION_TABLE = Path(__file__).with_name("migrations"), "journal_version"
"""The journal may share a database with the book of resources, whose migrations are its own."""

journal = Table(
    "journal",
    metadata,
    # On SQLite the name INTEGER makes it the table's own order, so that an entry is written at the end of the file.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("dataset", Integer, nullable=False),  # its number in the book, which is never used again
    Column("subject", LargeBinary, nullable=False),  # UTF-8, because PostgreSQL's texts cannot hold every character
    Column("session", LargeBinary),
    Column("anonymous", Boolean, nullable=False),
    Column("records", LargeBinary, nullable=False),  # JSON, a list of objects
    Index("journal_by_dataset", "dataset", "seq"),
    Index("journal_by_subject", "dataset", "subject", "seq"),
)

rejections = Table(
    "rejections",
    metadata,
    Column("id", String(32), primary_key=True),  # a hash of what is told apart
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("dataset", String(256), nullable=False),  # its ARN; empty where the request names none that exists
    Column("operation", String(64), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("first", Float, nullable=False),  # seconds since the epoch
    Column("last", Float, nullable=False),
    Column("example", Text, nullable=False),  # of the newest
    Index("rejections_by_place", "account", "region"),
)
