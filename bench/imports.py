"""How fast an import is, beside what Polars alone needs to read the same CSV and write it as Parquet.

    python bench/imports.py [--rows 1000000] [--repeats 5] [--quoted] [--duplicates 0.0] [--json FILE]

Every measurement runs in a child process of its own, the two kinds taking turns; a child imports its libraries before
its clock starts. Peak memory is the child's, libraries included.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from penchant.lake.imports import import_files
from penchant.lake.schema import Schema
from penchant.lake.table import Table
from penchant.store.objects import Objects

SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "EVENT_VALUE", "type": ["null", "float"]},
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}


def generate(path: Path, rows: int, quoted: bool, duplicates: float) -> None:
    """A year of events: users and items by a power law, three event types, values with two decimals and gaps."""
    random = np.random.default_rng(1)
    with path.open("wb") as file:
        for start in range(0, rows, 1_000_000):
            n = min(1_000_000, rows - start)
            frame = pl.DataFrame(
                {
                    "USER_ID": np.char.add("user-", (random.zipf(1.3, n) % (rows // 10 + 1)).astype(str)),
                    "ITEM_ID": np.char.add("B", (random.zipf(1.2, n) % 50_000 + 100_000).astype(str)),
                    "EVENT_TYPE": random.choice(["View", "AddToCart", "Purchase"], n, p=[0.8, 0.15, 0.05]),
                    "EVENT_VALUE": random.gamma(2.0, 20.0, n).round(2),
                    "TIMESTAMP": 1_700_000_000 + np.sort(random.integers(0, 31_536_000, n)),
                }
            ).with_columns(pl.when(pl.Series(random.random(n) < 0.9)).then("EVENT_VALUE").alias("EVENT_VALUE"))
            if duplicates:
                frame = pl.concat([frame, frame.head(int(n * duplicates))]).head(n)
            frame.write_csv(file, include_header=start == 0, quote_style="non_numeric" if quoted else "necessary")


def measure_polars(csv: Path, folder: Path) -> int:
    pl.scan_csv(csv).sink_parquet(folder / "plain.parquet")
    return int(pl.scan_parquet(folder / "plain.parquet").select(pl.len()).collect().item())


def measure_penchant(csv: Path, folder: Path) -> int:
    schema = Schema.parse(json.dumps(SCHEMA))
    sources = Objects(folder / "buckets").sources(csv.as_uri())
    report = import_files(Table(folder / "table"), schema, sources, "FULL", "bench", 1000)
    return report.rows + report.duplicates


MEASURES = {"polars": measure_polars, "penchant": measure_penchant}


def child(kind: str, csv: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        rows = MEASURES[kind](csv, Path(folder))
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"kind": kind, "seconds": seconds, "rows": rows, "peak_bytes": peak}))


def compare(csv: Path, rows: int, repeats: int) -> dict:
    runs: dict[str, list[dict]] = {kind: [] for kind in MEASURES}
    for _ in range(repeats):
        for kind in MEASURES:
            command = [sys.executable, __file__, "--child", kind, "--csv", str(csv)]
            runs[kind].append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
            assert runs[kind][-1]["rows"] == rows, f"{kind} stored {runs[kind][-1]['rows']} of {rows} rows"
    return {
        kind: {
            "min_seconds": min(run["seconds"] for run in of_kind),
            "median_seconds": statistics.median(run["seconds"] for run in of_kind),
            "peak_bytes": max(run["peak_bytes"] for run in of_kind),
            "runs": [run["seconds"] for run in of_kind],
        }
        for kind, of_kind in runs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quoted", action="store_true", help="put every text value in double quotes")
    parser.add_argument("--duplicates", type=float, default=0.0, help="share of rows that repeat another")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--child", choices=[*sorted(MEASURES), "generate"], help=argparse.SUPPRESS)
    parser.add_argument("--csv", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "generate":
        generate(options.csv, options.rows, options.quoted, options.duplicates)
        return
    if options.child:
        child(options.child, options.csv)
        return
    with tempfile.TemporaryDirectory() as folder:
        csv = Path(folder) / "interactions.csv"
        # In a child too: Linux counts what a process held before it started a child into the child's peak.
        subprocess.run([sys.executable, *sys.argv, "--child", "generate", "--csv", str(csv)], check=True)
        size = csv.stat().st_size
        result = compare(csv, options.rows, options.repeats)
    ratio = result["penchant"]["median_seconds"] / result["polars"]["median_seconds"]
    print(f"{options.rows:,} rows, {size / 1e6:,.1f} MB of CSV, {options.repeats} runs each, taking turns")
    print(f"{'':10}{'min s':>10}{'median s':>10}{'peak MiB':>10}")
    for kind, figures in result.items():
        times = f"{figures['min_seconds']:>10.3f}{figures['median_seconds']:>10.3f}"
        print(f"{kind:10}{times}{figures['peak_bytes'] / 2**20:>10.0f}")
    print(f"ratio of medians {ratio:.2f}")
    if options.json:
        facts = {"rows": options.rows, "csv_bytes": size, "quoted": options.quoted, "duplicates": options.duplicates}
        options.json.write_text(json.dumps({**facts, "ratio": ratio, **result}, indent=1) + "\n")


if __name__ == "__main__":
    main()
