"""Every knob, once: name, default, help. Read in `main` only; the rooms are handed values.

A setting FOO_BAR is the environment variable PENCHANT_FOO_BAR. `docs/settings.md` has a line for each (a test asks).
"""

import json
import os
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PENCHANT_", extra="ignore")

    host: str = Field(
        default="127.0.0.1", description="Address the server listens on. Only loopback while no keys exist."
    )
    port: int = Field(default=8100, description="Port of all three APIs.", ge=1, le=65535)
    data_dir: Path = Field(
        default=Path("penchant-data"), description="Folder of this installation: database, tables, models."
    )
    database_url: str | None = Field(
        default=None, description="postgresql://… for many processes; by default SQLite in the data folder."
    )
    journal_url: str | None = Field(
        default=None,
        description="Database of the journal of streamed records; by default that of PENCHANT_DATABASE_URL, or "
        "SQLite in the data folder.",
    )
    account: str = Field(
        default="000000000000", pattern=r"^\d{12}$", description="Account of every caller while no keys are configured."
    )
    region: str = Field(
        default="us-east-1", pattern=r"^[a-z0-9-]{1,32}$", description="Region of requests that are not signed."
    )
    s3_endpoint: str | None = Field(
        default=None, description="Object store behind s3://. By default AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL."
    )
    s3_from_aws: bool = Field(
        default=False, description="Read s3:// from AWS itself with the ordinary AWS credentials."
    )
    allow_file_urls: bool = Field(default=True, description="Whether imports may read file:// locations.")
    worker: str = Field(
        default="local",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Name of this worker. A worker that starts takes up what the last one of its name left unfinished.",
    )
    take_over_seconds: float = Field(
        default=60.0,
        description="How long another worker must give no sign of life before this one takes up its jobs: 15 or more, "
        "for it gives one every 5 seconds; 0: for ever.",
    )
    quick_jobs: int = Field(default=8, ge=1, description="Status moves and deployments that a worker runs at a time.")
    heavy_jobs: int = Field(default=2, ge=1, description="Imports and trainings that a worker runs at a time.")
    heavy_memory_mib: int | None = Field(
        default=None,
        ge=128,
        description="Memory that each of these may take; one that takes more fails. By default its part of four fifths "
        "of what the machine, or the container, has.",
    )
    stop_grace_seconds: float = Field(default=3.0, ge=0, description="What a stopped training gets to end by itself.")
    checkpoint_seconds: float = Field(
        default=60.0,
        ge=0,
        description="How often a training keeps its state, to go on from after a crash; longer where writing it takes "
        "more than a twentieth of that. 0: never.",
    )
    minimum_interactions: int = Field(
        default=1000, ge=1, description="Rows that an import of interactions must have. Amazon's minimum is 1000."
    )
    lenient_metadata: bool = Field(
        default=False,
        description="Whether an import reads faulty values beside the key of items, users and actions as null.",
    )
    strict_events: bool = Field(
        default=False,
        description="Refuse events with properties that Amazon forbids or that do not fit the schema, rather than take "
        "the rest of them.",
    )
    extended_filters: bool = Field(
        default=False,
        description="Take filters that Amazon refuses: booleans, parentheses around conditions, OR and more than one "
        "IF about the user.",
    )
    managed_exploration: bool = Field(
        default=True,
        description="Whether aws-user-personalization-v2 gives one place in a thousand to a new item.",
    )
    camel_case_metadata: bool = Field(
        default=False, description="Name columns of metadata in answers brandName rather than brand_name."
    )
    throttle: Literal["off", "amazon", "provisioned"] = Field(
        default="off",
        description="Rate limits of the runtime: none, Amazon's quotas, or each campaign's minProvisionedTPS.",
    )
    waiting_calls: int = Field(
        default=4096, ge=1, description="Calls of streamed records that may wait for the disk; more are throttled."
    )
    fold_seconds: float = Field(
        default=30.0, gt=0, description="How often streamed records are written into the tables of their datasets."
    )
    recent_days: float = Field(
        default=30.0,
        gt=0,
        description="How long recommendations use a streamed event that no newer model has been trained with.",
    )
    recommendation_hours: float = Field(
        default=48.0, ge=1, description="How long it is remembered what was shown under a recommendationId."
    )
    recommendation_bytes: int = Field(
        default=2_000_000_000, ge=0, description="What that may take of the disk; the oldest lists go first."
    )
    upkeep_seconds: float = Field(
        default=600.0, gt=0, description="How often tables are compacted and rid of what nothing uses any more."
    )
    auto_training: bool = Field(
        default=True, description="Whether this worker begins the trainings that are due by the schedules."
    )
    schedule_seconds: float = Field(default=60.0, gt=0, description="How often it looks for them.")
    first_training_minutes: float = Field(
        default=50.0,
        ge=0,
        description="From the creation of a solution, or a new schedule, to its first automatic training, unless "
        "one is begun by hand meanwhile. Amazon: within an hour.",
    )
    short_schedules: bool = Field(
        default=False, description="Take schedules of automatic training in hours and minutes as well as days."
    )
    update_seconds: float = Field(
        default=7_200.0,
        ge=0,
        description="From one update of a deployed model, in which it learns of new items and events, to the next; 0 "
        "for none. Amazon: every two hours.",
    )
    incremental_seconds: float = Field(
        default=1_800.0,
        ge=0,
        description="The same for solutions with performIncrementalUpdate. Amazon: new items are known after about "
        "half an hour.",
    )
    quotas: dict[str, int] = Field(
        default={},
        description='Service quotas other than Amazon\'s, by kind of resource: {"datasetGroup": 100, "campaign": 50}.',
    )
    text_encoder: str = Field(
        default="tfidf",
        description="What compares texts of items: tfidf, minilm (with the extra text), the folder of a sentence "
        "embedding model, or the URL of an embeddings endpoint as OpenAI's, such as http://127.0.0.1:11434/v1.",
    )
    text_model: str = Field(default="", description="The model that the embeddings endpoint is asked for.")
    text_key: str = Field(default="", description="The key that it is asked with.", repr=False)
    strict: bool = Field(
        default=False, description="Hold every answer against AWS's model before it is sent. For tests."
    )

    @field_validator("take_over_seconds")
    @classmethod
    def leaves_time_for_signs_of_life(cls, seconds: float) -> float:
        if seconds != 0 and not seconds >= 15:
            raise ValueError("It must be 0 or at least 15: a worker that lives gives a sign of it every 5 seconds.")
        return seconds

    def url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'penchant.db'}"

    def url_of_journal(self) -> str:
        # A file of its own: SQLite has one writer at a time, and those of the book must not wait for a stream.
        return self.journal_url or self.database_url or f"sqlite:///{self.data_dir.resolve() / 'journal.db'}"

    def object_endpoint(self) -> str | None:
        if self.s3_from_aws:
            return None
        return self.s3_endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None

    def environment(self) -> dict[str, str]:
        """These settings as a child process reads them back."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {
            f"PENCHANT_{name.upper()}": json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in values.items()
        }
