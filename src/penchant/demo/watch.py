"""Waits for resources as AWS's samples do, by asking Describe, and shows how far their jobs are.

How far a job is stands in the ledger of jobs; AWS's API has no word for it, so it is read from the database itself.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from ..jobs import ledger
from ..store.database import Database
from .server import DemoFailed

LOOK_SECONDS = 0.2
LABEL = 34
"""Characters of the longest label, so that bars stand under each other."""


@dataclass(frozen=True)
class Waited:
    """One resource on its way to ACTIVE."""

    label: str
    arn: str
    describe: Callable[[], dict[str, Any]]


def until_active(console: Console, database: Database, waited: Sequence[Waited]) -> dict[str, float]:
    """Wait for all of them, side by side; the seconds each took by label. Raises DemoFailed with the failureReason."""
    seconds: dict[str, float] = {}
    began = time.monotonic()
    width = max(LABEL, *(len(each.label) for each in waited))
    with Progress(
        TextColumn(f"  {{task.description:<{width}}}"),
        BarColumn(bar_width=12),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[sentence]}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        console=console,
        expand=True,
    ) as progress:
        bars = {each.label: progress.add_task(each.label, total=1.0, sentence="") for each in waited}
        while len(seconds) < len(waited):
            for each in waited:
                if each.label not in seconds and settled(each, database, progress, bars[each.label]):
                    seconds[each.label] = time.monotonic() - began
            time.sleep(LOOK_SECONDS)
    return seconds


def settled(each: Waited, database: Database, progress: Progress, bar: Any) -> bool:
    resource = each.describe()
    with database.read() as connection:
        entry = ledger.newest(connection, each.arn)
    status = resource["status"]
    if status == "ACTIVE":
        progress.update(bar, completed=1.0, sentence="ACTIVE")
        progress.stop_task(bar)
        return True
    if entry is not None:
        progress.update(bar, completed=entry.fraction, sentence=entry.sentence)
    if status.endswith(("FAILED", "STOPPED")):
        raise DemoFailed(f"{each.label}: {each.arn} is {status}. {resource.get('failureReason', '')}".strip())
    return False
