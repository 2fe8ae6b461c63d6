"""Work in a child process: how it ends is how the job ends."""

import os
import re
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace

import pytest

from penchant.jobs import cores, ledger
from penchant.jobs.child import LOOK_SECONDS, in_child, wait
from penchant.jobs.job import Died, Failed, Job, Lost, Stopped
from penchant.jobs.memory import LOOK_SECONDS as MEMORY_LOOK_SECONDS
from penchant.jobs.memory import MIB, Limit
from penchant.jobs.runner import DEATHS, Runner
from penchant.settings import Settings
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


def attempt(database, job, work: str, grace_seconds: float = 30, at_once: int = 1, limit: Limit | None = None):
    """Run `work(job)`, given as source text, in a child as `penchant.attempt` would."""
    program = f"""
import os, sys, time
from penchant.jobs import ledger
from penchant.jobs.child import serve_attempt
from penchant.jobs.job import Failed, Stopped, Lost
from penchant.store.database import Database
def work(job):
{textwrap.indent(textwrap.dedent(work), "    ")}
serve_attempt(Database({database.url!r}), sys.argv[1], int(sys.argv[2]), work)
os._exit(0)
"""
    return in_child(database, [sys.executable, "-c", program], grace_seconds, at_once, limit)(job)


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


def test_a_child_that_does_not_heed_a_stop_is_killed(database, job, tmp_path):
    note = tmp_path / "begun"
    threading.Thread(target=stop_once, args=(database, job, note)).start()
    with pytest.raises(Stopped, match="was ended"):
        attempt(database, job, f"open({str(note)!r}, 'w'); time.sleep(600)", grace_seconds=0)


def stop_once(database, job, note) -> None:
    """Once there is a note."""
    while not note.exists():
        time.sleep(0.02)
    with database.write() as connection:
        ledger.request_stop(connection, job.id)


def test_a_child_is_not_started_for_what_is_to_stop(database, job, tmp_path):
    with database.write() as connection:
        ledger.request_stop(connection, job.id)
    note = tmp_path / "begun"
    with pytest.raises(Stopped):
        attempt(database, job, f"open({str(note)!r}, 'w')")
    assert not note.exists()


def test_a_child_that_is_killed_while_it_is_to_stop_has_stopped(database, job, tmp_path):
    note = tmp_path / "begun"
    threading.Thread(target=stop_once, args=(database, job, note)).start()
    work = f"""
        open({str(note)!r}, 'w')
        while not ledger.find(Database({database.url!r}).engine.connect(), job.id).stop_requested:
            time.sleep(0.02)
        os.kill(os.getpid(), 9)
    """
    with pytest.raises(Stopped):
        attempt(database, job, work)


class Deaf:
    """A child that never ends by itself."""

    def __init__(self):
        self.waits, self.killed = 0, False

    def wait(self, timeout: float | None = None) -> None:
        if not self.killed:
            self.waits += 1
            raise subprocess.TimeoutExpired("deaf", timeout)

    def kill(self) -> None:
        self.killed = True


@pytest.mark.parametrize("asked_at", [0, 1, 7, 100])
def test_a_stop_takes_one_look_and_the_grace_whatever_the_child_does(asked_at):
    """By a clock that moves with the looks: five seconds are never reached by the settings as they are."""
    deaf, grace = Deaf(), Settings().stop_grace_seconds
    told: list[float] = []

    def clock() -> float:
        return deaf.waits * LOOK_SECONDS

    def asked() -> bool:
        if deaf.waits <= asked_at:
            return False
        told.append(clock())
        return True

    assert wait(deaf, asked, grace, clock)
    assert deaf.killed and len(told) == 1  # once it is known, nobody asks again
    asked_for = asked_at * LOOK_SECONDS
    assert clock() - asked_for <= grace + 2 * LOOK_SECONDS < 5


def test_a_child_that_dies_is_tried_again_and_then_given_up(database, job):
    """The runner's own attempts: the ledger counts them."""
    with database.write() as connection:
        job_id = ledger.put(connection, "solutionVersion.create", "arn:y", "heavy")
    seen: list[int] = []

    def dies(given: Job) -> None:
        seen.append(given.attempt)
        raise Died("ended without a word (signal 9)")

    events: list[str] = []
    Runner(database, lambda connection, task, subject, event, changes: events.append(event), dies).run(job_id)
    with database.read() as connection:
        entry = ledger.find(connection, job_id)
    assert seen == list(range(1, DEATHS + 1))
    assert entry.state == "failed" and "signal 9" in entry.sentence
    assert events == ["running"] * DEATHS + ["failed"]


def test_a_child_that_dies_once_may_fare_better(database, job):
    with database.write() as connection:
        job_id = ledger.put(connection, "solutionVersion.create", "arn:y", "heavy")

    def dies_once(given: Job) -> dict:
        if given.attempt == 1:
            raise Died("ended without a word (signal 9)")
        return {}

    Runner(database, lambda *given: None, dies_once).run(job_id)
    with database.read() as connection:
        assert ledger.find(connection, job_id).state == "done"


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


def test_an_attempt_that_takes_too_much_memory_fails_alone(database, job, tmp_path):
    """While another at the same time goes on, and may have as much."""
    with database.write() as connection:
        other_id = ledger.put(connection, "solutionVersion.create", "arn:y", "heavy")
        ledger.begin(connection, other_id)
    other = replace(job, id=other_id)
    limit = Limit(200 * MIB, "PENCHANT_SOME_SETTING", lambda task: f"Do less of {task}.")
    gone, going = tmp_path / "gone", tmp_path / "going"
    answers = []
    beside = threading.Thread(
        target=lambda: answers.append(
            attempt(
                database,
                other,
                f"""
                open({str(going)!r}, 'w').close()
                while not os.path.exists({str(gone)!r}):
                    time.sleep(0.02)
                return {{'ended': 'well'}}
                """,
                limit=limit,
            )
        )
    )
    beside.start()
    while not going.exists():
        time.sleep(0.02)
    with pytest.raises(Failed) as told:
        attempt(
            database,
            job,
            """
            job.progress(0.5, 'Filling the memory')
            taken = []
            while True:
                taken.append(b'x' * 2**20)
                time.sleep(0.001)
            """,
            limit=limit,
        )
    gone.touch()
    beside.join()
    assert answers == [{"ended": "well"}]
    assert not isinstance(told.value, Died)  # which would be tried again, and come as far
    had = re.search(r"it had (\d+) MiB when it was ended, at 'Filling the memory'", str(told.value))
    assert had and int(had[1]) >= 200
    assert "PENCHANT_SOME_SETTING allows 200 MiB." in str(told.value)
    assert str(told.value).endswith("Do less of solutionVersion.create.")


def test_what_an_attempt_has_started_counts_as_its_own(database, job):
    limit = Limit(200 * MIB, "PENCHANT_SOME_SETTING", lambda task: "")
    with pytest.raises(Failed, match="needs more memory"):
        attempt(
            database,
            job,
            """
            import subprocess
            subprocess.run([sys.executable, '-c', "x = b'x' * 300 * 2**20; import time; time.sleep(600)"])
            """,
            limit=limit,
        )


def test_a_mapped_file_is_not_memory_of_an_attempt(database, job, tmp_path):
    file = tmp_path / "large"
    file.write_bytes(bytes(300 * MIB))
    work = f"""
    import mmap
    with open({str(file)!r}, 'rb') as opened:
        mapped = mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ)
    read = sum(mapped[place] for place in range(0, len(mapped), 4096))
    resident = sum(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmRSS'))
    time.sleep({3 * MEMORY_LOOK_SECONDS})
    return {{'resident': resident}}
    """
    answered = attempt(database, job, work, limit=Limit(200 * MIB, "PENCHANT_SOME_SETTING", lambda task: ""))
    assert answered["resident"] > 300 * 1024


@pytest.mark.parametrize(
    "call", ["bytearray(2**60)", 'raise RuntimeError("DefaultCPUAllocator: can\'t allocate memory: 2**60 bytes.")']
)
def test_memory_that_the_system_refuses_is_told_as_such(database, job, call):
    limit = Limit(2**30, "PENCHANT_SOME_SETTING", lambda task: "Do less.")
    with pytest.raises(
        Failed, match=r"no memory for the work .* PENCHANT_SOME_SETTING allows 1,024 MiB\. .* Do less\."
    ):
        attempt(database, job, call, limit=limit)


def test_a_kill_by_the_system_is_told_with_what_was_held(database, job):
    limit = Limit(2**30, "PENCHANT_SOME_SETTING", lambda task: "")
    with pytest.raises(Died, match=r"signal 9, as the system .* had \d+ MiB, and PENCHANT_SOME_SETTING allows 1,024"):
        attempt(database, job, "time.sleep(0.5); os.kill(os.getpid(), 9)", limit=limit)


def test_attempts_share_the_cores(database, job, monkeypatch):
    for name in cores.COUNTED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cores, "of_machine", lambda: 7)
    monkeypatch.setenv("MKL_NUM_THREADS", "5")  # somebody knows better
    work = f"return {{name: os.environ[name] for name in {cores.COUNTED}}} | {{'niceness': os.nice(0)}}"
    answered = attempt(database, job, work, at_once=2)
    assert answered.pop("MKL_NUM_THREADS") == "5"
    assert answered.pop("niceness") == os.nice(0) + cores.NICENESS
    assert answered == {name: "3" for name in cores.COUNTED if name != "MKL_NUM_THREADS"}
    assert attempt(database, job, work, at_once=9)["OMP_NUM_THREADS"] == "1"


def test_libraries_heed_their_share(database, job):
    """Of a worker that runs as many attempts as there are cores: one thread each."""
    work = """
    import numba, numpy, polars, torch, threadpoolctl
    pools = {pool['internal_api']: pool['num_threads'] for pool in threadpoolctl.threadpool_info()}
    return pools | {'polars': polars.thread_pool_size(), 'torch': torch.get_num_threads(),
                    'numba': numba.config.NUMBA_NUM_THREADS}
    """
    answered = attempt(database, job, work, at_once=cores.of_machine())
    assert {"openblas", "polars", "torch", "numba"} <= set(answered)
    assert set(answered.values()) == {1}
