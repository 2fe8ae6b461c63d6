"""Streams millions of real clicks in with PutEvents, and looks at what stays behind: memory, and a table to read.

    python bench/stream.py --data clicks_slim.parquet [--events N] [--upkeep-seconds 600] [--rounds 5] [--json FILE]

The data are the clicks of a news site: Parquet with user_id, item_id, timestamp (seconds), session, device, os, country
and referrer. An ordinary server and its worker take them in through HTTP, from 16 clients, in the order of the
sessions; a call has up to ten clicks of one session, and the calls of one user come through one client. The worker
writes them into the dataset's table at its ordinary pace meanwhile.

Then the table is read as a batch job and as a training reads it, in turns with a table of the same rows that came in
one import, and with one that has them, as streamed, in a single file. No process is pinned to a core. Linux only.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
from events import PLACE, drive, prepare, request_of, serving

from penchant.events.journal import Journal
from penchant.house import House
from penchant.lake.compact import compact
from penchant.lake.encode import Versions, training_set
from penchant.lake.imports import import_files
from penchant.lake.parts import PROVENANCE
from penchant.lake.schema import Schema
from penchant.lake.stream import put_records
from penchant.lake.table import Table
from penchant.main import build_house
from penchant.settings import Settings
from penchant.store.objects import Objects

PORT, CLIENTS, MOST_EVENTS = 8194, 16, 10
SAMPLE_SECONDS, PATIENCE_SECONDS = 2.0, 300.0
GROWTH = 1.1
"""Memory is called flat where the last minute has no more than so many times that of the middle. A worker's memory
takes a step when it compacts for the first time, so a run has to be several times as long as the pause between."""
METADATA = {"device": "DEVICE", "os": "OS", "country": "COUNTRY", "referrer": "REFERRER"}
SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "EVENT_TYPE", "type": "string"},
        *({"name": name, "type": ["null", "string"], "categorical": True} for name in METADATA.values()),
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}


@dataclass
class Course:
    """What was seen while the events came."""

    began: float = field(default_factory=time.perf_counter)
    answered: list[tuple[float, float]] = field(default_factory=list)
    """Of each call: seconds since the beginning, and how long it took."""
    samples: list[dict[str, float]] = field(default_factory=list)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, required=True, help="the Parquet file")
    options.add_argument("--events", type=int, help="take the first so many only")
    options.add_argument("--upkeep-seconds", type=float, default=600, help="how often the worker compacts the table")
    options.add_argument("--rounds", type=int, default=5, help="of reading")
    options.add_argument("--folder", type=Path, help="where to make the installation, which is removed at the end")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    given = options.parse_args()
    clicks = read_clicks(given.data, given.events)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=given.folder)))
        settings = Settings(
            data_dir=folder / "data", port=PORT, region=PLACE.region, upkeep_seconds=given.upkeep_seconds
        )
        tracking_id, dataset = prepare(settings, SCHEMA)
        house = build_house(settings).at(PLACE)
        stack.callback(house.close)
        table = Table(house.dataset_folder(dataset))
        with serving(settings, [sys.executable, "-m", "penchant", "serve"]) as server:
            course = stream(settings, tracking_id, clicks, server)
            last, began = len(course.samples), time.perf_counter()
            wait_until_folded(house.journal, table, lambda: course.samples.append(sample(settings, course, server)))
            lag = time.perf_counter() - began
        found = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
            "events": len(clicks),
            **told(course, last),
            "folded_after_s": lag,
            "files_before_compacting": len(table.files()),
        }
        began = time.perf_counter()
        while compact(table):
            pass
        found |= {"compacting_s": time.perf_counter() - began, "files": len(table.files())}
        reading = read_in_turns(tables(house, table, clicks, folder), given.rounds)
    show(found, reading)
    if given.json:
        samples = {"samples": course.samples, "reading": reading}
        given.json.write_text(json.dumps({**found, **samples}, indent=1) + "\n")


# The clicks


def read_clicks(path: Path, most: int | None) -> pl.DataFrame:
    """In the order in which they are sent."""
    clicks = pl.read_parquet(path, columns=["user_id", "item_id", "timestamp", "session", *METADATA])
    return clicks.sort("session", "timestamp", maintain_order=True).head(most or len(clicks))


def calls_of(clicks: pl.DataFrame, client: int) -> pl.DataFrame:
    """The calls of those users whose client this is, a row each."""
    return (
        clicks.lazy()
        .filter(pl.col("user_id") % CLIENTS == client)
        .with_columns((pl.int_range(pl.len()).over("session") // MOST_EVENTS).alias("part"))
        .group_by("user_id", "session", "part", maintain_order=True)
        .agg("item_id", "timestamp", pl.struct(pl.col(name).cast(pl.String) for name in METADATA).alias("properties"))
        .collect()
    )


def requests(calls: pl.DataFrame, tracking_id: str, seed: int) -> Iterator[bytes]:
    random, encode = np.random.default_rng(seed), msgspec.json.Encoder().encode
    for user, session, _, *columns in calls.iter_rows():
        events = [
            {
                "eventId": str(uuid.UUID(bytes=random.bytes(16), version=4)),
                "eventType": "Click",
                "itemId": str(item),
                "sentAt": timestamp,
                "properties": encode(properties).decode(),
            }
            for item, timestamp, properties in zip(*columns, strict=True)
        ]
        yield request_of(tracking_id, str(user), str(session), events)


# The stream


def stream(settings: Settings, tracking_id: str, clicks: pl.DataFrame, server: int) -> Course:
    clients = [requests(calls_of(clicks, client), tracking_id, client) for client in range(CLIENTS)]
    course = Course()

    def heed(sent: float, answered: float) -> bool:
        course.answered.append((answered - course.began, answered - sent))
        if answered > course.began + SAMPLE_SECONDS * len(course.samples):
            course.samples.append(sample(settings, course, server))
        return True

    drive(settings.port, clients, heed)
    return course


def sample(settings: Settings, course: Course, server: int) -> dict[str, float]:
    """Memory in bytes: all that a process has, and of it what is no page of a file."""
    found: dict[str, float] = {"seconds": time.perf_counter() - course.began, "calls": len(course.answered)}
    for name, pid in (("server", server), ("worker", worker_of(server))):
        status = Path(f"/proc/{pid}/status").read_text()
        for key, line in (("rss", "VmRSS:"), ("anonymous", "RssAnon:")):
            found[f"{name}_{key}"] = int(status.partition(line)[2].split(maxsplit=1)[0]) * 1024
    found["journal_bytes"] = sum(path.stat().st_size for path in settings.data_dir.glob("journal.db*"))
    return found


def worker_of(server: int) -> int:
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    if not children:
        raise SystemExit("The worker is gone; what it said is above.")
    return int(children[0])


def wait_until_folded(journal: Journal, table: Table, look: Callable[[], None]) -> None:
    """The table holds what the journal holds. Ends this program where nothing moves for minutes."""
    (number,) = journal.datasets()
    newest, before, moved = journal.newest(number), -1, time.monotonic()
    while (position := table.position()) < newest:
        if position > before:
            before, moved = position, time.monotonic()
        elif time.monotonic() > moved + PATIENCE_SECONDS:
            raise SystemExit(f"The table stays at {position} of {newest}; the worker's log is above.")
        time.sleep(SAMPLE_SECONDS)
        look()


def told(course: Course, last: int) -> dict[str, Any]:
    """The course in figures: what was sent took `last` samples; after them the worker had its rest to write."""
    ends, latencies = (np.array(column) for column in zip(*course.answered, strict=True))
    seconds = float(ends[-1])
    minute = min(60.0, seconds / 3)
    parts = {"first": 0.0, "middle": (seconds - minute) / 2, "last": seconds - minute}
    found: dict[str, Any] = {"calls": len(ends), "seconds": seconds, "minute_s": minute}
    for part, start in parts.items():
        inside = (ends >= start) & (ends <= start + minute)
        samples = [each for each in course.samples[:last] if start <= each["seconds"] <= start + minute]
        found[part] = {
            "calls_s": int(inside.sum()) / minute,
            "p50_ms": float(np.percentile(latencies[inside], 50)) * 1e3,
            "p99_ms": float(np.percentile(latencies[inside], 99)) * 1e3,
            **{key: statistics.median(each[key] for each in samples) for key in course.samples[0]},
        }
    found["max"] = {key: max(each[key] for each in course.samples) for key in course.samples[0]}
    for name in ("server", "worker"):
        found[f"{name}_is_flat"] = found["last"][f"{name}_rss"] <= GROWTH * found["middle"][f"{name}_rss"]
    return found


# Reading


def tables(house: House, streamed: Table, clicks: pl.DataFrame, folder: Path) -> dict[str, Table]:
    schema = Schema.parse(json.dumps(SCHEMA))
    imported, at_once = Table(folder / "imported"), Table(folder / "at-once")
    csv = folder / "clicks.csv"
    clicks.select(
        pl.col("user_id").alias("USER_ID"),
        pl.col("item_id").alias("ITEM_ID"),
        pl.lit("Click").alias("EVENT_TYPE"),
        *(pl.col(name).alias(column) for name, column in METADATA.items()),
        pl.col("timestamp").alias("TIMESTAMP"),
    ).write_csv(csv)
    import_files(imported, schema, Objects(folder / "buckets").sources(csv.as_uri()), "FULL", "bench")
    rows = streamed.rows().drop(PROVENANCE).collect()
    if not put_records(at_once, schema, rows, after=0, until=streamed.position()):
        raise SystemExit("The rows could not be written at once.")
    return {"streamed": streamed, "imported": imported, "at once": at_once}


def read_in_turns(read: dict[str, Table], rounds: int) -> dict[str, dict[str, float]]:
    """Medians in seconds, and what was read."""
    ways: dict[str, Callable[[Table], int]] = {
        "read": lambda table: len(table.read().collect()),
        "training_set": lambda table: len(training_set(table, None, Versions.newest(table)).item),
    }
    seconds: dict[str, dict[str, list[float]]] = {name: {way: [] for way in ways} for name in read}
    rows: dict[str, dict[str, int]] = {name: {} for name in read}
    for turn in range(rounds + 1):
        for way, run in ways.items():
            for name, table in read.items():
                began = time.perf_counter()
                rows[name][way] = run(table)
                if turn:  # the first finds nothing in memory
                    seconds[name][way].append(time.perf_counter() - began)
    return {
        name: {
            "files": len(table.files()),
            "bytes": sum(file.size for file in table.files()),
            **{f"{way}_rows": rows[name][way] for way in ways},
            **{f"{way}_s": statistics.median(seconds[name][way]) for way in ways},
        }
        for name, table in read.items()
    }


def show(found: dict[str, Any], reading: dict[str, dict[str, float]]) -> None:
    calls, seconds = found["calls"], found["seconds"]
    print(f"{found['machine']}; nothing pinned to a core")
    print(
        f"{found['events']:,} events in {calls:,} calls from {CLIENTS} clients, in {seconds:,.0f} s: "
        f"{found['events'] / seconds:,.0f} events/s, {calls / seconds:,.0f} calls/s"
    )
    print()
    head = ("calls/s", "p50 ms", "p99 ms", "server MiB", "anonymous", "worker MiB", "anonymous", "journal MiB")
    print(f"{found['minute_s']:>6.0f} s  " + "".join(f"{name:>12}" for name in head))
    sizes = ("server_rss", "server_anonymous", "worker_rss", "worker_anonymous", "journal_bytes")
    for part in ("first", "middle", "last", "max"):
        row = found[part]
        speed = [
            f"{row[key]:>12,.{digits}f}" for key, digits in (("calls_s", 0), ("p50_ms", 2), ("p99_ms", 2)) if key in row
        ]
        print(f"{part:8}  {''.join(speed) or ' ' * 36}" + "".join(f"{row[key] / 2**20:>12,.0f}" for key in sizes))
    for name in ("server", "worker"):
        growth = found["last"][f"{name}_rss"] / found["middle"][f"{name}_rss"]
        verdict = "flat" if found[f"{name}_is_flat"] else "growing"
        print(f"memory of the {name}: {verdict} (last / middle {growth:.2f}; goal: {GROWTH} or less)")
    print()
    print(
        f"all in the table {found['folded_after_s']:.0f} s after the last call, in "
        f"{found['files_before_compacting']} files; compacted to {found['files']} in {found['compacting_s']:.1f} s"
    )
    print()
    print(f"{'':10}{'files':>7}{'MB':>7}{'rows':>12}{'read s':>9}{'training rows':>15}{'training set s':>16}")
    for name, row in reading.items():
        print(
            f"{name:10}{row['files']:>7}{row['bytes'] / 1e6:>7.0f}{row['read_rows']:>12,}{row['read_s']:>9.2f}"
            f"{row['training_set_rows']:>15,}{row['training_set_s']:>16.2f}"
        )
    for other in ("imported", "at once"):
        ratios = [reading["streamed"][key] / reading[other][key] for key in ("read_s", "training_set_s")]
        goal = "  (goal: 2 or less)" if other == "imported" else ""
        print(f"streamed / {other:9} read {ratios[0]:.2f}, training set {ratios[1]:.2f}{goal}")


if __name__ == "__main__":
    main()
