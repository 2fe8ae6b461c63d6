"""Keeps what was measured as it is measured, and makes the table: means, intervals, and what they are held against.

Beside the JSON lies a folder with the metrics of every query, from which intervals and paired differences are made.
Intervals are of 95 %, by resampling users with all their queries; where a row has several repetitions, a user's queries
of all of them go together.
"""

import hashlib
import importlib.metadata
import itertools
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import penchant

from .rows import Bar, Contender, Row
from .tasks import Judged

RESAMPLES = 2_000
LIBRARIES = ("numpy", "polars", "scipy", "torch")
ROOMS = ("lake", "measure", "recipes")
"""Of the product: what a figure depends on."""


@dataclass(frozen=True)
class Kept:
    """All repetitions of one model in one row."""

    records: Sequence[dict[str, Any]]
    users: np.ndarray
    """(Q,) of the queries of all repetitions."""
    each: dict[str, np.ndarray]

    def mean(self, metric: str) -> float:
        if metric in self.each:
            return float(np.nanmean(self.each[metric]))
        return float(np.mean([record["metrics"][metric] for record in self.records]))

    def named(self, metric: str) -> str:
        """The metric, or the same without the time of a request."""
        return metric if metric in self.records[0]["metrics"] else metric.removesuffix(" timed")

    def comparable(self, other: "Kept") -> bool:
        """Whether the other has the same queries in the same order, of each repetition or once for all."""
        return len(self.users) % len(other.users) == 0 and all(
            record["test_split_sha256"] == alike["test_split_sha256"]
            for record, alike in zip(self.records, itertools.cycle(other.records), strict=False)
        )

    def interval(self, metric: str, minus: "Kept | None" = None) -> tuple[float, float]:
        """Of the mean, or of its difference to a `comparable` model; of a metric that belongs to all lists
        together, the least and the most of the repetitions."""
        if metric not in self.each:
            wholes = [record["metrics"][metric] for record in self.records]
            return min(wholes), max(wholes)
        values = self.each[metric]
        if minus is not None:
            # A model without a seed was measured once, for all repetitions of ours.
            values = values - np.tile(minus.each[minus.named(metric)], len(values) // len(minus.users))
        some = ~np.isnan(values)
        _, who = np.unique(self.users[some], return_inverse=True)
        return resampled(np.bincount(who, values[some]), np.bincount(who).astype(np.float64))

    def seconds(self, kind: str) -> float:
        return float(np.mean([record[kind] for record in self.records]))


def resampled(sums: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """The interval of the mean of queries, from each user's sum and number of them (U,)."""
    random = np.random.default_rng(1)
    means = np.empty(RESAMPLES)
    for place in range(RESAMPLES):
        times = np.bincount(random.integers(0, len(sums), len(sums)), minlength=len(sums))
        means[place] = times @ sums / max(times @ counts, 1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


class Results:
    """A JSON file, read if it is there; every record is written at once, so that a stopped run goes on where it was.

    Records made by other source code are not taken over, unless `keep`.
    """

    def __init__(self, path: Path, keep: bool):
        self.path, self.folder = path, path.with_suffix(".queries")
        self.source = source_hash()
        self.records: list[dict[str, Any]] = json.loads(path.read_text())["records"] if path.exists() else []
        if not keep:
            self.records = [record for record in self.records if record["source"] == self.source]
        self.folder.mkdir(parents=True, exist_ok=True)

    def has(self, row: Row, contender: Contender, repetition: int) -> bool:
        return any(_key(record) == (row.name, contender.name, repetition) for record in self.records)

    def add(self, row: Row, contender: Contender, repetition: int, judged: Judged, facts: dict[str, Any]) -> None:
        means = {name: round(float(np.nanmean(values)), 4) for name, values in judged.each.items()}
        record = {
            "row": row.name,
            "model": contender.name,
            "repetition": repetition,
            "metrics": means | {name: round(value, 4) for name, value in judged.whole.items()},
            "test_users": len(np.unique(judged.users)),
            "queries": len(judged.users),
            **facts,
            "source": self.source,
        }
        np.savez(self._queries(record), users=judged.users, **judged.each)
        self.records = [other for other in self.records if _key(other) != _key(record)] + [record]
        self.save([])

    def save(self, table: list[dict[str, Any]]) -> None:
        whole = {
            "python": platform.python_version(),
            "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
            "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
            "table": table,
            "records": self.records,
        }
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(whole, indent=2) + "\n")
        new.replace(self.path)

    def kept(self, row: Row, name: str, repetitions: int) -> Kept | None:
        records = [
            record
            for record in self.records
            if (record["row"], record["model"]) == (row.name, name) and record["repetition"] < repetitions
        ]
        if not records:
            return None
        records.sort(key=lambda record: record["repetition"])
        files = [np.load(self._queries(record)) for record in records]
        users = np.concatenate([file["users"] for file in files])
        each = {name: np.concatenate([file[name] for file in files]) for name in files[0].files if name != "users"}
        return Kept(records, users, each)

    def _queries(self, record: dict[str, Any]) -> Path:
        name = f"{record['row']}-{record['model']}-{record['repetition']}".replace(" ", "_")
        return self.folder / f"{name}.npz"


def table_of(results: Results, row: Row, repetitions: int) -> list[dict[str, Any]]:
    """Lines of the table: each metric of each model of a row that was measured."""
    lines = []
    for contender in (*row.ours, *row.beside):
        kept = results.kept(row, contender.name, repetitions)
        if kept is None:
            continue
        for bar in row.bars:
            if bar.metric not in kept.records[0]["metrics"]:
                continue
            low, high = kept.interval(bar.metric)
            line = {
                "row": row.name,
                "model": contender.name,
                "metric": bar.metric,
                "measured": round(kept.mean(bar.metric), 4),
                "interval": f"{low:.4f} to {high:.4f}",
                "times": len(kept.records),
            }
            if contender in row.ours:
                line |= held_against(results, row, bar, kept, repetitions)
            lines.append(line | {"s": round(kept.seconds("seconds")), "core s": round(kept.seconds("core_seconds"))})
    return lines


def held_against(results: Results, row: Row, bar: Bar, kept: Kept, repetitions: int) -> dict[str, Any]:
    """Anchor, floor, goal and verdict of one number of ours."""
    floor, rival, own = bar.floor, None, bar.metric
    if isinstance(floor, tuple):
        rivals = [found for name in floor if (found := results.kept(row, name, repetitions)) is not None]
        if len(rivals) < len(floor):
            return {"anchor": bar.anchor, "floor": "not all measured"}
        # A rival that makes nothing of the time of a request has the same value with and without.
        rival = max(rivals, key=lambda found: found.mean(found.named(own)))
        floor = rival.mean(rival.named(own))
    goal = floor * bar.times if bar.times and floor is not None else bar.goal
    told: dict[str, Any] = {"anchor": bar.anchor}
    value = kept.mean(own)
    reached = floor is None or value > floor
    if rival is not None and own in kept.each and kept.comparable(rival):
        low, high = kept.interval(own, rival)
        told["above the floor by"] = f"{low:+.4f} to {high:+.4f}"
        reached = low > 0 if bar.surely else reached
    if bar.minutes is not None:
        reached = reached and kept.seconds("seconds") <= 60 * bar.minutes
    told["floor"] = "" if floor is None else f"{floor:.4f}" + (f" in {bar.minutes:g} min" if bar.minutes else "")
    told["goal"] = "" if goal is None else f"{goal:.4f}"
    if goal is not None and value >= goal and reached:
        told["verdict"] = "goal"
    elif floor is not None:
        told["verdict"] = "floor" if reached else "below"
    elif goal is not None:
        told["verdict"] = "below the goal"
    return told


COLUMNS = (
    *("row", "model", "metric", "measured", "interval", "times", "anchor", "floor", "goal", "verdict"),
    *("above the floor by", "s", "core s"),
)


def markdown(lines: Sequence[dict[str, Any]]) -> str:
    """What is not known is left empty."""
    text = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    text += ["| " + " | ".join(str(line.get(name, "")) for name in COLUMNS) + " |" for line in lines]
    return "\n".join(text)


def source_hash() -> str:
    """Of the product's code that figures depend on, and of the bench's own."""
    digest = hashlib.sha256()
    product = Path(penchant.__file__).parent
    for folder in [*(product / room for room in ROOMS), Path(__file__).parent]:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _key(record: dict[str, Any]) -> tuple[str, str, int]:
    return record["row"], record["model"], record["repetition"]
