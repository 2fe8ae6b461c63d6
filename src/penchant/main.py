"""Puts the house together; the only file that knows every room.

penchant serve   the server in this process, a worker beside it
penchant worker  a worker alone; each heavy job in a child process of it
"""

import ipaddress
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from .contract.arns import Place
from .events.journal import Journal
from .events.writer import Writer
from .house import House
from .jobs.durable import Queues
from .jobs.memory import MIB, Limit, limit_of_each
from .recipes.base import AUTOMATIC, INCREMENTAL
from .resources.kinds import HEAVY, QUICK
from .resources.quotas import Quotas
from .resources.schedules import MINUTE, Schedules
from .serving.aside import Aside
from .serving.batching import Scorer
from .serving.grounds import Grounds
from .serving.live import Live, Pointers
from .serving.shown import Shown
from .serving.views import Views
from .settings import Settings
from .store.database import Database
from .store.objects import Objects
from .store.tables import installation

if TYPE_CHECKING:
    from .server.http import Application

CHILD = [sys.executable, "-m", "penchant.attempt"]
BESIDE_SERVER = 10
"""Niceness of a worker that shares the machine with a server: jobs can wait a little, requests cannot."""


def build_house(settings: Settings) -> House:
    """Open an installation, making what it lacks."""
    folder = settings.data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(settings.url())
    database.migrate()
    journal = Journal(Database(settings.url_of_journal()))
    journal.migrate()
    queues = Queues(database, {QUICK: settings.quick_jobs, HEAVY: settings.heavy_jobs})
    return House(
        database=database,
        queues=queues,
        objects=Objects(
            folder / "buckets",
            s3_endpoint=settings.object_endpoint(),
            s3_from_aws=settings.s3_from_aws,
            allow_files=settings.allow_file_urls,
        ),
        journal=journal,
        writer=Writer(journal, settings.waiting_calls),
        live=Live(),
        pointers=Pointers(database.revision),
        shown=Shown(folder / "recommendations", settings.recommendation_hours, settings.recommendation_bytes),
        views=Views(journal),
        grounds=Grounds(journal),
        scorer=Scorer(),
        aside=Aside(),
        folder=folder,
        token_secret=token_secret(database),
        minimum_interactions=settings.minimum_interactions,
        lenient_metadata=settings.lenient_metadata,
        strict_events=settings.strict_events,
        extended_filters=settings.extended_filters,
        managed_exploration=settings.managed_exploration,
        checkpoint_seconds=settings.checkpoint_seconds,
        camel_case_metadata=settings.camel_case_metadata,
        throttle=settings.throttle,
        quotas=Quotas(settings.quotas),
        schedules=Schedules(settings.first_training_minutes * MINUTE, settings.short_schedules),
        update_seconds={AUTOMATIC: settings.update_seconds, INCREMENTAL: settings.incremental_seconds},
        place=Place(settings.account, settings.region),
    )


def token_secret(database: Database) -> bytes:
    """One secret for all processes of an installation; whoever comes first makes it."""
    key = "token_secret"
    with database.write() as connection:
        held = connection.scalar(sa.select(installation.c.value).where(installation.c.key == key).with_for_update())
        if held is None:
            held = secrets.token_hex(32)
            connection.execute(sa.insert(installation).values(key=key, value=held))
    return bytes.fromhex(held)


def build_application(settings: Settings, house: House) -> "Application":
    """The ASGI application of the three APIs."""
    from .operations.api import Api
    from .server import http
    from .server.caller import Identity

    def ready() -> bool:
        with house.reading() as connection:
            return bool(connection.scalar(sa.select(sa.func.count()).select_from(installation)))

    return http.Application(Api(house, settings.strict), Identity(settings.account, settings.region), ready)


def serve(settings: Settings, listening: Callable[[], None]) -> None:
    """Serve until a signal, with a worker beside. Raises ValueError for an address that is not loopback."""
    from .server.run import run

    require_loopback(settings.host)
    os.environ.update(settings.environment())
    house = build_house(settings)
    worker = [sys.executable, "-m", "penchant", "worker", "--tethered"]
    try:
        run(build_application(settings, house), settings.host, settings.port, worker, listening)
    finally:
        house.close()


def require_loopback(host: str) -> None:
    """Without keys anybody who can reach the port is let in, so only this machine may reach it.

    Raises ValueError for any other address.
    """
    try:
        addresses = {ipaddress.ip_address(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise ValueError(f"The host {host} is no address of this machine: {error}") from None
    if not all(address.is_loopback for address in addresses):
        raise ValueError(
            f"This installation has no keys, so anybody who reaches it is let in; it listens on loopback only "
            f"(127.0.0.1), not on {host}."
        )


def run_worker(settings: Settings, tethered: bool = False) -> None:
    """Run jobs until a signal ends this process, or, when `tethered`, until standard input ends.

    There is no gentle end: the way that a crash takes is the way that is always taken, and what was running is taken
    up by the next worker of this name. Raises RuntimeError where one of this name runs already.
    """
    folder = settings.data_dir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    hold_name(folder, settings.worker)  # first, because what follows takes seconds, and may all be for nothing

    from .jobs.child import die_with_parent, in_child
    from .jobs.durable import listen, take_up
    from .jobs.presence import Presence
    from .jobs.runner import Runner
    from .work.all import follower, is_heavy, perform
    from .work.schedule import Schedule
    from .work.smaller import advice
    from .work.updates import Updates
    from .work.upkeep import Upkeep

    os.environ.update(settings.environment())
    if tethered:
        os.nice(BESIDE_SERVER)
    house = build_house(settings)
    heavy = in_child(
        house.database, CHILD, settings.stop_grace_seconds, settings.heavy_jobs, memory_limit(settings, advice)
    )
    runner = Runner(
        house.database, follower(house), lambda job: heavy(job) if is_heavy(job.task) else perform(job, house)
    )
    for number in (signal.SIGTERM, signal.SIGINT):  # children read the end of their standard input and go too
        signal.signal(number, lambda *_: os._exit(0))
    presence = Presence(house.database, settings.worker, house.queues.at_work, take_up, settings.take_over_seconds)
    presence.beat()  # before it has a job that somebody could take for one of a dead worker
    listen(house.database, house.queues, settings.worker, runner.run)
    presence.start()
    Upkeep(house, settings.fold_seconds, settings.upkeep_seconds, settings.recent_days).start()
    if settings.auto_training:
        Schedule(house, settings.schedule_seconds).start()
    Updates(house, settings.schedule_seconds).start()
    if tethered:
        die_with_parent()
    while True:
        signal.pause()


def memory_limit(settings: Settings, advice: Callable[[str], str]) -> Limit:
    """Of each heavy job; `advice` as in `jobs/memory.py`."""
    given = settings.heavy_memory_mib
    size = limit_of_each(settings.heavy_jobs) if given is None else given * MIB
    return Limit(size, "PENCHANT_HEAVY_MEMORY_MIB", advice)


def hold_name(folder: Path, worker: str) -> None:
    """Two workers of one name would take each other's running jobs for unfinished ones. Raises RuntimeError."""
    import fcntl

    lock = os.open(folder / f"worker-{worker}.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until this process ends
    except BlockingIOError:
        raise RuntimeError(f"A worker named {worker} already runs on {folder}; give this one another name.") from None


def repeat(settings: Settings, version_arn: str, progress: Callable[[float, str], None]) -> list[str]:
    """Train a solution version again as it was trained; the arrays of its model that came out otherwise.

    Raises ResourceNotFoundException, or ResourceInUseException for a version of which too little is recorded.
    """
    from .contract.arns import place_of
    from .recipes.parts.text import encoder
    from .work.repeat import differences

    house = build_house(settings)
    encoder.use(settings.text_encoder, house.folder, settings.text_model, settings.text_key)
    try:
        place = place_of(version_arn) if version_arn.count(":") >= 5 else house.place
        return differences(house.at(place), version_arn, progress)
    finally:
        house.close()


def run_attempt(settings: Settings, job_id: str, attempt: int) -> None:
    """One attempt at a heavy job, in the child process that the worker started for it."""
    from .jobs.child import serve_attempt
    from .recipes.parts.text import encoder
    from .work.all import perform

    house = build_house(settings)
    encoder.use(settings.text_encoder, house.folder, settings.text_model, settings.text_key)
    serve_attempt(house.database, job_id, attempt, lambda job: perform(job, house))
