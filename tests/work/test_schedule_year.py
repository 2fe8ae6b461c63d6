"""A year of automatic training: how many versions, and when, exactly as the rules say, through everything that may come
between. The times that are expected are written out by hand in `EXPECTED`, from AWS's rules and nothing else.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from penchant import main
from penchant.events.entry import NewEntry
from penchant.jobs.ledger import OPEN
from penchant.resources import schedules
from penchant.store import clock as clock_module
from penchant.store.tables import jobs
from penchant.work.schedule import Schedule
from tests.conftest import caller
from tests.operations.test_recommenders import SCHEMA as SHOP
from tests.operations.test_recommenders import VIEWS
from tests.work.moving import BEGIN, DAY, MovedClock, Trainer, automatic, days, near, versions

V2 = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
LOOKS = (0, 0.25)
"""When the workers look, of each day. A training begins at the first look at which it is due."""


def every(period: int, first: float, end: float) -> list[float]:
    """first, first + period, … before end."""
    return [first + period * n for n in range(400) if first + period * n < end]


# A schedule counts from the time at which a training was due, where it begins within the hour, and else from where it
# begins. Most are due at the very time of a look.
EXPECTED = [
    *every(7, 0.25, 21),  # made on day 0, due fifty minutes later: 0.25, 7.25, 14.25. 21.25 finds nothing new since …
    *every(7, 40.25, 60),  # … until the stream goes on, on day 40: 40.25, 47.25, 54.25
    *every(7, 67, 90),  # one is made by hand on day 60; a week after that: 67, 74, 81, 88
    *every(3, 90.25, 150),  # day 90: every three days from now on, the first within the hour. Day 150: turned off
    *every(3, 180.25, 219),  # day 180: turned on again, the first within the hour
    230,  # no worker ran after day 219 and before 230, and one training makes up for all: 219.25 to 228.25 fall out
    # The new eventsConfig of day 250 moves nothing. Those after day 300 fail, and are tried as often.
    *every(3, 233, 321),
    *every(30, 320.25, 365),  # day 320: monthly from now on, the first within the hour
]
RETRAINED = [
    *every(7, 7, 100),  # weekly from its creation; stopped on day 100, started on day 130
    *every(7, 133, 219),
    230,  # makes up for 224
    *every(7, 231, 365),  # counted from the creation
]


class Alone:
    """One process on SQLite. To restart it is to open the database anew."""

    restarts = (0.25, 10, 54.25, 95, 183.25, 230, 301)

    def __init__(self, settings, moved):
        self.settings, self.moved = settings, moved
        self.house = main.build_house(settings)
        self.call = caller(self.house)
        self.fails = False

    def restart_and_look(self) -> None:
        self.house.close()
        self.house = main.build_house(self.settings)
        self.call = caller(self.house)
        Schedule(self.house, 1).adopt()
        self.look()

    def look(self) -> None:
        Schedule(self.house, 1).look()

    def settle(self) -> None:
        Trainer(self.house, self.fails).run()

    def fail(self, fails: bool) -> None:
        self.fails = fails

    def close(self) -> None:
        self.house.close()


class Three:
    """Three worker processes on one PostgreSQL, which look at the same moment. One is killed while it looks, at times
    when a training is due, and comes back."""

    restarts = (0.25, 90.25, 230)

    def __init__(self, settings, moved):
        self.settings, self.moved = settings, moved
        self.house = main.build_house(settings)
        self.call = caller(self.house)
        self.workers = [self.started(number) for number in range(3)]
        self.killed = 0
        for worker in self.workers:
            self.heard(worker, "ready")

    def started(self, number: int) -> subprocess.Popen:
        told = self.settings.model_copy(update={"worker": f"w{number}"}).environment()
        with open(self.settings.data_dir / f"w{number}.log", "a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.work.moved_worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **told},
            )  # fmt: skip

    def stop(self, worker: subprocess.Popen) -> None:
        worker.kill()
        worker.communicate()

    def heard(self, worker: subprocess.Popen, word: str) -> None:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == word

    def tell(self, word: str, workers=None) -> None:
        """All of them before the first has answered."""
        workers = workers or self.workers
        for worker in workers:
            print(word, self.moved.moment, file=worker.stdin, flush=True)
        for worker in workers:
            self.heard(worker, "done")

    def restart_and_look(self) -> None:
        number = self.killed = (self.killed + 1) % 3
        for worker in self.workers:
            print("look", self.moved.moment, file=worker.stdin, flush=True)
        self.stop(self.workers[number])
        for worker in self.workers[:number] + self.workers[number + 1 :]:
            self.heard(worker, "done")
        self.workers[number] = self.started(number)
        self.heard(self.workers[number], "ready")
        self.tell("adopt", [self.workers[number]])

    def look(self) -> None:
        self.tell("look")

    def settle(self) -> None:
        """Wait until the workers have no job left; their clocks are where ours is."""
        if not self.open_jobs():
            return
        self.tell("set")
        end = time.monotonic() + 60
        while self.open_jobs():
            assert time.monotonic() < end
            time.sleep(0.02)

    def open_jobs(self) -> int:
        with self.house.reading() as connection:
            query = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.state.in_(OPEN))
            return connection.scalar(query)

    def fail(self, fails: bool) -> None:
        mark = self.settings.data_dir / "fail"
        mark.touch() if fails else mark.unlink()

    def close(self) -> None:
        for worker in self.workers:
            self.stop(worker)
        self.house.close()


@pytest.fixture
def moved(monkeypatch) -> MovedClock:
    moved = MovedClock()
    monkeypatch.setattr(clock_module, "source", moved)
    return moved


@pytest.fixture
def world(settings, database_url, moved) -> Iterator[Alone | Three]:
    settings = settings.model_copy(update={"database_url": database_url})
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    world = Three(settings, moved) if database_url else Alone(settings, moved)
    yield world
    world.close()


def test_a_year(world):
    call, moved = world.call, world.moved
    moved.moment = BEGIN - DAY
    group = call("CreateDatasetGroup", name="shop", domain="ECOMMERCE")["datasetGroupArn"]
    world.settle()
    schema = call("CreateSchema", name="s", schema=SHOP, domain="ECOMMERCE")["schemaArn"]
    call("CreateDataset", name="d", datasetGroupArn=group, schemaArn=schema, datasetType="Interactions")
    world.settle()
    number = world.house.interactions_of(group)
    moved.moment = BEGIN
    request = {"datasetGroupArn": group, "recipeArn": V2, "solutionConfig": scheduled("rate(7 days)")}
    solution = call("CreateSolution", name="s", **request)["solutionArn"]
    recommender = call("CreateRecommender", name="r", datasetGroupArn=group, recipeArn=VIEWS)["recommenderArn"]
    world.settle()

    def update(**changes) -> None:
        world.call("UpdateSolution", solutionArn=solution, **changes)

    clicks = {"eventsConfig": {"eventParametersList": [{"eventType": "click", "weight": 0.5}]}}
    story = {
        60: lambda: world.call("CreateSolutionVersion", solutionArn=solution),
        90: lambda: update(solutionUpdateConfig=scheduled("rate(3 days)")),
        100: lambda: world.call("StopRecommender", recommenderArn=recommender),
        130: lambda: world.call("StartRecommender", recommenderArn=recommender),
        150: lambda: update(performAutoTraining=False),
        180: lambda: update(performAutoTraining=True),
        250: lambda: update(solutionUpdateConfig=clicks),
        300: lambda: world.fail(True),
        320: lambda: update(solutionUpdateConfig=scheduled("rate(30 days)")),
        330: lambda: world.fail(False),
    }
    retrained = []
    for day in (day + part for day in range(365) for part in LOOKS):
        moved.moment = BEGIN + day * DAY
        if day and not 219 < day < 230:
            world.restart_and_look() if day in world.restarts else world.look()
            world.settle()
        if day in story:
            story[day]()
            world.settle()
        if day in range(365) and not 15 <= day < 40:
            moved.moment += 60
            stream(world, number)
        if told := latest_update(world, recommender):
            retrained += [told] if told not in retrained else []
    assert automatic(world.call, solution) == near(EXPECTED)
    assert retrained == near(RETRAINED)
    made = versions(world.call, solution)
    assert [days(each) for each in made if each["trainingType"] == "MANUAL"] == near([60])
    failed = [days(each) for each in made if each["status"] == "CREATE FAILED"]
    assert failed == near([day for day in EXPECTED if 300 < day < 330])
    world.call("DeleteSolution", solutionArn=solution)
    world.settle()
    with world.house.reading() as connection:
        assert schedules.find(connection, solution) is None


def scheduled(expression: str) -> dict:
    return {"autoTrainingConfig": {"schedulingExpression": expression}}


def latest_update(world, recommender: str) -> float | None:
    told = world.call("DescribeRecommender", recommenderArn=recommender)["recommender"].get("latestRecommenderUpdate")
    return round(days(told), 6) if told else None


def stream(world, number: int) -> None:
    record = {"ITEM_ID": "i", "TIMESTAMP": 1_700_000_000, "EVENT_TYPE": "View"}
    world.house.writer.submit([NewEntry(number, "u", "s", False, [record])]).result()
