"""The tables of the book of resources and of the jobs. Alembic's migrations make them; a test compares the two."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

resources = Table(
    "resources",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),  # order of creation: what lists page by
    Column("arn", String(256), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("status", String(32)),  # null for kinds without a life; also in the document, which answers Describe
    Column("document", Text, nullable=False),  # JSON in the wire's names
    Column("created", Float, nullable=False),  # seconds since the epoch
    Index("resources_by_place", "kind", "account", "region", "seq"),
    sqlite_autoincrement=True,  # a sequence number is never used again: a page token must not skip a new resource
)

links = Table(
    "links",
    metadata,
    Column("arn", String(256), ForeignKey("resources.arn", ondelete="CASCADE"), primary_key=True),
    Column("target", String(256), primary_key=True),  # an ARN or a tracking id that the document names
    Index("links_by_target", "target"),
)

tags = Table(
    "tags",
    metadata,
    Column("arn", String(256), ForeignKey("resources.arn", ondelete="CASCADE"), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("value", String(256), nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(64), primary_key=True),  # also the id of the durable workflow
    Column("task", String(64), nullable=False),  # 'datasetImportJob.create': a kind and a verb of its life
    Column("subject", String(256), nullable=False),  # the ARN of the resource it works for
    Column("queue", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # waiting -> running -> done | failed | stopped
    Column("attempt", Integer, nullable=False, default=0),  # also the fencing token: an older attempt may not write
    Column("fraction", Float, nullable=False, default=0.0),
    Column("sentence", Text, nullable=False, default=""),
    Column("stop_requested", Boolean, nullable=False, default=False),
    Column("error", Text),  # the traceback, for the operator
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("heard", Float),  # the newest sign of life
    Column("finished", Float),
    Index("jobs_by_subject", "subject", "created"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("arn", String(256), ForeignKey("resources.arn", ondelete="CASCADE"), primary_key=True),
    Column("period", Float, nullable=False),  # seconds from one training to the next
    Column("due", Float, nullable=False),  # seconds since the epoch
    Index("schedules_by_due", "due"),
)

trials = Table(
    "trials",
    metadata,
    # The solution version whose hyperparameters or recipe are searched for.
    Column("arn", String(256), ForeignKey("resources.arn", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 0, in the order of their beginning
    Column("recipe", String(256), nullable=False),
    Column("state", String(16), nullable=False),  # running -> complete | pruned | failed
    Column("chosen", Boolean, nullable=False, default=False),
    Column("parameters", Text, nullable=False),  # JSON, in the API's names and with values of their own kinds
    Column("curve", Text, nullable=False),  # JSON: what was measured after which share of a whole training
    Column("each", LargeBinary),  # float32 of each validation user, while the search runs
    Column("sentence", Text, nullable=False, default=""),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("lost", Float, nullable=False, server_default="0"),  # seconds of a core that nothing was measured after
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("word", String(32), nullable=False),  # another one every few seconds while it lives: see jobs/presence.py
)

updates = Table(
    "updates",
    metadata,
    # The solution version or recommender whose model learns of what is new between two trainings.
    Column("arn", String(256), ForeignKey("resources.arn", ondelete="CASCADE"), primary_key=True),
    Column("model", String(64), nullable=False),  # which training of a recommender; '' for a solution version
    Column("job", String(64), nullable=False),  # the newest, whatever became of it
    Column("begun", Float, nullable=False),  # when that was; seconds since the epoch
    Column("folder", String(64)),  # of the update that answers, under that of the training; null before the first
    Column("updated", Float),  # when the data of that was read
    Column("position", BigInteger),  # how far the journal was
    Column("told", Text, nullable=False, default="{}"),  # JSON: what it brought
)

trainings = Table(
    "trainings",
    metadata,
    # The solution version or the recommender that is, or was last, trained.
    Column("arn", String(256), ForeignKey("resources.arn", ondelete="CASCADE"), primary_key=True),
    Column("job", String(64), nullable=False),
    Column("document", Text, nullable=False),  # JSON: see resources/trainings.py
)

installation = Table(
    "installation",
    metadata,
    Column("key", String(64), primary_key=True),  # 'token_secret': seals page tokens
    Column("value", Text, nullable=False),
)

revision = Table(
    "revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("number", BigInteger, nullable=False),  # see store/revision.py
)
