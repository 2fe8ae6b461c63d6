"""What a training costs as data grows: seconds, processor and peak memory, and how fast each grows with interactions.

    python bench/training.py [--sizes 1 3 10 30] [--recipes aws-user-personalization-v2 …] [--data FOLDER]
        [--epochs N] [--seed 1] [--folder FOLDER] [--json training.json]
    python bench/training.py --pair [--sizes 1] [--threads N]

Sizes are in millions of interactions. They are made up (bench/synthetic.py); with `--data`, the folder of the data sets
(docs/commands.md), the clicks of globo-news come beside, as far as they go, the oldest first. Each training runs in a
process of its own, in an installation of its own, by the way that a worker's goes: it reads the tables from the lake,
fits, measures, and seals a model. Memory is the most that this process had at a time, libraries and mapped files
included. Processor seconds are those of all its threads; others who share the cores do not count.

`silent` is the most processor seconds from one report of progress to the next, on a core of its own the time by the
clock: only at a report does a training look whether it is to stop, and what stays silent for longer than
PENCHANT_STOP_GRACE_SECONDS is killed. The JSON has the longest of each part, and the peaks of memory by what it was at.

`growth` is the exponent of processor seconds over interactions since the line before, and that of the memory: 1 is
linear. `--epochs` bounds the epochs of the transformer, for sizes whose whole training is not waited for; the table
says so.

`--pair` trains twice, with the share of cores that a worker gives each of two heavy jobs, one after the other and then
at once. On two cores or more that nobody else uses, `at once` takes half as long as `in turn`.
"""

import argparse
import json
import math
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
import synthetic

from penchant.artifacts.sealed import open_sealed
from penchant.contract.arns import Place
from penchant.house import House
from penchant.jobs import ledger
from penchant.jobs.cores import environment, of_machine
from penchant.jobs.job import Job
from penchant.jobs.runner import Runner
from penchant.lake.parts import FULL
from penchant.lake.schema import Schema
from penchant.lake.table import Table
from penchant.main import build_house
from penchant.operations.api import Api
from penchant.operations.trainings import trained
from penchant.recipes.parts import settings as chosen
from penchant.resources import book
from penchant.resources.kinds import KINDS
from penchant.settings import Settings
from penchant.work.all import follower, perform
from penchant.work.watch import peak_bytes

MILLION = 1_000_000
PLACE = Place("000000000000", "us-east-1")
PAGE = resource.getpagesize()
LOOK_SECONDS = 0.05
GLOBO = 2_988_181
"""Clicks of globo-news."""
SYNTHETIC, CLICKS = "synthetic", "globo-news"
SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=float, nargs="+", help="millions of interactions")
    parser.add_argument("--recipes", nargs="+", default=["aws-user-personalization-v2"])
    parser.add_argument("--data", type=Path, help="folder of the data sets, for globo-news beside the made-up data")
    parser.add_argument("--epochs", type=int, help="of the transformer, at most")
    parser.add_argument("--seed", type=int, default=1, help="of the made-up data")
    parser.add_argument("--folder", type=Path, help="where to make the installations, which are removed at the end")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--pair", action="store_true", help="two trainings in turn and at once")
    parser.add_argument("--threads", type=int, help="of each training; by default the share of one of two")
    parser.add_argument("--child", choices=["make", "train"], help=argparse.SUPPRESS)
    parser.add_argument("--made-of", choices=[SYNTHETIC, CLICKS], default=SYNTHETIC, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child == "make":
        make(given.folder, rows_of(given), given.recipes[0])
    elif given.child == "train":
        print(json.dumps(train(given.folder, given.epochs)))
    elif given.pair:
        tell(given, {"pairs": [pair(given, size) for size in given.sizes or [1.0]]})
    else:
        tell(given, {"trainings": list(table(given))})


def tell(given: argparse.Namespace, found: dict[str, Any]) -> None:
    machine = f"{platform.machine()}, {of_machine()} cores, Python {platform.python_version()}"
    if given.json:
        given.json.write_text(json.dumps({"machine": machine, **found}, indent=1) + "\n")


# What is measured


def table(given: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Prints a line for each training as it ends."""
    print(
        f"{'recipe':28}{'data':>11}{'million':>9}{'items':>9}{'users':>10}{'epochs':>8}"
        f"{'clock s':>9}{'core s':>9}{'silent':>8}{'MiB':>7}{'growth':>8}{'of memory':>10}  parts (clock s)"
    )
    sizes = given.sizes or [1.0, 3.0, 10.0, 30.0]
    for recipe in given.recipes:
        sources = [(SYNTHETIC, sizes)]
        if given.data:
            sources.append((CLICKS, sorted({min(size, GLOBO / MILLION) for size in sizes})))
        for source, of_source in sources:
            before = None
            for size in of_source:
                found = measured(given, recipe, source, size)
                if before is not None:
                    found |= {
                        "growth": exponent(before, found, "core_seconds"),
                        "growth_of_memory": exponent(before, found, "peak_bytes"),
                    }
                print(line(found), flush=True)
                yield found
                before = found


def line(found: dict[str, Any]) -> str:
    growth = "".join(
        f"{found[name]:>{width}.2f}" if name in found else " " * width
        for name, width in (("growth", 8), ("growth_of_memory", 10))
    )
    parts = ", ".join(f"{part} {seconds:,.0f}" for part, seconds in found["seconds_of_parts"].items())
    silent = max(found["silent_seconds"].values())
    bounded = "" if found["epochs_at_most"] is None else f"  (epochs <={found['epochs_at_most']})"
    return (
        f"{found['recipe']:28}{found['data']:>11}{found['interactions'] / MILLION:>9.2f}{found['items']:>9,}"
        f"{found['users']:>10,}{len(found['epochs']) or '':>8}{found['clock_seconds']:>9,.0f}"
        f"{found['core_seconds']:>9,.0f}{silent:>8,.1f}{found['peak_bytes'] / 2**20:>7,.0f}{growth}  {parts}{bounded}"
    )


def exponent(before: dict[str, Any], found: dict[str, Any], name: str) -> float:
    return math.log(found[name] / before[name]) / math.log(found["interactions"] / before["interactions"])


def measured(given: argparse.Namespace, recipe: str, source: str, size: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        run(given, "make", Path(folder), recipe, source, size)
        found = json.loads(run(given, "train", Path(folder), recipe, source, size))
    return {"recipe": recipe, "data": source, "interactions": round(size * MILLION), **found}


def pair(given: argparse.Namespace, size: float) -> dict[str, Any]:
    """Prints its line."""
    threads = given.threads or max(1, of_machine() // 2)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        folders = [Path(folder) / name for name in ("a", "b", "c", "d")]
        recipe = given.recipes[0]
        for each in folders:
            run(given, "make", each, recipe, SYNTHETIC, size)
        began = time.monotonic()
        for each in folders[:2]:
            run(given, "train", each, recipe, SYNTHETIC, size, threads)
        in_turn, began = time.monotonic() - began, time.monotonic()
        both = [start(given, "train", each, recipe, SYNTHETIC, size, threads) for each in folders[2:]]
        told = [json.loads(output(process)) for process in both]
        at_once = time.monotonic() - began
    each = [found["clock_seconds"] for found in told]
    found = {
        "recipe": recipe,
        "interactions": round(size * MILLION),
        "threads": threads,
        "in_turn_seconds": in_turn,
        "at_once_seconds": at_once,
        "ratio": at_once / in_turn,
        "clock_seconds_of_each_at_once": each,
    }
    print(
        f"two of {recipe}, {size:g} million, {threads} thread(s) each: in turn {in_turn:,.0f} s, at once "
        f"{at_once:,.0f} s ({' and '.join(f'{seconds:,.0f}' for seconds in each)}), ratio {at_once / in_turn:.2f}",
        flush=True,
    )
    return found


# Processes


def run(
    given: argparse.Namespace,
    what: str,
    folder: Path,
    recipe: str,
    source: str,
    size: float,
    threads: int | None = None,
) -> str:
    return output(start(given, what, folder, recipe, source, size, threads))


def start(
    given: argparse.Namespace,
    what: str,
    folder: Path,
    recipe: str,
    source: str,
    size: float,
    threads: int | None = None,
) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, "--child", what, "--folder", str(folder), "--made-of", source]
    command += ["--sizes", str(size), "--recipes", recipe, "--seed", str(given.seed)]
    for option in ("data", "epochs"):
        if (value := getattr(given, option)) is not None:
            command += [f"--{option}", str(value)]
    shared = environment(threads or of_machine())
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | shared)


def output(process: "subprocess.Popen[str]") -> str:
    said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"A process ended with {process.returncode}: {' '.join(map(str, process.args))}")
    return said


# In the children


def rows_of(given: argparse.Namespace) -> Iterator[pl.DataFrame]:
    rows = round(given.sizes[0] * MILLION)
    if given.made_of == SYNTHETIC:
        yield from synthetic.frames(rows, given.seed)
        return
    clicks = pl.scan_parquet(given.data / "globo-news" / "clicks_slim.parquet")
    text = [pl.col(name).cast(pl.String).alias(name.upper()) for name in ("user_id", "item_id")]
    yield clicks.select(*text, pl.col("timestamp").alias("TIMESTAMP")).sort("TIMESTAMP").head(rows).collect()


def make(folder: Path, frames: Iterator[pl.DataFrame], recipe: str) -> None:
    """An installation with the data in its table and the job of a training waiting."""
    house = opened(folder)
    api = Api(house)

    def call(operation: str, **request: Any) -> dict[str, Any]:
        answer = api.call(operation, request, PLACE)
        if operation != "CreateSolutionVersion":
            run_jobs(house)
        return answer

    group = call("CreateDatasetGroup", name="bench")["datasetGroupArn"]
    schema = call("CreateSchema", name="bench", schema=json.dumps(SCHEMA))["schemaArn"]
    dataset = call("CreateDataset", name="bench", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")[
        "datasetArn"
    ]
    rows = Table(house.dataset_folder(dataset))
    writer = rows.writer("bench", FULL)
    for frame in frames:
        writer.add(frame)
    rows.commit(writer.finish(np.empty(0, np.int64)), Schema.parse(json.dumps(SCHEMA)), "bench", True, {})
    solution = call(
        "CreateSolution", name="bench", datasetGroupArn=group, recipeArn=f"arn:aws:personalize:::recipe/{recipe}"
    )["solutionArn"]
    call("CreateSolutionVersion", solutionArn=solution)
    house.close()


def train(folder: Path, epochs: int | None) -> dict[str, Any]:
    """Do the waiting job in this process. Answers with what it took."""
    house, watched = opened(folder), Watched()
    began, core = time.monotonic(), time.process_time()
    with patch.object(chosen, "EPOCHS_AT_MOST", epochs or chosen.EPOCHS_AT_MOST), watched:
        run_jobs(house, watched)
    clock, core = time.monotonic() - began, time.process_time() - core
    with house.reading() as connection:
        [arn] = book.everywhere(connection, KINDS["solutionVersion"])
        version = book.find(connection, KINDS["solutionVersion"], arn)
    if version["status"] != "ACTIVE":
        raise SystemExit(f"The training is {version['status']}: {version.get('failureReason')}")
    told, sealed = trained(house, arn, ""), open_sealed(house.artifact_folder(arn))
    house.close()
    return {
        "items": len(sealed.arrays["items.offsets"]) - 1,
        "users": len(sealed.arrays["users.offsets"]) - 1,
        "clock_seconds": clock,
        "core_seconds": core,
        "peak_bytes": peak_bytes(),
        "peak_bytes_at": watched.peaks,
        "silent_seconds": watched.silences,
        "seconds_of_parts": told["attempts"][-1]["seconds"],
        "epochs": told["epochs"],
        "epochs_at_most": epochs,
        "metrics": sealed.manifest["metrics"],
    }


class Watched:
    """`with Watched() as watched`: how much memory this process has while it says what it does."""

    def __init__(self) -> None:
        self.peaks: dict[str, int] = {}
        """The most bytes it was seen to have, by the sentence of its progress, without the numbers in it."""
        self.silences: dict[str, float] = {}
        """The most processor seconds for which it said nothing after it had said so."""
        self.sentence = "Starting."
        self._said = time.process_time()
        self._ended = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Watched":
        self._looking.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._say("Ended.")
        self._ended.set()
        self._looking.join()

    def of(self, job: Job) -> Job:
        """The same job, whose sentences are heard."""

        def report(fraction: float, sentence: str) -> None:
            self._say(re.split(r"[,.:;]| \d", sentence)[0])
            job.report(fraction, sentence)

        return replace(job, report=report)

    def _say(self, sentence: str) -> None:
        now = time.process_time()
        silence, self._said = now - self._said, now
        self.silences[self.sentence] = max(self.silences.get(self.sentence, 0.0), silence)
        self.sentence = sentence

    def _look(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            sentence, size = self.sentence, pages * PAGE
            self.peaks[sentence] = max(self.peaks.get(sentence, 0), size)


def run_jobs(house: House, watched: Watched | None = None) -> None:
    def work(job: Job) -> dict[str, Any] | None:
        return perform(watched.of(job) if watched else job, house)

    runner = Runner(house.database, follower(house), work)
    while waiting := ledger.waiting(house.database):
        for job_id in waiting:
            runner.run(job_id)


def opened(folder: Path) -> House:
    return build_house(Settings(data_dir=folder, auto_training=False)).at(PLACE)


if __name__ == "__main__":
    main()
