"""DBOS beneath the jobs: a job exists if and only if its transaction commits, and outlives the worker that ran it."""

import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from penchant.jobs import ledger
from penchant.jobs.durable import Queues
from penchant.store.database import Database

WORKER = """
import sys, time
from penchant.jobs.durable import Queues, listen, take_up
from penchant.jobs.presence import Presence
from penchant.jobs.runner import Runner
from penchant.store.database import Database
database, name = Database(sys.argv[1]), sys.argv[3]
def work(job):
    with open(sys.argv[2], "a") as note:
        note.write(f"{job.subject} {job.attempt}\\n")
    if job.subject == "slow" and job.attempt == 1:
        time.sleep(600)
queues = Queues(database, {"quick": 4, "heavy": 1})
presence = Presence(database, name, queues.at_work, take_up, 1.0)
presence.beat()
listen(database, queues, name, Runner(database, lambda *told: None, work).run)
presence.start(0.1)
time.sleep(600)
"""


@pytest.fixture
def database(database_url, tmp_path):
    database = Database(database_url or f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def queues(database):
    queues = Queues(database, {"quick": 4, "heavy": 1})
    yield queues
    queues.close()


def put(database, queues, subject: str, queue: str = "quick") -> str:
    with database.write() as connection:
        job_id = ledger.put(connection, "campaign.create", subject, queue)
        queues.put(connection, queue, job_id)
    return job_id


def state(database, job_id: str) -> str:
    with database.read() as connection:
        return ledger.find(connection, job_id).state


def test_a_rolled_back_job_never_existed(database, queues):
    with pytest.raises(RuntimeError), database.write() as connection:
        job_id = ledger.put(connection, "campaign.create", "arn:x", "quick")
        queues.put(connection, "quick", job_id)
        raise RuntimeError
    assert queues.client.list_workflows() == []
    job_id = put(database, queues, "arn:x")
    assert [workflow.workflow_id for workflow in queues.client.list_workflows()] == [job_id]


def test_a_job_outlives_a_worker_that_is_killed_and_others_do_not_wait_for_it(database, queues, tmp_path):
    note = tmp_path / "note"
    command = [sys.executable, "-c", WORKER, database.url, str(note), "local"]
    slow = put(database, queues, "slow", "heavy")
    worker = subprocess.Popen(command)
    try:
        while not (note.exists() and "slow 1" in note.read_text()):
            time.sleep(0.02)
        other = put(database, queues, "other")
        while state(database, other) != "done":
            time.sleep(0.02)
        assert state(database, slow) == "running"
    finally:
        worker.kill()
        worker.wait()
    worker = subprocess.Popen(command)
    try:
        while state(database, slow) != "done":
            time.sleep(0.02)
    finally:
        worker.kill()
        worker.wait()
    assert note.read_text().splitlines() == ["slow 1", "other 1", "slow 2"]
    with database.read() as connection:
        assert connection.scalar(sa.text("select count(*) from jobs where state = 'done'")) == 2


def test_jobs_of_a_worker_that_never_comes_back_are_taken_up_by_another(database, queues, tmp_path):
    note = tmp_path / "note"
    command = [sys.executable, "-c", WORKER, database.url, str(note)]
    slow = put(database, queues, "slow", "heavy")
    workers = [subprocess.Popen([*command, "first"])]
    try:
        while not (note.exists() and "slow 1" in note.read_text()):
            time.sleep(0.02)
        workers.append(subprocess.Popen([*command, "second"]))
        time.sleep(3)  # three times as long as a worker may be silent
        assert state(database, slow) == "running"
        workers[0].kill()
        while state(database, slow) != "done":
            time.sleep(0.02)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert note.read_text().splitlines() == ["slow 1", "slow 2"]


def test_a_queue_is_looked_at_as_often_as_it_was_said(database, queues):
    queues.look_each(7.5)
    assert [queue.polling_interval_sec for queue in queues.client.list_queues()] == [7.5, 7.5]
