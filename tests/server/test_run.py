"""The process that `penchant serve` is: how it starts, how it ends, what it refuses."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress

import psycopg
import pytest
from botocore.exceptions import ClientError

from penchant.server import run
from tests import samples
from tests.conftest import Served, settled
from tests.jobs.test_child import alive


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_server_and_worker_cleanly(server, number):
    worker = server.worker()
    server.process.send_signal(number)
    assert server.process.wait(20) == 0
    while alive(worker):
        time.sleep(0.02)
    assert "Traceback" not in server.log.read_text()


def test_it_says_on_one_line_where_it_listens(server):
    while not server.log.read_text().endswith("\n"):  # the port answers a moment before
        time.sleep(0.01)
    assert server.log.read_text().splitlines()[0].startswith(f"Penchant 0.1.0 listens on {server.url}")


def test_a_worker_that_dies_is_started_again(server):
    client = server.client()
    worker = server.worker()
    os.kill(worker, signal.SIGKILL)
    group = client.create_dataset_group(name="g")["datasetGroupArn"]
    settled(lambda: client.describe_dataset_group(datasetGroupArn=group)["datasetGroup"])
    assert server.worker() != worker


def test_a_worker_does_not_outlive_its_server(server):
    worker = server.worker()
    server.process.kill()
    server.process.wait()
    while alive(worker):
        time.sleep(0.02)
    server.start()  # nothing holds the folder any more
    assert server.worker()


def serve(tmp_path, *options: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "penchant", "serve", "--data-dir", str(tmp_path / "data"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env={**os.environ, **environment})


def test_an_address_that_others_can_reach_is_refused(tmp_path):
    ran = serve(tmp_path, "--host", "0.0.0.0")
    assert ran.returncode == 1
    assert "listens on loopback only" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ran = serve(tmp_path, "--port", str(taken.getsockname()[1]))
    assert ran.returncode == 1
    assert "in use" in ran.stderr


def test_a_second_server_on_the_same_folder_gives_up_and_says_why(server, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ran = serve(tmp_path, "--data-dir", str(server.data_dir), "--port", str(port))
    assert ran.returncode == 1
    assert "A worker named local already runs" in ran.stderr
    assert server.answers()


def test_a_worker_whose_database_is_away_says_so_and_may_be_tried_again(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        url = f"postgresql://penchant@127.0.0.1:{taken.getsockname()[1]}/penchant"
        command = [sys.executable, "-m", "penchant", "worker", "--data-dir", str(tmp_path), "--database-url", url]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == os.EX_TEMPFAIL
    assert "while its database or its disk is away" in ran.stderr
    assert "Traceback" not in ran.stderr


LIVES = """
import pathlib, sys
lives = pathlib.Path(sys.argv[1])
count = len(lives.read_text()) + 1 if lives.exists() else 1
lives.write_text("x" * count)
if count <= int(sys.argv[2]):
    sys.exit(int(sys.argv[3]))
sys.stdin.read()
"""


def lives(path, deaths: int, code: int) -> tuple[str, ...]:
    """A companion that ends with a code, so many times, and then stays."""
    return (sys.executable, "-c", LIVES, str(path), str(deaths), str(code))


def test_a_companion_that_waits_for_its_database_is_started_until_it_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "RESTART_SECONDS", 0.01)
    monkeypatch.setattr(run, "LONGEST_WAIT_SECONDS", 0.05)
    counted = tmp_path / "lives"

    async def until_it_stays() -> None:
        keeping = asyncio.create_task(run.keep_alive(lives(counted, 2 * run.SHORT_LIVES, os.EX_TEMPFAIL)))
        while not counted.exists() or len(counted.read_text()) <= 2 * run.SHORT_LIVES:
            assert not keeping.done()
            await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    asyncio.run(until_it_stays())


def test_a_companion_that_breaks_at_once_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "RESTART_SECONDS", 0.01)
    counted = tmp_path / "lives"
    with pytest.raises(RuntimeError, match="ended 3 times"):
        asyncio.run(run.keep_alive(lives(counted, 100, 1)))
    assert len(counted.read_text()) == run.SHORT_LIVES


DEAF = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
signal.pause()
"""


def test_a_companion_that_does_not_heed_its_end_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "HEED_SECONDS", 0.1)
    begun = tmp_path / "begun"

    async def until_it_is_deaf() -> None:
        keeping = asyncio.create_task(run.keep_alive((sys.executable, "-c", DEAF, str(begun))))
        while not begun.exists():
            await asyncio.sleep(0.01)
        keeping.cancel()
        assert isinstance((await asyncio.gather(keeping, return_exceptions=True))[0], asyncio.CancelledError)

    asyncio.run(until_it_is_deaf())


HELD = """
import sys, threading
from types import SimpleNamespace
from penchant.server import run
nothing = SimpleNamespace(inline={}, begin=None)
run.END_SECONDS = 0.5
held = threading.Event()
try:
    companion = [sys.executable, "-c", "input()"]
    run.run(nothing, "127.0.0.1", int(sys.argv[1]), companion, lambda: print("on", flush=True))
finally:
    print("ending", flush=True)
    held.wait()
"""


def test_a_server_that_something_holds_ends_all_the_same():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", HELD, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as held:
        assert held.stdout.readline() == "on\n"
        held.terminate()
        told, errors = held.communicate(timeout=60)
    assert (held.returncode, told) == (1, "ending\n")
    assert "did not end within" in errors


@pytest.mark.parametrize("killed", [False, True])
def test_a_server_ends_though_its_folder_was_removed(server, killed):
    """And its worker with it, be it the one that was there before or one that came after."""
    client = server.client()
    group = client.create_dataset_group(name="g")["datasetGroupArn"]
    settled(lambda: client.describe_dataset_group(datasetGroupArn=group)["datasetGroup"])
    worker = server.worker()
    shutil.rmtree(server.data_dir, ignore_errors=True)  # the worker may be writing into it
    if killed:
        os.kill(worker, signal.SIGKILL)
        while server.worker() == worker:
            time.sleep(0.02)
    for name in ("a", "b"):
        with suppress(ClientError):  # it may say that its database is away
            client.create_dataset_group(name=name)
    worker = server.worker()
    server.process.terminate()
    assert server.process.wait(60) == 0
    while alive(worker):
        time.sleep(0.02)


def test_the_main_job_begins_on_postgresql(tmp_path, postgres_server):
    with psycopg.connect(f"{postgres_server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE served")
    served = Served(tmp_path / "served", {"PENCHANT_DATABASE_URL": f"{postgres_server}/served"}).start()
    try:
        client = served.client()
        schema = client.create_schema(name="s", schema=samples.INTERACTIONS)["schemaArn"]
        group = client.create_dataset_group(name="g")["datasetGroupArn"]
        settled(lambda: client.describe_dataset_group(datasetGroupArn=group)["datasetGroup"])
        dataset = client.create_dataset(name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
        settled(lambda: client.describe_dataset(datasetArn=dataset["datasetArn"])["dataset"])
        location = samples.put(served.data_dir, "interactions.csv", samples.csv(samples.walks()))
        job = client.create_dataset_import_job(
            jobName="j", datasetArn=dataset["datasetArn"], dataSource={"dataLocation": location}
        )["datasetImportJobArn"]
        described = settled(lambda: client.describe_dataset_import_job(datasetImportJobArn=job)["datasetImportJob"])
        assert described["status"] == "ACTIVE", described
        os.kill(served.worker(), signal.SIGKILL)
        client.delete_dataset(datasetArn=dataset["datasetArn"])
        while client.list_datasets()["datasets"]:
            time.sleep(0.05)
        assert not (served.data_dir / "penchant.db").exists()
    finally:
        assert served.stop() == 0
