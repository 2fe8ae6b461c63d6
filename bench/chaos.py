"""What is left of live data when the processes of an installation are killed again and again, for minutes.

    python bench/chaos.py [--seconds 120] [--seed N] [--postgresql start|URL] [--json FILE]

Clients send events and items without a pause to speak of, imports and exports run beside them, and servers, workers and
what these have started are killed at random moments. On SQLite there is one server. With --postgresql there are two, on
a new database of the PostgreSQL server at URL (postgresql://USER@HOST:PORT), or of one that is started for this. At the
end each acknowledged record must be in its table once; what is wrong is printed, and the exit status is 1. Needs what
the tests need: pip install -e '.[dev]'.
"""

import argparse
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests import postgres
from tests.chaos import Chaos, Report, serving
from tests.conftest import Served

LONGEST_PEACE = 8.0
"""Seconds between two kills, at most. A process takes about two to start."""
SHOWN = 20
"""Faults."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=120, help="of killing; setting up and looking come on top")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options.add_argument("--writers", type=int, default=8)
    options.add_argument("--pause", type=float, default=0.005, help="mean seconds that a writer rests after a call")
    options.add_argument("--postgresql", metavar="start|URL")
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    print(f"seed {given.seed}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="penchant-chaos-")))
        url = stack.enter_context(database(given.postgresql)) if given.postgresql else None
        names = ("one", "two") if url else ("one",)
        servers = [stack.enter_context(serving(folder / "data", url, name)) for name in names]
        report = run(servers, url, given)
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "database": "PostgreSQL, two servers" if url else "SQLite, one server",
        "seed": given.seed,
        **vars(report),
        "faults": len(report.faults),
    }
    show(result)
    for fault in report.faults[:SHOWN]:
        print(fault)
    if given.json:
        given.json.write_text(json.dumps(result | {"faults": report.faults}, indent=1))
    sys.exit(1 if report.faults else 0)


def run(servers: list[Served], url: str | None, given: argparse.Namespace) -> Report:
    chance = random.Random(given.seed)
    with Chaos(servers, given.seed, url, given.writers, given.pause) as chaos:
        chaos.work_all_the_time()
        end = time.monotonic() + given.seconds
        while time.monotonic() < end:
            time.sleep(chance.uniform(0, LONGEST_PEACE))
            # Half of them while a process may still be on its way up.
            chaos.kill(*chance.choices(Chaos.KINDS, (4, 3, 3, 1)), patient=chance.random() < 0.5)
        return chaos.finish()


@contextmanager
def database(where: str) -> Iterator[str]:
    """A new database of a PostgreSQL server."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres.start()) if where == "start" else where.rstrip("/")
        name = f"chaos{os.getpid()}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server}/{name}"
        finally:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def show(result: dict) -> None:
    lines: list[tuple[str, object]] = []
    for name, value in result.items():
        several = value.items() if isinstance(value, dict) else [("", value)]
        lines += [(f"{name} {key}".strip(), each) for key, each in sorted(several)]
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(f"{name:{width}}  {value:.1f}" if isinstance(value, float) else f"{name:{width}}  {value}")


if __name__ == "__main__":
    main()
