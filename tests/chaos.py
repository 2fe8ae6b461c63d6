"""Chaos: clients stream records into real servers whose processes are killed meanwhile, and what must be true afterwards.

Of a call that was acknowledged every record is in its table, once. Of one whose answer was lost all records are or none,
and of one that was refused none. `tests/test_chaos.py` runs it for a moment, `bench/chaos.py` for minutes.
"""

import itertools
import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import polars as pl
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from penchant.events.journal import Journal
from penchant.lake import commits, delta_log
from penchant.lake.table import Table
from penchant.resources import book
from penchant.settings import Settings
from penchant.store.database import Database
from tests import samples
from tests.conftest import REGION, Served, settled

MANY = 50
"""Calls, so that both datasets have some of them."""
HANG_SECONDS = 300.0
"""Whatever takes longer will never end."""
ENVIRONMENT = {
    "PENCHANT_FOLD_SECONDS": "0.3",
    "PENCHANT_UPKEEP_SECONDS": "0.4",
    "PENCHANT_MINIMUM_INTERACTIONS": "1",
    "PENCHANT_QUOTAS": json.dumps(dict.fromkeys(("datasetImportJob", "datasetExportJob"), 10**6)),
}
GROUP = "live"
MARK = samples.text("MARK")
"""A column of each dataset that no two records have the same text in."""
TIMESTAMP = {"name": "TIMESTAMP", "type": "long"}
INTERACTIONS = samples.schema(
    "Interactions", samples.text("USER_ID"), samples.text("ITEM_ID"), TIMESTAMP, samples.text("EVENT_TYPE"), MARK
)
ITEMS = samples.schema("Items", samples.text("ITEM_ID"), MARK)
COLUMNS = {
    "INTERACTIONS": ("MARK", "USER_ID", "ITEM_ID", "TIMESTAMP", "_session", "_anonymous"),
    "ITEMS": ("MARK", "ITEM_ID"),
}
ITEM = {name: columns.index("ITEM_ID") for name, columns in COLUMNS.items()}
"""Where the item stands among the columns."""
ROLE = "arn:aws:iam::000000000000:role/r"
SCOPE = f"x/20260101/{REGION}/personalize/aws4_request"
HEADERS = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0",
    "Content-Type": "application/json",
}
ACKNOWLEDGED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"


@dataclass
class Call:
    """A call that was sent, or an import."""

    dataset_type: str
    rows: list[tuple]
    """What its table must get, in `COLUMNS` and in this order."""
    outcome: str = UNKNOWN
    """Unknown stays a call whose connection broke before the answer was there."""
    error: str = ""
    """Of a refused one."""

    @property
    def marks(self) -> list[str]:
        return [row[0] for row in self.rows]


@dataclass(frozen=True)
class Shop:
    """A dataset group that takes live data."""

    interactions: str
    items: str
    tracking_id: str


def open_shop(served: Served) -> Shop:
    client = served.client()
    group = client.create_dataset_group(name=GROUP)["datasetGroupArn"]
    settled(lambda: client.describe_dataset_group(datasetGroupArn=group)["datasetGroup"], HANG_SECONDS)
    arns = []
    for name, text in (("Interactions", INTERACTIONS), ("Items", ITEMS)):
        schema = client.create_schema(name=name, schema=text)["schemaArn"]
        dataset = client.create_dataset(name=name, datasetGroupArn=group, schemaArn=schema, datasetType=name)
        arns.append(dataset["datasetArn"])
    tracker = client.create_event_tracker(name="t", datasetGroupArn=group)
    for arn in arns:
        settled(lambda arn=arn: client.describe_dataset(datasetArn=arn)["dataset"], HANG_SECONDS)
    arn = tracker["eventTrackerArn"]
    settled(lambda: client.describe_event_tracker(eventTrackerArn=arn)["eventTracker"], HANG_SECONDS)
    return Shop(*arns, tracker["trackingId"])


@contextmanager
def serving(data_dir: Path, database_url: str | None = None, worker: str = "local") -> Iterator[Served]:
    url = {"PENCHANT_DATABASE_URL": database_url} if database_url else {}
    served = Served(data_dir, ENVIRONMENT | {"PENCHANT_WORKER": worker} | url)
    try:
        yield served.start()
    finally:
        if served.process and served.process.poll() is None:
            os.killpg(served.process.pid, signal.SIGKILL)
            served.process.wait()


class Plain:
    """HTTP with nothing around it: much quicker than boto3. It connects anew to any of the servers after a break."""

    def __init__(self, ports: list[int], chance: random.Random):
        self.ports, self.chance = ports, chance
        self.connection: HTTPConnection | None = None

    def send(self, call: Call, request: dict) -> bool:
        """Writes down how the call ended. False where no server took the connection, so that it was never sent."""
        if self.connection is None:
            self.connection = HTTPConnection("127.0.0.1", self.chance.choice(self.ports), timeout=HANG_SECONDS)
            try:
                self.connection.connect()
            except OSError:
                self.close()
                return False
        path = {"INTERACTIONS": "/events", "ITEMS": "/items"}[call.dataset_type]
        try:
            self.connection.request("POST", path, json.dumps(request), HEADERS)
            answer = self.connection.getresponse()
            body = answer.read()
        except TimeoutError:
            raise
        except (OSError, HTTPException):
            self.close()
            return True
        call.outcome = ACKNOWLEDGED if answer.status == 200 else REFUSED
        if answer.status != 200:
            call.error = f"{answer.status} {json.loads(body)['__type']}"
        return True

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None


class Boto3:
    """What customers use."""

    def __init__(self, served: Served):
        self.client = served.client("personalize-events")

    def send(self, call: Call, request: dict) -> bool:
        """As that of `Plain`."""
        operation = {"INTERACTIONS": self.client.put_events, "ITEMS": self.client.put_items}[call.dataset_type]
        try:
            operation(**request)
            call.outcome = ACKNOWLEDGED
        except EndpointConnectionError:
            return False
        except ClientError as error:
            code = error.response["Error"]["Code"]
            call.outcome, call.error = REFUSED, f"{error.response['ResponseMetadata']['HTTPStatusCode']} {code}"
        except BotoCoreError:
            pass
        return True

    def close(self) -> None:
        self.client.close()


class Writer:
    """One client with users, sessions and items of its own, so that it knows in which order they were told of."""

    USERS, SESSIONS, ITEMS = 100, 50, 30

    def __init__(self, name: str, sender: Plain | Boto3, shop: Shop, chance: random.Random, pause: float):
        """`pause`: mean seconds between two calls."""
        self.name, self.sender, self.shop, self.chance, self.pause = name, sender, shop, chance, pause
        self.calls: list[Call] = []
        self.outcomes = Counter[str]()

    def run(self, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                make = self.items if self.chance.random() < 0.2 else self.events
                call, request = make(f"{self.name}-{len(self.calls)}", self.chance.randint(1, 10))
                if self.sender.send(call, request):
                    self.calls.append(call)
                    self.outcomes[call.outcome] += 1
                    stop.wait(self.chance.expovariate(1 / self.pause))
                else:
                    stop.wait(0.05)
        finally:
            self.sender.close()

    def events(self, name: str, count: int) -> tuple[Call, dict]:
        """Of a user or an anonymous visitor. An event of a user may name no item."""
        session = f"{self.name}-session{self.chance.randrange(self.SESSIONS)}"
        anonymous = self.chance.random() < 0.25
        user = None if anonymous else f"{self.name}-user{self.chance.randrange(self.USERS)}"
        rows, events = [], []
        for place in range(count):
            mark, moment = f"{name}-{place}", 1_700_000_000 + len(self.calls)
            item = f"item{self.chance.randrange(1000)}" if anonymous or self.chance.random() < 0.9 else None
            rows.append((mark, user or session, item, moment, session, anonymous))
            told = {"eventType": "click", "sentAt": moment, "properties": json.dumps({"mark": mark})}
            events.append(told | ({"itemId": item} if item else {}))
        request = {"trackingId": self.shop.tracking_id, "sessionId": session, "eventList": events}
        return Call("INTERACTIONS", rows), request | ({"userId": user} if user else {})

    def items(self, name: str, count: int) -> tuple[Call, dict]:
        numbers = self.chance.sample(range(self.ITEMS), count)
        rows = [(f"{name}-{place}", f"{self.name}-item{number}") for place, number in enumerate(numbers)]
        items = [{"itemId": item, "properties": json.dumps({"mark": mark})} for mark, item in rows]
        return Call("ITEMS", rows), {"datasetArn": self.shop.items, "items": items}


@dataclass(frozen=True)
class Export:
    written: dict[str, int]
    """How many calls each writer had ended when the export was asked for."""


class HeavyWork:
    """Imports into the dataset that is streamed into, and exports of it."""

    KINDS = {
        "import": ("list_dataset_import_jobs", "datasetImportJobs"),
        "export": ("list_dataset_export_jobs", "datasetExportJobs"),
    }
    ROWS = 2_000

    def __init__(self, served: Served, shop: Shop, chance: random.Random, writers: list[Writer]):
        self.client, self.data_dir, self.shop = served.client(), served.data_dir, shop
        self.chance, self.writers = chance, writers
        self.names = (f"job{number}" for number in itertools.count())
        self.beginning = threading.Lock()
        self.imports: dict[str, Call] = {}
        self.exports: dict[str, Export] = {}
        samples.put(self.data_dir, "marker", "An export needs its bucket.")

    def begin(self, kind: str) -> None:
        """Begin one, when none of its kind is at work and the server answers."""
        with self.beginning, suppress(BotoCoreError):
            if self.idle(kind):
                {"import": self.begin_import, "export": self.begin_export}[kind](next(self.names))

    def begin_import(self, name: str) -> None:
        rows = [(f"{name}-{place}", f"user{place % 50}", f"item{place % 90}", place) for place in range(self.ROWS)]
        self.imports[name] = Call("INTERACTIONS", [(*row, None, None) for row in rows])
        lines = samples.csv([(*row, "view") for row in rows], "MARK,USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE")
        location = samples.put(self.data_dir, f"{name}.csv", lines)
        # Amazon wants the first import to be FULL. It replaces what was imported before, which here is nothing.
        imported = "ACTIVE" in self.statuses("import").values()
        self.client.create_dataset_import_job(
            jobName=name,
            datasetArn=self.shop.interactions,
            dataSource={"dataLocation": location},
            importMode="INCREMENTAL" if imported else "FULL",
        )

    def begin_export(self, name: str) -> None:
        self.exports[name] = Export({writer.name: len(writer.calls) for writer in self.writers})
        self.client.create_dataset_export_job(
            jobName=name,
            datasetArn=self.shop.interactions,
            ingestionMode="ALL",
            roleArn=ROLE,
            jobOutput={"s3DataDestination": {"path": "s3://bucket/out/"}},
        )

    def statuses(self, kind: str) -> dict[str, str]:
        """By name, of those that the server knows."""
        operation, member = self.KINDS[kind]
        pages = self.client.get_paginator(operation).paginate(datasetArn=self.shop.interactions)
        return {job["jobName"]: job["status"] for page in pages for job in page[member]}

    def idle(self, kind: str) -> bool:
        """Whether all that was begun has ended. False where no server can say."""
        try:
            return all(status in ("ACTIVE", "CREATE FAILED") for status in self.statuses(kind).values())
        except BotoCoreError:
            return False

    def exported(self, name: str) -> list[str]:
        """The marks in an export's files."""
        folder = self.data_dir / "buckets" / "bucket" / "out" / name
        parts = [pl.read_csv(path, infer_schema=False)["MARK"].to_list() for path in sorted(folder.iterdir())]
        return [mark for part in parts for mark in part]


@dataclass
class Report:
    seconds: float
    """From the first call to the last."""
    calls: Counter[str]
    """By outcome."""
    errors: Counter[str]
    """Of those refused."""
    records: int
    """Of acknowledged calls."""
    kills: Counter[str]
    commits: Counter[str]
    """By table and what they were."""
    jobs: Counter[str]
    """Imports and exports by how they ended."""
    faults: list[str]


class Chaos:
    """Writers at work on servers of one installation, as long as it is entered. The servers must be running."""

    KINDS = ("server", "worker", "folding worker", "child")

    def __init__(
        self,
        servers: list[Served],
        seed: int,
        database_url: str | None = None,
        writers: int = 8,
        pause: float = 0.01,
    ):
        """One of the `writers` is boto3; `pause` is the mean time in seconds that each lets pass between two calls."""
        self.servers, self.chance = servers, random.Random(seed)
        self.data_dir = servers[0].data_dir
        self.shop = open_shop(servers[0])
        self.stop, self.kills = threading.Event(), Counter[str]()
        self.writers: list[Writer] = []
        for number in range(writers):
            chance = random.Random(f"{seed} {number}")
            sender = Plain([served.port for served in servers], chance) if number else Boto3(servers[0])
            self.writers.append(Writer(f"w{number}", sender, self.shop, chance, pause))
        self.work = HeavyWork(servers[0], self.shop, random.Random(f"{seed} work"), self.writers)
        self.threads = ThreadPoolExecutor(writers + len(HeavyWork.KINDS))
        self.running: list[Future] = []
        settings = Settings(data_dir=self.data_dir, database_url=database_url)
        self.database, self.journal = Database(settings.url()), Journal(Database(settings.url_of_journal()))
        self.began = self.ended = 0.0

    def __enter__(self) -> "Chaos":
        self.began = time.monotonic()
        self.running = [self.threads.submit(writer.run, self.stop) for writer in self.writers]
        return self

    def __exit__(self, *error: object) -> None:
        self.stop.set()
        self.threads.shutdown()
        self.work.client.close()
        self.database.close()
        self.journal.close()

    def work_all_the_time(self) -> None:
        """One import after another, and beside them one export after another."""

        def run(kind: str) -> None:
            while not self.stop.is_set():
                self.work.begin(kind)
                self.stop.wait(0.1)

        self.running += [self.threads.submit(run, kind) for kind in HeavyWork.KINDS]

    def until(self, true: Callable[[], bool], what: str, pause: float = 0.02) -> None:
        """Wait, as long as servers and writers are well, and look again after each `pause` of seconds."""
        end = time.monotonic() + HANG_SECONDS
        while not true():
            for served in self.servers:
                assert served.process and served.process.poll() is None, f"ended by itself:\n{last_words(served)}"
            for each in self.running:
                if each.done():
                    each.result()
            assert time.monotonic() < end, f"waited for {what}:\n{last_words(self.servers[0])}"
            time.sleep(pause)

    def count(self, outcome: str) -> int:
        """Calls that ended so."""
        return sum(writer.outcomes[outcome] for writer in self.writers)

    def until_acknowledged(self, calls: int) -> None:
        enough = self.count(ACKNOWLEDGED) + calls
        self.until(lambda: self.count(ACKNOWLEDGED) >= enough, "acknowledged calls")

    def until_committed(self) -> None:
        before = self.versions()
        self.until(lambda: self.versions() != before, "a commit to a table", pause=0.001)

    def versions(self) -> dict[str, int]:
        """How often each table was committed to."""
        return {name: len(list((self.folder(name) / "_delta_log").glob("*.json"))) for name in COLUMNS}

    def commits_by_kind(self) -> Counter[str]:
        """By table and what they were."""
        kinds = {"journal": "folds", "merge": "merges of files"}
        found = Counter[str]()
        for name, number in self.versions().items():
            store = Table(self.folder(name)).store()
            for version in range(number):
                told = delta_log.commit_info(store, version).get(commits.NAME, "")
                found[f"{name} {kinds.get(told.partition('-')[0], 'imports')}"] += 1
        return found

    def folder(self, dataset_type: str) -> Path:
        return self.data_dir / "datasets" / "000000000000" / REGION / GROUP / dataset_type

    def kill(self, kind: str, patient: bool = True) -> None:
        """kill -9 at a random moment; a server is started again.

        With `patient` a server only when it has acknowledged calls since, and a worker when it has committed to a
        table. A folding worker is killed at once when it has.
        """
        served = self.chance.choice(self.servers)
        if kind == "folding worker" or (patient and kind == "worker"):
            self.until_committed()
        elif patient and kind == "server":
            self.until_acknowledged(10)
        if kind != "folding worker":
            time.sleep(self.chance.uniform(0, 0.6))
        {"server": self.kill_server, "child": self.kill_child}.get(kind, self.kill_worker)(served)
        self.kills[kind] += 1

    def kill_server(self, served: Served) -> None:
        """The server alone. Its worker goes by itself, perhaps only after the next server has begun."""
        assert served.process
        orphans = children(served.process.pid)
        os.kill(served.process.pid, signal.SIGKILL)
        served.process.wait()
        if self.chance.random() < 0.5:
            while any(map(lives, orphans)):
                time.sleep(0.01)
        served.start()

    def kill_worker(self, served: Served) -> None:
        """The worker alone. Its children go by themselves, and the server starts another."""
        with suppress(ProcessLookupError):
            os.kill(served.worker(), signal.SIGKILL)

    def kill_child(self, served: Served) -> None:
        """The process of an import or an export, of whichever server."""
        while True:
            self.until(self.at_work, "a child of a worker")
            time.sleep(self.chance.uniform(0, 1.5))
            if found := self.attempts():
                with suppress(ProcessLookupError):
                    os.kill(self.chance.choice(found), signal.SIGKILL)
                    return

    def at_work(self) -> bool:
        if self.attempts():
            return True
        self.work.begin(self.chance.choice(list(HeavyWork.KINDS)))
        return False

    def attempts(self) -> list[int]:
        """Process ids of the children of all workers."""
        workers = [pid for served in self.servers if served.process for pid in children(served.process.pid)]
        return [pid for worker in workers for pid in children(worker) if lives(pid)]

    def finish(self) -> Report:
        """Kill everything at once in the midst of it and start anew; then end the writing, and see what is there."""
        for served in self.servers:
            assert served.process
            os.killpg(served.process.pid, signal.SIGKILL)
        for served in self.servers:
            assert served.process
            served.process.wait()
            served.start()
        self.kills["everything"] += 1
        # Only with something new there is a last fold, and it must not bring anything for the second time.
        self.until_acknowledged(MANY)
        self.end()
        return self.report()

    def end(self) -> None:
        """Let the writers end."""
        self.stop.set()
        for each in self.running:
            each.result()
        self.running, self.ended = [], time.monotonic()

    def report(self) -> Report:
        """Wait until all is folded, and look at what is there."""
        for kind in HeavyWork.KINDS:
            self.until(lambda kind=kind: self.work.idle(kind), f"the end of each {kind}")
        self.until(self.folded, "the last fold")
        calls = [call for writer in self.writers for call in writer.calls]
        statuses = {kind: self.work.statuses(kind) for kind in HeavyWork.KINDS}
        for name, call in self.work.imports.items():
            status = statuses["import"].get(name, "")
            call.outcome = {"ACTIVE": ACKNOWLEDGED, "CREATE FAILED": REFUSED}.get(status, UNKNOWN)
        return Report(
            seconds=self.ended - self.began,
            calls=Counter(call.outcome for call in calls),
            errors=Counter(call.error for call in calls if call.error),
            records=sum(len(call.rows) for call in calls if call.outcome == ACKNOWLEDGED),
            kills=self.kills,
            commits=self.commits_by_kind(),
            jobs=Counter(f"{kind} {status}" for kind, found in statuses.items() for status in found.values()),
            faults=[*self.faults_of_tables(), *self.faults_of_exports(statuses["export"])],
        )

    def folded(self) -> bool:
        arns = {"INTERACTIONS": self.shop.interactions, "ITEMS": self.shop.items}
        for name, arn in arns.items():
            with self.database.read() as connection:
                number = book.number_of(connection, arn)
            if Table(self.folder(name)).position() < self.journal.newest(number):
                return False
        return True

    def faults_of_tables(self) -> Iterator[str]:
        imports = [[call] for call in self.work.imports.values()]
        for name, others in (("INTERACTIONS", imports), ("ITEMS", [])):
            rows = rows_of(Table(self.folder(name)), name)
            yield from faults_of_rows(name, rows)
            yield from faults_of_calls(name, rows, self.by_writer(name) + others)
            if name == "ITEMS":
                newest = Table(self.folder(name)).read().select("ITEM_ID", "MARK").collect()
                yield from faults_of_newest(dict(newest.iter_rows()), rows, self.by_writer(name))

    def faults_of_exports(self, statuses: Mapping[str, str]) -> Iterator[str]:
        """An export has what was acknowledged before it was asked for, and the calls after that whole or not at all."""
        for name, export in self.work.exports.items():
            if statuses.get(name) != "ACTIVE":
                continue
            stored = Counter(self.work.exported(name))
            yield from (f"The export {name} has {mark} {times} times." for mark, times in stored.items() if times > 1)
            for writer in self.writers:
                for place, call in enumerate(writer.calls):
                    if call.dataset_type == "INTERACTIONS":
                        # It leaves out what names no item.
                        shown = replace(call, rows=[row for row in call.rows if row[ITEM["INTERACTIONS"]]])
                        if call.outcome == ACKNOWLEDGED and place >= export.written[writer.name]:
                            shown.outcome = UNKNOWN
                        yield from faults_of_call(f"The export {name}", shown, stored)

    def by_writer(self, dataset_type: str) -> list[list[Call]]:
        return [[call for call in writer.calls if call.dataset_type == dataset_type] for writer in self.writers]


def rows_of(table: Table, name: str) -> list[tuple]:
    """Every row in `COLUMNS`, and then its `_sequence` and `_provenance`, in the order of their numbers."""
    rows = table.rows().select(*COLUMNS[name], "_sequence", "_provenance")
    return list(rows.sort("_sequence").collect().iter_rows())


def faults_of_rows(name: str, rows: list[tuple]) -> Iterator[str]:
    """Rows and numbers that are there twice."""
    marks = Counter(row[0] for row in rows)
    yield from (f"{name} has {mark} {times} times." for mark, times in marks.items() if times > 1)
    # An import takes its numbers from the clock, so it may have some that the journal gave in the same millisecond.
    numbers = Counter((number, provenance == "PUT") for *_, number, provenance in rows)
    yield from (f"{name} has the number {number} {times} times." for (number, _), times in numbers.items() if times > 1)


def faults_of_calls(name: str, rows: list[tuple], clients: list[list[Call]]) -> Iterator[str]:
    """What is missing, what differs from what was sent, and in the order. A client made its calls one after another."""
    stored = {row[0]: row for row in rows}
    strange = set(stored)
    for calls in clients:
        highest = 0
        for call in calls:
            strange.difference_update(call.marks)
            yield from faults_of_call(name, call, stored)
            for place, sent in enumerate(call.rows):
                *found, number, _ = stored.get(sent[0], (*sent, highest + 1, ""))
                if tuple(found) != sent:
                    yield f"{name} has {found} instead of {sent}."
                if number <= highest or (place and name == "INTERACTIONS" and number != highest + 1):
                    yield f"{name} has {sent[0]} under the number {number}, and what was sent before it under {highest}."
                highest = max(number, highest)
    yield from (f"{name} has {mark}, which nobody sent." for mark in strange)


def faults_of_call(where: str, call: Call, stored: Mapping[str, object]) -> Iterator[str]:
    missing = [mark for mark in call.marks if mark not in stored]
    if call.outcome == ACKNOWLEDGED and missing:
        yield f"{where} lacks {', '.join(missing)} of an acknowledged call of {len(call.rows)} records."
    elif call.outcome == REFUSED and len(missing) < len(call.rows):
        yield f"{where} has records of a refused call ({call.error}): {', '.join(call.marks)}."
    elif call.outcome == UNKNOWN and 0 < len(missing) < len(call.rows):
        yield f"{where} lacks {', '.join(missing)} of a call of which it has other records: {', '.join(call.marks)}."


def faults_of_newest(newest: Mapping[str, str], rows: list[tuple], clients: list[list[Call]]) -> Iterator[str]:
    """`newest`: the mark that reading gives for each item. It must be the last one of which the table has a row."""
    stored = {row[0] for row in rows}
    last = {item: mark for calls in clients for call in calls for mark, item in call.rows if mark in stored}
    for item in sorted(last.keys() | newest.keys()):
        if newest.get(item) != last.get(item):
            yield f"ITEMS reads {newest.get(item)} for {item}; the last one that was sent is {last.get(item)}."


def last_words(served: Served) -> str:
    return served.log.read_text()[-5_000:]


def children(pid: int) -> list[int]:
    """Process ids of what any thread of a process has started."""
    found: list[int] = []
    with suppress(OSError):  # the process, or one of its threads, is gone
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(OSError):
                found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def lives(pid: int) -> bool:
    """Whether a process is there and more than an entry that nobody has waited for."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
