"""Fixtures: a database of each kind, a house whose jobs run at once, and a real server for the journeys."""

import itertools
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import hypothesis
import psycopg
import pytest
from botocore.config import Config

from penchant import main
from penchant.jobs import ledger
from penchant.jobs.runner import Runner
from penchant.operations.api import Api
from penchant.settings import Settings
from penchant.work.all import follower, perform
from tests import postgres

# A machine that is busy with other work must not fail a test.
hypothesis.settings.register_profile("penchant", deadline=None)
hypothesis.settings.load_profile("penchant")

REGION = "eu-west-1"
PLENTY = {"datasetGroup": 1000, "solution": 1000, "campaign": 1000, "datasetImportJob": 1000}
"""Amazon's quotas would stand in the way of tests that are not about them."""
numbers = itertools.count()


@pytest.fixture(autouse=True)
def no_aws_settings(monkeypatch):
    """What the developer's shell says of AWS must not reach a test."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "PENCHANT_"))]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    try:
        with postgres.start() as url:
            yield url
    except postgres.Unavailable as reason:
        pytest.skip(f"not run on PostgreSQL: {reason}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str | None:
    """An empty database: None for the SQLite file in the data folder, or a new one in PostgreSQL."""
    if request.param == "sqlite":
        return None
    server = request.getfixturevalue("postgres_server")
    name = f"test{os.getpid()}_{next(numbers)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(data_dir=tmp_path / "data", strict=True, region=REGION, quotas=PLENTY, managed_exploration=False)


@pytest.fixture
def house(settings) -> Iterator:
    """A house on SQLite. `any_house` is the same on each kind of database."""
    yield from opened(settings)


@pytest.fixture
def any_house(settings, database_url) -> Iterator:
    yield from opened(settings.model_copy(update={"database_url": database_url}))


def opened(settings: Settings) -> Iterator:
    house = main.build_house(settings)
    yield house
    house.close()


@pytest.fixture
def call(house) -> Callable:
    return caller(house)


@pytest.fixture
def call_any(any_house) -> Callable:
    return caller(any_house)


def caller(house) -> Callable:
    """Call an operation as boto3 would, without the network: call("CreateSchema", name=…, schema=…)."""
    api = Api(house, strict=True)
    return lambda operation, **request: api.call(operation, request, house.place)


@pytest.fixture
def run_jobs(house) -> Callable[[], int]:
    return job_runner(house)


@pytest.fixture
def run_any_jobs(any_house) -> Callable[[], int]:
    return job_runner(any_house)


def job_runner(house) -> Callable[[], int]:
    """Run every waiting job in this process, oldest first; answers with how many there were."""
    runner = Runner(house.database, follower(house), lambda job: perform(job, house))

    def run() -> int:
        ran = 0
        while waiting := ledger.waiting(house.database):
            for job_id in waiting:
                runner.run(job_id)
                ran += 1
        return ran

    return run


class Served:
    """A `penchant serve` process, and boto3 clients for it."""

    def __init__(self, data_dir: Path, environment: dict[str, str] | None = None):
        self.data_dir, self.environment = data_dir, environment or {}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> "Served":
        command = [
            sys.executable,
            "-m",
            "penchant",
            "serve",
            "--port",
            str(self.port),
            "--data-dir",
            str(self.data_dir),
        ]
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "PENCHANT_STRICT": "true",
                    "PENCHANT_MANAGED_EXPLORATION": "false",
                    "PENCHANT_QUOTAS": json.dumps(PLENTY),
                    **self.environment,
                },
                start_new_session=True,
            )
        while not self.answers():
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        return self

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as response:
                return response.status == 200
        except OSError:
            return False

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def workers(self) -> list[int]:
        """Process ids of the worker and of what it runs."""
        return descendants(self.process.pid) if self.process else []

    def worker(self) -> int:
        """Process id of the worker. It may be between the death of one and the start of the next."""
        while not self.workers():
            time.sleep(0.01)
        return self.workers()[0]

    def client(self, service: str = "personalize", region: str = REGION):
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id="anybody",
            aws_secret_access_key="anything",
            config=Config(retries={"total_max_attempts": 1}),
        )


def descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(child) for child in children.read_text().split()] if children.exists() else []
    return found + [deeper for child in found for deeper in descendants(child)]


@pytest.fixture
def server(tmp_path) -> Iterator[Served]:
    served = Served(tmp_path / "served").start()
    yield served
    served.stop()


def settled(describe: Callable[[], dict], patience: float = 120) -> dict:
    """Poll as AWS's samples do, until the status is one that stays."""
    end = time.monotonic() + patience
    while True:
        resource = describe()
        if resource["status"] in ("ACTIVE", "INACTIVE") or resource["status"].endswith(("FAILED", "STOPPED")):
            return resource
        assert time.monotonic() < end, f"still {resource['status']}"
        time.sleep(0.05)
