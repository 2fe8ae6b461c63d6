"""How many events PutEvents takes a second when each call is answered after its commit only, beside two limits.

    python bench/events.py [--seconds 3] [--rounds 5] [--postgresql URL|start] [--json FILE]

The limits, measured in the same run: the same server with a writer that answers at once and stores nothing, and bare
transactions that insert the same rows into the same table in a loop. All take turns, round by round; the figures are
medians over the rounds. Requests are made before the clock starts, and used again when all were sent: the journal does
not look at event ids.

No process is pinned to a core: of two cores, the server's threads and this program, which sends the requests, share
what they need. The table says how much each took, so that it shows what was the limit, and how much of the machine
other programs used (PostgreSQL is one of them). Linux only.
"""

import argparse
import asyncio
import gc
import itertools
import json
import os
import platform
import select
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import psycopg
import sqlalchemy as sa

from penchant.contract.arns import Place
from penchant.events.entry import NewEntry
from penchant.events.journal import Journal
from penchant.events.rejections import Rejection
from penchant.events.tables import journal
from penchant.events.writer import Writer
from penchant.jobs import ledger
from penchant.jobs.runner import Runner
from penchant.main import build_application, build_house
from penchant.operations.api import Api
from penchant.server.run import bound, serve
from penchant.settings import Settings
from penchant.store.database import BUSY_MILLISECONDS, Database
from penchant.work.all import follower, perform

PLACE = Place("000000000000", "us-east-1")
PORT, PORT_WITHOUT_COMMITTING = 8195, 8196
CLIENTS, EVENTS = (1, 16, 64), (1, 10)
USERS, ITEMS, CALLS = 100_000, 20_000, 20_000
WARM_SECONDS = 0.3
SCHEMA = {
    "type": "record",
    "name": "Interactions",
    "namespace": "com.amazonaws.personalize.schema",
    "fields": [
        {"name": "USER_ID", "type": "string"},
        {"name": "ITEM_ID", "type": "string"},
        {"name": "EVENT_TYPE", "type": "string"},
        {"name": "EVENT_VALUE", "type": ["null", "float"]},
        {"name": "DEVICE", "type": ["null", "string"], "categorical": True},
        {"name": "TIMESTAMP", "type": "long"},
    ],
    "version": "1.0",
}
SIGNED = "content-type;host;x-amz-date"
HEAD = (
    b"POST /events HTTP/1.1\r\n"
    b"Host: 127.0.0.1:8195\r\n"
    b"Accept-Encoding: identity\r\n"
    b"Content-Type: application/json\r\n"
    b"User-Agent: Boto3/1.44.8 md/Botocore#1.44.8 ua/2.1 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.7\r\n"
    b"X-Amz-Date: 20260101T000000Z\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/personalize/aws4_request, "
    b"SignedHeaders=" + SIGNED.encode() + b", Signature=" + b"0" * 64 + b"\r\n"
    b"amz-sdk-invocation-id: 7a1c9a52-0d6b-4b0c-8d3c-4e0f5a3c2b11\r\n"
    b"amz-sdk-request: attempt=1\r\n"
    b"Content-Length: "
)
"""What boto3 sends."""
INSERT = "INSERT INTO journal (seq, dataset, subject, session, anonymous, records) VALUES "

Row = tuple[Any, ...]
"""Of the journal, without its number."""
Commit = Callable[[Sequence[Row]], None]
"""In a transaction of its own; of rows that begin with their number."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=3, help="of each measurement")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--fold-seconds", type=float, default=1e5, help="how often the worker folds; by default never")
    options.add_argument("--postgresql", help="URL of a server, in which databases are made and dropped; or 'start'")
    options.add_argument("--json", type=Path, help="write the figures to this file")
    options.add_argument("--without-committing", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.without_committing:
        serve_without_committing(Settings())
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url, url_of_bare, storage = stack.enter_context(databases(given.postgresql, folder))
        settings = Settings(
            data_dir=folder / "data", port=PORT, database_url=url, fold_seconds=given.fold_seconds, region=PLACE.region
        )
        tracking_id = prepare(settings, SCHEMA)[0]
        calls = {size: made_calls(tracking_id, size) for size in EVENTS}
        durable = stack.enter_context(serving(settings, [sys.executable, "-m", "penchant", "serve"]))
        other = settings.model_copy(update={"port": PORT_WITHOUT_COMMITTING})
        empty = stack.enter_context(serving(other, [sys.executable, __file__, "--without-committing"]))
        rows = {size: journal_rows(settings, calls[size][:2000]) for size in EVENTS}
        commit = stack.enter_context(bare(url_of_bare))
        cells = measure(given, calls, rows, {"durable": (PORT, durable), "empty": (other.port, empty)}, commit)
    facts = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "journal": storage,
        "bytes_of_a_request": {size: round(statistics.mean(map(len, calls[size]))) for size in EVENTS},
        "seconds": given.seconds,
        "rounds": given.rounds,
    }
    show(facts, cells)
    if given.json:
        given.json.write_text(json.dumps({**facts, "cells": cells}, indent=1) + "\n")


# The installation


@contextmanager
def databases(postgresql: str | None, folder: Path) -> Iterator[tuple[str | None, str, str]]:
    """The book's URL, that of a database for the bare transactions, and what they are."""
    if postgresql is None:
        yield None, f"sqlite:///{folder / 'bare.db'}", f"SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL"
        return
    with ExitStack() as stack:
        if postgresql == "start":
            sys.path.append(str(Path(__file__).resolve().parents[1]))
            from tests import postgres

            postgresql = stack.enter_context(postgres.start(durable=True))
        server = sa.make_url(postgresql)
        administration = server.set(database=server.database or "postgres")
        connection = stack.enter_context(psycopg.connect(text_of(administration), autocommit=True))
        told = [connection.execute(f"SHOW {name}").fetchone() for name in ("server_version", "fsync")]
        names = [f"bench{os.getpid()}", f"bench{os.getpid()}_bare"]
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
            stack.callback(connection.execute, f"DROP DATABASE {name} WITH (FORCE)")
        urls = [text_of(server.set(database=name)) for name in names]
        yield urls[0], urls[1], "PostgreSQL {}, fsync={}".format(*(value for (value,) in told))


def text_of(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


def prepare(settings: Settings, schema: dict[str, Any]) -> tuple[str, str]:
    """A dataset group with Interactions and an event tracker; gives the tracking id and the dataset's ARN."""
    house = build_house(settings)
    api = Api(house)
    runner = Runner(house.database, follower(house), lambda job: perform(job, house))

    def call(operation: str, **request) -> dict:
        answer = api.call(operation, request, PLACE)
        while waiting := ledger.waiting(house.database):
            for job_id in waiting:
                runner.run(job_id)
        return answer

    group = call("CreateDatasetGroup", name="bench")["datasetGroupArn"]
    made = call("CreateSchema", name="bench", schema=json.dumps(schema))["schemaArn"]
    dataset = call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=made, datasetType="Interactions")
    tracker = call("CreateEventTracker", name="t", datasetGroupArn=group)
    house.close()
    return tracker["trackingId"], dataset["datasetArn"]


class Forgetful:
    """A writer that is done at once, and stores nothing."""

    def submit(self, entries: Sequence[NewEntry], found: Sequence[Rejection] = ()) -> "Future[None]":
        done: Future[None] = Future()
        done.set_result(None)
        return done


def serve_without_committing(settings: Settings) -> None:
    """All else as `penchant serve` has it, but for the worker: there can be only one of a name."""
    house = replace(build_house(settings), writer=cast(Writer, Forgetful()))
    companion = [sys.executable, "-c", "import sys; sys.stdin.read()"]

    def listening() -> None:
        print("It listens.", flush=True)

    listener = bound(settings.host, settings.port)
    asyncio.run(serve(build_application(settings, house), listener, companion, listening))


@contextmanager
def serving(settings: Settings, command: list[str]) -> Iterator[int]:
    """A server that listens; gives its process id."""
    environment = {**os.environ, **settings.environment()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            if not server.stdout.readline():
                raise SystemExit("The server did not start; what it said is above.")
            yield server.pid
        finally:
            server.terminate()


# The load


def made_calls(tracking_id: str, size: int) -> list[bytes]:
    """Whole requests of `size` events each, users by a power law."""
    random = np.random.default_rng(size)
    encode, now = msgspec.json.Encoder().encode, int(time.time())
    users = long_tailed(random, USERS, CALLS)
    items = long_tailed(random, ITEMS, CALLS * size).reshape(CALLS, size)
    types = random.choice(["View", "AddToCart", "Purchase"], (CALLS, size), p=[0.8, 0.15, 0.05])
    values = random.gamma(2.0, 20.0, (CALLS, size)).round(2)
    devices = random.choice(["phone", "tablet", "desktop", "tv"], (CALLS, size))
    found = []
    for user, *columns in zip(users.tolist(), *(c.tolist() for c in (items, types, values, devices)), strict=True):
        events = [
            {
                "eventId": str(uuid.UUID(bytes=random.bytes(16), version=4)),
                "eventType": type_,
                "eventValue": value,
                "itemId": f"B{item:09}",
                "properties": encode({"device": device}).decode(),
                "sentAt": now - place,
            }
            for place, (item, type_, value, device) in enumerate(zip(*columns, strict=True))
        ]
        session = str(uuid.UUID(bytes=random.bytes(16), version=4))
        found.append(request_of(tracking_id, f"user-{user}", session, events))
    return found


def long_tailed(random: np.random.Generator, count: int, draws: int) -> np.ndarray:
    """Draws from 0 to count - 1, the one in place i with a weight of 1 / (i + 10)."""
    weights = 1 / (np.arange(count) + 10)
    return random.choice(count, draws, p=weights / weights.sum())


def request_of(tracking_id: str, user: str, session: str, events: list[dict[str, Any]]) -> bytes:
    call = {"trackingId": tracking_id, "userId": user, "sessionId": session, "eventList": events}
    body = msgspec.json.encode(call)
    return HEAD + str(len(body)).encode() + b"\r\n\r\n" + body


def drive(port: int, clients: Sequence[Iterator[bytes]], heed: Callable[[float, float], bool]) -> None:
    """Each client, on a connection of its own, sends its next request when the last one was answered.

    `heed` is told when each request was sent and when it was answered, in seconds of `perf_counter`; once it answers
    False nothing more is sent. It also ends when the clients have no more requests.
    """
    clock, poll = time.perf_counter, select.epoll()
    connections: dict[int, tuple[socket.socket, Iterator[bytes]]] = {}
    sent: dict[int, float] = {}
    going = True

    def send(number: int) -> None:
        connection, requests = connections[number]
        request = next(requests, None) if going else None
        if request is None:
            connection.close()
            del connections[number]
        else:
            sent[number] = clock()
            connection.sendall(request)

    gc.disable()
    try:
        for requests in clients:
            connection = socket.create_connection(("127.0.0.1", port))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connections[connection.fileno()] = (connection, requests)
            poll.register(connection, select.EPOLLIN)
        for number in list(connections):
            send(number)
        while connections:
            for number, _ in poll.poll():
                answer = connections[number][0].recv(65536)
                if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"\r\n\r\n"):
                    raise SystemExit(f"The server answered {answer.decode(errors='replace') or 'nothing'}")
                going &= heed(sent[number], clock())
                send(number)
    finally:
        gc.enable()
        poll.close()


def journal_rows(settings: Settings, calls: list[bytes]) -> list[Row]:
    """What the server makes of calls; it keeps them too."""
    kept = [c for c in journal.c if c is not journal.c.seq]
    database = Database(settings.url_of_journal())
    with database.read() as connection:
        before = connection.scalar(sa.select(sa.func.max(journal.c.seq))) or 0
    drive(settings.port, [iter(calls)], lambda sent, answered: True)
    with database.read() as connection:
        query = sa.select(*kept).where(journal.c.seq > before).order_by(journal.c.seq)
        rows: list[Row] = [tuple(row) for row in connection.execute(query)]
    database.close()
    return rows


# The limits


@contextmanager
def bare(url: str) -> Iterator[Commit]:
    """Commits into a journal that nobody else uses, with nothing but the database's own driver."""
    database = Database(url)
    Journal(database).migrate()
    database.close()
    if not database.is_sqlite:
        with psycopg.connect(url) as connection:

            def commit(rows: Sequence[Row]) -> None:
                with connection.cursor() as cursor:
                    cursor.executemany(INSERT + "(%s, %s, %s, %s, %s, %s)", rows)
                connection.commit()

            yield commit
        return
    file = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL"):
        file.execute(f"PRAGMA {pragma}")

    def commit_to_file(rows: Sequence[Row]) -> None:
        file.execute("BEGIN IMMEDIATE")
        file.executemany(INSERT + "(?, ?, ?, ?, ?, ?)", rows)
        file.execute("COMMIT")

    yield commit_to_file
    file.close()


# Measuring


def measure(
    given: argparse.Namespace,
    calls: dict[int, list[bytes]],
    rows: dict[int, list[Row]],
    servers: dict[str, tuple[int, int]],
    commit: Commit,
) -> list[dict[str, float]]:
    """One row of figures for each number of events in a call and each number of clients."""
    numbers = itertools.count(int(time.time() * 1000) << 20, 16)
    runs: dict[tuple[int, int], list[dict[str, float]]] = {}
    for _ in range(given.rounds):
        for size, clients in itertools.product(EVENTS, CLIENTS):
            found: dict[str, float] = {}
            for name, (port, pid) in servers.items():
                figures = over_http(port, pid, calls[size], clients, given.seconds)
                found |= {f"{name}_{key}": value for key, value in figures.items()}
            found["bare_calls_s"] = committed(commit, rows[size], clients, numbers, given.seconds / 2)
            runs.setdefault((size, clients), []).append(found)
    return [
        {
            "events_a_call": size,
            "clients": clients,
            **{key: statistics.median(run[key] for run in of_cell) for key in of_cell[0]},
            "durable_to_empty": statistics.median(run["durable_calls_s"] / run["empty_calls_s"] for run in of_cell),
        }
        for (size, clients), of_cell in runs.items()
    ]


def over_http(port: int, pid: int, calls: list[bytes], clients: int, seconds: float) -> dict[str, float]:
    latencies: list[float] = []
    start = time.perf_counter() + WARM_SECONDS
    end = start + seconds
    begun: list[tuple[float, ...]] = []

    def heed(sent: float, answered: float) -> bool:
        if answered > start:
            if not begun:
                begun.append((answered, *cpu(pid)))
            elif answered <= end:
                latencies.append(answered - sent)
        return answered < end

    drive(port, [itertools.cycle(calls[client::clients]) for client in range(clients)], heed)
    wall, server, own, all_ = (now - then for now, then in zip((time.perf_counter(), *cpu(pid)), begun[0], strict=True))
    milliseconds = np.array(latencies) * 1e3
    return {
        "calls_s": len(latencies) / seconds,
        "p50_ms": float(np.percentile(milliseconds, 50)),
        "p99_ms": float(np.percentile(milliseconds, 99)),
        "server_cores": server / wall,
        "generator_cores": own / wall,
        "other_cores": max(0.0, all_ - server - own) / wall,
    }


def cpu(pid: int) -> tuple[float, float, float]:
    """Seconds of CPU so far: of a process, of this one, and of the whole machine."""
    tick = os.sysconf("SC_CLK_TCK")
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, nice, system, _, _, interrupts, soft, stolen = map(int, Path("/proc/stat").read_text().split()[1:9])
    busy = (user + nice + system + interrupts + soft + stolen) / tick
    return (int(fields[11]) + int(fields[12])) / tick, time.process_time(), busy


def committed(
    commit: Commit,
    rows: list[Row],
    at_once: int,
    numbers: Iterator[int],
    seconds: float,
) -> float:
    """Calls a second in a loop of transactions, each with the rows of `at_once` calls."""
    supply, calls = itertools.cycle(rows), 0
    begin = time.perf_counter()
    while (spent := time.perf_counter() - begin) < seconds:
        commit([(next(numbers), *row) for row in itertools.islice(supply, at_once)])
        calls += at_once
    return calls / spent


def show(facts: dict[str, Any], cells: list[dict[str, float]]) -> None:
    print(f"{facts['machine']}; {facts['journal']}")
    print(f"medians of {facts['rounds']} rounds of {facts['seconds']} s each, taking turns; nothing pinned to a core")
    sizes = ", ".join(f"{size} of {long:,} bytes" for size, long in facts["bytes_of_a_request"].items())
    print(f"events in a call, and its request: {sizes}")
    print()
    print(f"{'':14}{'durable':^40}{'without committing':^28}{'':8}{'bare, commits of':^18}{'cores used by':>22}")
    print(
        f"{'events':>6}{'clients':>8}{'calls/s':>9}{'events/s':>10}{'p50 ms':>10}{'p99 ms':>10}"
        f"{'calls/s':>10}{'p50 ms':>9}{'p99 ms':>9}{'ratio':>8}{'calls':>7}{'calls/s':>11}"
        f"{'server':>8}{'sender':>8}{'others':>8}"
    )
    for cell in cells:
        print(
            f"{cell['events_a_call']:>6}{cell['clients']:>8}{cell['durable_calls_s']:>9,.0f}"
            f"{cell['durable_calls_s'] * cell['events_a_call']:>10,.0f}"
            f"{cell['durable_p50_ms']:>10.2f}{cell['durable_p99_ms']:>10.2f}"
            f"{cell['empty_calls_s']:>10,.0f}{cell['empty_p50_ms']:>9.2f}{cell['empty_p99_ms']:>9.2f}"
            f"{cell['durable_to_empty']:>8.2f}{cell['clients']:>7}{cell['bare_calls_s']:>11,.0f}"
            f"{cell['durable_server_cores']:>8.2f}{cell['durable_generator_cores']:>8.2f}"
            f"{cell['durable_other_cores']:>8.2f}"
        )
    print()
    chosen = next(cell for cell in cells if (cell["events_a_call"], cell["clients"]) == (10, 16))
    print("calls of ten events from 16 clients:")
    print(f"  durable / without committing  {chosen['durable_to_empty']:>8.2f}  (goal: 0.6 or more)")
    print(f"  events/s                      {chosen['durable_calls_s'] * 10:>8,.0f}  (goal: 10,000 or more)")
    print(f"  p99 ms                        {chosen['durable_p99_ms']:>8.2f}  (goal: below 25)")


if __name__ == "__main__":
    main()
