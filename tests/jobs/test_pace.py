"""Looks are frequent while there are jobs, and rare while there are none."""

import queue
import threading
from collections.abc import Callable

import pytest

from penchant.jobs.pace import OFTEN_SECONDS, SELDOM_SECONDS, Pace

WAIT = 30


class Told:
    """What a pace was set to, in order."""

    def __init__(self, fails: int = 0) -> None:
        self.told: queue.Queue[float] = queue.Queue()
        self.fails = fails

    def __call__(self, seconds: float) -> None:
        self.told.put(seconds)
        if self.fails:
            self.fails -= 1
            raise OSError("away")

    def next(self) -> float:
        return self.told.get(timeout=WAIT)


def paced(told: Told, idle_after: float, run: Callable[[str], None] = lambda job_id: None) -> Callable[[str], None]:
    pace = Pace(told, idle_after)
    watched = pace.watched(run)
    pace.start()
    return watched


def test_looks_become_seldom_in_a_silence_and_frequent_with_the_next_job():
    told, seen = Told(), []
    run = paced(told, 0.05, lambda job_id: seen.append(told.next()))
    assert told.next() == SELDOM_SECONDS
    run("a job")
    assert seen == [OFTEN_SECONDS]
    assert told.next() == SELDOM_SECONDS


def test_a_job_that_runs_keeps_them_frequent():
    told, begun, go_on = Told(), threading.Event(), threading.Event()

    def work(job_id: str) -> None:
        begun.set()
        go_on.wait(WAIT)

    run = paced(told, 0.05, work)
    assert told.next() == SELDOM_SECONDS
    running = threading.Thread(target=run, args=["a job"])
    running.start()
    begun.wait(WAIT)
    assert told.next() == OFTEN_SECONDS
    with pytest.raises(queue.Empty):
        told.told.get(timeout=0.5)
    go_on.set()
    assert told.next() == SELDOM_SECONDS
    running.join()


def test_who_has_a_job_does_not_trust_that_nobody_else_slowed_down():
    told, seen = Told(), []
    pace = Pace(told, 600)
    pace._set_at -= 601  # set long ago, to what it wants
    pace.start()
    pace.watched(lambda job_id: seen.append(told.next()))("a job")
    assert seen == [OFTEN_SECONDS]


def test_a_job_that_breaks_is_no_job_any_more():
    told, seen = Told(), []

    def broken(job_id: str) -> None:
        seen.append(told.next())
        raise ValueError("broken")

    run = paced(told, 0.05, broken)
    assert told.next() == SELDOM_SECONDS
    with pytest.raises(ValueError, match="broken"):
        run("a job")
    assert seen == [OFTEN_SECONDS]
    assert told.next() == SELDOM_SECONDS


def test_a_database_that_is_away_ends_nothing():
    told, seen = Told(fails=1), []
    run = paced(told, 0.05, lambda job_id: seen.append(told.next()))
    assert told.next() == SELDOM_SECONDS
    run("a job")
    assert seen == [OFTEN_SECONDS]
