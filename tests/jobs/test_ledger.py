"""The ledger and the runner, on each kind of database."""

import pytest
from sqlalchemy.exc import OperationalError

from penchant.jobs import ledger
from penchant.jobs import runner as runner_module
from penchant.jobs.job import Failed, Gone, Lost, Stopped
from penchant.jobs.runner import ATTEMPTS, Runner
from penchant.store.database import Database

TASK, SUBJECT = "solutionVersion.create", "arn:aws:personalize:eu-west-1:000000000000:solution/s/01234567"


@pytest.fixture
def database(database_url, tmp_path):
    database = Database(database_url or f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def job_id(database):
    with database.write() as connection:
        return ledger.put(connection, TASK, SUBJECT, "heavy")


def entry(database, job_id):
    with database.read() as connection:
        return ledger.find(connection, job_id)


def runner(database, work):
    """A runner, and the list of what it tells its follower."""
    told = []
    return Runner(database, lambda _, task, subject, event, changes: told.append((event, changes)), work), told


def test_a_job_that_returns_is_done_with_its_changes(database, job_id):
    run, told = runner(database, lambda job: {"trainingHours": 0.5})
    run.run(job_id)
    assert told == [("running", {}), ("done", {"trainingHours": 0.5})]
    ended = entry(database, job_id)
    assert (ended.state, ended.fraction, ended.attempt) == ("done", 1.0, 1)


def test_a_job_that_fails_tells_the_customer_why(database, job_id):
    def work(job):
        raise Failed("The file is empty.")

    run, told = runner(database, work)
    run.run(job_id)
    assert told[-1] == ("failed", {"failureReason": "The file is empty."})
    assert entry(database, job_id).sentence == "The file is empty."


def test_a_bug_is_not_told_to_the_customer_but_to_the_operator(database, job_id):
    def work(job):
        raise ZeroDivisionError("secret detail")

    run, told = runner(database, work)
    run.run(job_id)
    assert "secret detail" not in told[-1][1]["failureReason"]
    assert job_id in told[-1][1]["failureReason"]
    assert "secret detail" in entry(database, job_id).error


def test_progress_is_stored_and_readable(database, job_id):
    seen = []

    def work(job):
        job.progress(0.25, "A quarter.")
        seen.append(entry(database, job_id))
        job.progress(7, "More than all.")
        seen.append(entry(database, job_id))

    runner(database, work)[0].run(job_id)
    assert (seen[0].fraction, seen[0].sentence) == (0.25, "A quarter.")
    assert seen[0].heard >= seen[0].started
    assert seen[1].fraction == 1.0


def test_a_job_that_waits_is_stopped_at_once_and_never_runs(database, job_id):
    with database.write() as connection:
        assert ledger.request_stop(connection, job_id) == "waiting"
    run, told = runner(database, lambda job: pytest.fail("it ran"))
    run.run(job_id)
    assert told == []
    assert entry(database, job_id).state == "stopped"


def test_a_job_that_runs_stops_at_its_next_word(database, job_id):
    def work(job):
        job.progress(0.1, "Working.")
        with database.write() as connection:
            assert ledger.request_stop(connection, job_id) == "running"
        with pytest.raises(Stopped):
            job.progress(0.2, "Working still.")
        job.progress(0.2, "Working still.")

    run, told = runner(database, work)
    run.run(job_id)
    assert told[-1] == ("stopped", {})


@pytest.mark.parametrize("fails", [False, True])
def test_a_stop_after_the_last_word_of_a_job_is_one(database, job_id, fails):
    def work(job):
        job.progress(0.99, "Nearly there.")
        with database.write() as connection:
            assert ledger.request_stop(connection, job_id) == "running"
        if fails:
            raise Failed("It went wrong.")
        return {"trainingHours": 0.5}

    run, told = runner(database, work)
    run.run(job_id)
    assert told[-1] == ("stopped", {})
    assert entry(database, job_id).state == "stopped"


def test_a_job_that_ended_does_not_run_again(database, job_id):
    run, told = runner(database, lambda job: None)
    run.run(job_id)
    run.run(job_id)
    assert [event for event, _ in told] == ["running", "done"]


def test_an_attempt_that_was_overtaken_can_write_nothing(database, job_id):
    """Its worker was taken for dead; another one began the job anew."""

    def work(job):
        with database.write() as connection:
            ledger.begin(connection, job_id)
        with pytest.raises(Lost):
            job.progress(0.5, "I am still here.")

    run, told = runner(database, work)
    run.run(job_id)
    assert [event for event, _ in told] == ["running"]
    assert entry(database, job_id).state == "running"


def test_a_job_that_kills_its_worker_again_and_again_fails_in_the_end(database, job_id):
    with database.write() as connection:
        for _ in range(ATTEMPTS):
            ledger.begin(connection, job_id)
    run, told = runner(database, lambda job: pytest.fail("it ran"))
    run.run(job_id)
    assert told[-1][0] == "failed"
    assert "each time its process died" in told[-1][1]["failureReason"]


def test_the_newest_job_of_a_resource_is_found(database, job_id):
    with database.write() as connection:
        second = ledger.put(connection, "solution.delete", SUBJECT, "quick")
        assert ledger.newest(connection, SUBJECT).id == second
        assert ledger.newest(connection, "arn:none") is None
    assert ledger.waiting(database) == [job_id, second]


class Unreliable:
    """A database that refuses some of the writes, and says how many it was asked for."""

    def __init__(self, database, refuse):
        self.database, self.refuse, self.asked = database, refuse, 0

    def write(self):
        self.asked += 1
        if self.asked in self.refuse:
            raise OperationalError("INSERT", {}, Exception("the server is restarting"))
        return self.database.write()


def test_a_database_that_is_away_for_a_while_does_not_strand_a_job(database, job_id, monkeypatch):
    waits = []
    monkeypatch.setattr(runner_module.time, "sleep", waits.append)
    away = Unreliable(database, refuse={1, 4, 5})  # the first look, and twice the news of the end
    told = []
    work = lambda job: job.progress(0.5, "Half.")  # noqa: E731 (the second and third write)
    Runner(away, lambda _, task, subject, event, changes: told.append(event), work).run(job_id)
    assert entry(database, job_id).state == "done"
    assert waits == [1.0, 1.0, 2.0]


def test_progress_that_cannot_be_written_does_not_fail_the_work(database, job_id):
    away = Unreliable(database, refuse={2})
    told = []
    Runner(
        away, lambda _, task, subject, event, changes: told.append(event), lambda job: job.progress(0.5, "Half.")
    ).run(job_id)
    assert told == ["running", "done"]


def test_a_job_whose_resource_is_gone_is_closed(database, job_id):
    def follow(connection, task, subject, event, changes):
        raise Gone("It is not there.")

    Runner(database, follow, lambda job: pytest.fail("it ran")).run(job_id)
    ended = entry(database, job_id)
    assert (ended.state, ended.sentence) == ("stopped", "The resource is gone.")
