"""Measures the recipes on public data, each by the protocol of a published or recorded figure.

    python bench/quality.py --data FOLDER [--json quality.json] [--rows NAME …] [--models NAME …]
        [--seeds 3] [--draws N] [--keep]
    python bench/quality.py --list

FOLDER holds one folder for each data set (docs/commands.md); a row is left out with a word on the files it lacks. Each
row has the figures that others got (anchor), what we must reach (floor) and want to reach (goal). One table is printed
and written to the JSON; every measurement is written there as it is made, and a run that was stopped goes on behind
the last one. Those of other source code are made again unless `--keep`. Seconds are those of one fit by the clock and
of all cores together; a baseline's hold its tuning.

Nothing is chosen by looking at a test split: recipes choose on events that they keep from their own training, baselines
on a window of it. Seed 0 is the one that the recipes have outside of this bench. To try other settings of the
sequence model, see variants.py.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scoreboard.results import Results, markdown, table_of
from scoreboard.rows import ROWS, Contender, Row, Skipped
from scoreboard.sources import FILES, missing
from scoreboard.tasks import Task


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder of data sets")
    parser.add_argument("--json", type=Path, default=Path("quality.json"))
    parser.add_argument("--rows", nargs="+", choices=[row.name for row in ROWS], metavar="NAME", help="of --list")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="measure only these; others stay as they are")
    parser.add_argument("--seeds", type=int, default=3, help="repetitions with another seed each")
    parser.add_argument("--draws", type=int, help="repetitions of rows that are means over draws, 20 unless given")
    parser.add_argument("--keep", action="store_true", help="take measurements of other source code over")
    parser.add_argument("--list", action="store_true", help="name the rows")
    arguments = parser.parse_args()
    if arguments.list:
        for row in ROWS:
            files = ", ".join(f"{row.data}/{file}" for file in FILES[row.data])
            models = ", ".join(contender.name for contender in (*row.ours, *row.beside))
            print(f"{row.name}\n    {row.about}\n    files: {files}\n    models: {models}")
        return
    if arguments.data is None:
        parser.error("--data FOLDER is needed")
    results = Results(arguments.json, arguments.keep)
    lines: list[dict[str, Any]] = []
    for row in ROWS:
        if arguments.rows and row.name not in arguments.rows:
            continue
        repetitions = (arguments.draws or row.draws) if row.draws else arguments.seeds
        if lacking := missing(arguments.data, row.data):
            print(f"{row.name}: left out. Missing: {', '.join(map(str, lacking))}", file=sys.stderr)
        else:
            measure(row, arguments.data, repetitions, results, arguments.models)
        lines += table_of(results, row, repetitions)
        results.save(lines)
    print(markdown(lines))


def measure(row: Row, folder: Path, repetitions: int, results: Results, models: Sequence[str] | None) -> None:
    """Whatever the row has not got yet, of all models or some."""
    tasks: dict[Any, Task] = {}
    for repetition in range(repetitions):
        for contender in (*row.beside, *row.ours):
            if models and contender.name not in models:
                continue
            # What has no seed needs no second look at the same task.
            if results.has(row, contender, repetition) or (repetition and not (row.varied or contender.seeded)):
                continue
            made = contender.task or row.task
            key = (made, repetition if row.varied else 0)
            if key not in tasks:
                tasks = {known: task for known, task in tasks.items() if known[1] == key[1]}
                tasks[key] = made(folder, repetition)
            try:
                fit_and_judge(row, contender, repetition, tasks[key], results)
            except Skipped as skipped:
                print(f"{row.name}, {contender.name}: left out. {skipped}", file=sys.stderr)


def fit_and_judge(row: Row, contender: Contender, repetition: int, task: Task, results: Results) -> None:
    wall, core = time.perf_counter(), time.process_time()
    fitted = contender.fit(task, repetition)
    facts = {
        "seconds": round(time.perf_counter() - wall, 1),
        "core_seconds": round(time.process_time() - core, 1),
        "test_split_sha256": task.sha256(),
        "training_events": len(task.training.item),
        "items": len(task.training.items),
        **fitted.notes,
    }
    judged = task.judge(fitted.scorer, fitted.timed)
    results.add(row, contender, repetition, judged, facts)
    metrics = results.records[-1]["metrics"]
    shown = ", ".join(f"{bar.metric} {metrics[bar.metric]:.4f}" for bar in row.bars if bar.metric in metrics)
    print(f"{row.name}, {contender.name}, {repetition}: {shown} in {facts['seconds']} s", file=sys.stderr)


if __name__ == "__main__":
    main()
