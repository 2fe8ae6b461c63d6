"""A worker whose clock is told to it: for each line of its input, a time, it looks at the schedules at that time and
answers with a line. Its jobs come to it from the queues of the database, as they do to any worker; trainings take no
time, and fail while the file `fail` lies in the data folder. It is killed like any other.
"""

import sys

from penchant import main
from penchant.jobs.durable import listen
from penchant.jobs.job import Job
from penchant.jobs.runner import Runner
from penchant.settings import Settings
from penchant.store import clock
from penchant.work.all import follower, perform
from penchant.work.schedule import Schedule
from tests.work.moving import TRAININGS, MovedClock, trained


def run() -> None:
    settings, moved = Settings(), MovedClock()
    clock.source = moved
    house = main.build_house(settings)

    def work(job: Job) -> dict | None:
        if job.task in TRAININGS:
            return trained(job, (settings.data_dir / "fail").exists())
        return perform(job, house)

    listen(house.database, house.queues, settings.worker, Runner(house.database, follower(house), work).run)
    schedule = Schedule(house, 1)
    print("ready", flush=True)
    for line in sys.stdin:
        word, moment = line.split()
        moved.moment = float(moment)
        {"adopt": schedule.adopt, "look": schedule.look, "set": lambda: None}[word]()
        print("done", flush=True)


if __name__ == "__main__":
    run()
