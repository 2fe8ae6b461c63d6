"""A worker that gives no sign of life for long is dead; its jobs are taken up, once, and nobody else's are."""

import pytest
import sqlalchemy as sa

from penchant.jobs.presence import BEAT_SECONDS, Presence
from penchant.settings import Settings
from penchant.store.database import Database
from penchant.store.tables import workers


class Installation:
    """Its workers share a clock, which tests move, and the jobs that each has begun."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.begun: dict[str, int] = {}
        self.taken: list[tuple[str, str, int]] = []
        self.now = 1000.0
        self.away = False

    def worker(self, name: str, after: float = 60.0) -> Presence:
        def at_work() -> set[str]:
            if self.away:
                raise OSError("away")
            return set(self.begun)

        def take_up(other: str) -> int:
            count = self.begun.pop(other, 0)
            self.taken.append((name, other, count))
            return count

        presence = Presence(self.database, name, at_work, take_up, after, lambda: self.now)
        presence.beat()
        return presence

    def names(self) -> set[str]:
        with self.database.read() as connection:
            return set(connection.scalars(sa.select(workers.c.name)))

    def pass_by(self, seconds: float, *living: Presence) -> None:
        """Rounds of five seconds, of those that live."""
        for _ in range(round(seconds / 5)):
            self.now += 5
            for each in living:
                each.beat()
                each.look()


@pytest.fixture
def installation(database_url, tmp_path):
    database = Database(database_url or f"sqlite:///{tmp_path / 'test.db'}")
    database.migrate()
    yield Installation(database)
    database.close()


def test_jobs_of_who_lives_are_left_to_it(installation):
    first, second = installation.worker("first"), installation.worker("second")
    installation.begun = {"first": 2, "second": 1}
    installation.pass_by(600, first, second)
    assert installation.taken == []


def test_jobs_of_who_is_silent_are_taken_up_once(installation):
    first, second, third = (installation.worker(name) for name in ("first", "second", "third"))
    installation.begun = {"first": 2, "second": 1}
    installation.pass_by(20, first, second, third)
    installation.pass_by(55, second, third)
    assert installation.taken == []  # the first may still be about to give a sign
    installation.pass_by(5, second, third)
    assert installation.taken[0] == ("second", "first", 2)
    installation.pass_by(600, second, third)
    assert [count for _, _, count in installation.taken if count] == [2]
    assert installation.names() == {"second", "third"}


def test_who_comes_back_in_time_keeps_its_jobs(installation):
    second = installation.worker("second")
    first = installation.worker("first")
    installation.begun = {"first": 1}
    for _ in range(5):
        installation.pass_by(55, second)
        installation.pass_by(5, first, second)
    assert installation.taken == []


def test_who_comes_back_too_late_is_known_again(installation):
    first, second = installation.worker("first"), installation.worker("second")
    installation.begun = {"first": 1}
    installation.pass_by(70, second)
    assert installation.taken == [("second", "first", 1)]
    installation.begun = {"first": 1}
    installation.pass_by(600, first, second)
    assert len(installation.taken) == 1
    assert installation.names() == {"first", "second"}


def test_a_worker_that_never_gave_a_sign_is_as_dead_as_one_that_stopped(installation):
    second = installation.worker("second")
    installation.begun = {"before": 3}
    installation.pass_by(60, second)
    assert installation.taken == []
    installation.pass_by(5, second)
    assert installation.taken == [("second", "before", 3)]


def test_what_failed_half_way_is_done_again(installation):
    installation.worker("first")
    second = installation.worker("second")
    installation.begun = {"first": 1}
    taking_up, fails = second.take_up, iter([True, False])

    def broken(name: str) -> int:
        if next(fails):
            raise OSError("away")
        return taking_up(name)

    second.take_up = broken
    installation.pass_by(60, second)
    with pytest.raises(OSError):
        installation.pass_by(5, second)
    assert "first" in installation.names()
    installation.pass_by(5, second)
    assert installation.taken == [("second", "first", 1)]


def test_with_zero_nobody_is_dead(installation):
    installation.worker("first")
    second = installation.worker("second", after=0)
    installation.begun = {"first": 1}
    installation.pass_by(6000, second)
    assert installation.taken == []


def test_while_the_database_is_away_nobody_grows_silent(installation):
    installation.worker("first")
    second = installation.worker("second")
    installation.begun = {"first": 1}
    installation.pass_by(55, second)
    installation.away = True
    second.round()
    installation.away = False
    installation.pass_by(60, second)
    assert installation.taken == []
    installation.pass_by(5, second)
    assert installation.taken == [("second", "first", 1)]


@pytest.mark.parametrize("seconds", ["1", "14.9", "-60", "nan"])
def test_a_time_in_which_the_living_would_be_dead_is_refused(monkeypatch, seconds):
    monkeypatch.setenv("PENCHANT_TAKE_OVER_SECONDS", seconds)
    with pytest.raises(ValueError, match="0 or at least 15"):
        Settings()


@pytest.mark.parametrize("seconds", [0, 15, 3600])
def test_a_time_that_leaves_room_for_signs_of_life_is_taken(seconds):
    assert Settings(take_over_seconds=seconds).take_over_seconds == seconds
    assert seconds == 0 or seconds >= 3 * BEAT_SECONDS
