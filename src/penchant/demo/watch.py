"""Waits for resources as AWS's samples do, by asking Describe, and shows how far their jobs are.

AWS's API has no word for how far a job is; Penchant's own GET /penchant/v1/progress tells it.
"""

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

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


def until_active(console: Console, url: str, waited: Sequence[Waited]) -> dict[str, float]:
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
                if each.label not in seconds and settled(each, url, progress, bars[each.label]):
                    seconds[each.label] = time.monotonic() - began
            time.sleep(LOOK_SECONDS)
    return seconds


def settled(each: Waited, url: str, progress: Progress, bar: TaskID) -> bool:
    job = progress_of(url, each.arn)
    resource = each.describe()
    status = resource["status"]
    if status == "ACTIVE":
        progress.update(bar, completed=1.0, sentence="ACTIVE")
        progress.stop_task(bar)
        return True
    if status.endswith(("FAILED", "STOPPED")):
        raise DemoFailed(f"{each.label}: {each.arn} is {status}. {resource.get('failureReason', '')}".strip())
    progress.update(bar, completed=job["fraction"], sentence=job["sentence"])
    return False


def progress_of(url: str, arn: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/penchant/v1/progress?arn={urllib.parse.quote(arn)}", timeout=30) as answer:
        return json.load(answer)
