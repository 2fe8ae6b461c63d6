"""Work in a child process: how it ends is how the job ends."""

import os
import sys
import textwrap
import time

import pytest

from penchant.jobs import ledger
from penchant.jobs.child import in_child
from penchant.jobs.job import Failed, Job, Lost, Stopped
from penchant.store.database import Database


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def job(database):
    with database.write() as connection:
        job_id = ledger.put(connection, "solutionVersion.create", "arn:x", "heavy")
        ledger.begin(connection, job_id)
    return Job(job_id, "solutionVersion.create", "arn:x", 1, lambda fraction, sentence: None)


def attempt(database, job, work: str, grace_seconds: float = 30):
    """Run `work(job)`, given as source text, in a child as `penchant.attempt` would."""
    program = f"""
import os, sys, time
from penchant.jobs.child import serve_attempt
from penchant.jobs.job import Failed, Stopped, Lost
from penchant.store.database import Database
def work(job):
{textwrap.indent(textwrap.dedent(work), "    ")}
serve_attempt(Database({database.url!r}), sys.argv[1], int(sys.argv[2]), work)
os._exit(0)
"""
    return in_child(database, [sys.executable, "-c", program], grace_seconds)(job)


def test_what_the_work_answers_comes_back(database, job):
    assert attempt(database, job, "print('noise'); return {'trainingHours': 1.5}") == {"trainingHours": 1.5}


@pytest.mark.parametrize("kind", [Failed, Stopped, Lost])
def test_how_the_work_ends_comes_back(database, job, kind):
    with pytest.raises(kind, match="the sentence"):
        attempt(database, job, f"raise {kind.__name__}('the sentence')")


def test_a_bug_comes_back_with_its_traceback(database, job):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        attempt(database, job, "1 / 0")


def test_a_child_that_dies_without_a_word_fails_the_job(database, job):
    with pytest.raises(Failed, match="signal 9"):
        attempt(database, job, "os.kill(os.getpid(), 9)")


def test_progress_of_the_child_is_readable(database, job):
    attempt(database, job, "job.progress(0.5, 'Half.')")
    with database.read() as connection:
        entry = ledger.find(connection, job.id)
    assert (entry.fraction, entry.sentence) == (0.5, "Half.")


def test_a_child_that_does_not_heed_a_stop_is_killed(database, job):
    with database.write() as connection:
        ledger.request_stop(connection, job.id)
    with pytest.raises(Stopped, match="was ended"):
        attempt(database, job, "time.sleep(600)", grace_seconds=0)


def test_a_child_does_not_outlive_its_parent(database, job, tmp_path):
    note = tmp_path / "pid"
    work = f"open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    parent = os.fork()
    if parent == 0:
        attempt(database, job, work)
        os._exit(0)
    while not (note.exists() and note.read_text()):
        time.sleep(0.02)
    os.kill(parent, 9)
    os.waitpid(parent, 0)
    child = int(note.read_text())
    while alive(child):
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
