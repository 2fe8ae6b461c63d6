"""Automatic training: what is due by the schedules is begun, by whichever worker looks first.

It keeps no state: each look reads the lines that are due. The worker that begins a training moves the line on in the
same transaction, so that a second one, or one that comes back from the dead, finds nothing to do.
"""

import logging
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial

from sqlalchemy import Connection

from ..arrivals import learnt_from, newest_arrival
from ..contract.arns import last_part, place_of
from ..contract.errors import LimitExceededException, ResourceNotFoundException
from ..house import House
from ..recipes.base import Recipe
from ..recipes.catalog import RECIPES
from ..resources import book, schedules
from ..resources.automatic import learnt_until, obstacle_of_recommender, obstacle_of_solution, trainings
from ..resources.book import Document
from ..resources.kinds import KINDS, Kind
from ..resources.schedules import Line
from ..resources.versions import taken_over
from ..store import clock
from .upkeep import forever, guarded

log = logging.getLogger(__name__)

SOLUTION, VERSION, RECOMMENDER = KINDS["solution"], KINDS["solutionVersion"], KINDS["recommender"]
Arrival = Callable[[str, frozenset[str]], float]
"""(dataset group ARN, dataset types) -> when one of these datasets last got data, 0 for never."""


class Schedule:
    """`seconds` is the pause between two looks. A look at schedules of which none is due is one small query."""

    def __init__(self, house: House, seconds: float):
        self.house, self.seconds = house, seconds

    def start(self) -> None:
        """In a thread of this process, until it ends."""
        guarded("writing schedules", self.adopt)
        threading.Thread(target=forever, args=(self.seconds, self.look), name="schedule", daemon=True).start()

    def adopt(self) -> None:
        """Give a line to what an earlier release made without one. Its schedule begins with its newest training."""
        with self.house.writing() as connection:
            for kind, arn in schedules.without(connection, (SOLUTION.name, RECOMMENDER.name)):
                with suppress(ResourceNotFoundException):  # deleted meanwhile
                    self.adopt_one(connection, KINDS[kind], arn)

    def adopt_one(self, connection: Connection, kind: Kind, arn: str) -> None:
        document = book.find(connection, kind, arn, lock=True)
        if kind is RECOMMENDER:
            schedules.keep_retraining(connection, arn, document["creationDateTime"])
            return
        self.house.schedules.keep(connection, document)
        line, past = schedules.find(connection, arn), trainings(connection, arn)
        if line and past and past[0]["creationDateTime"] + line.period > line.due:
            schedules.put(connection, Line(arn, line.period, past[0]["creationDateTime"] + line.period))

    def look(self) -> None:
        """One round: begin what is due."""
        with self.house.reading() as connection:
            lines = schedules.due(connection, clock.now())
        # Once for all solutions of a group, for many may be waiting for its next data.
        arrival = cache(lambda group, types: newest_arrival(self.house.at(place_of(group)), group, types))
        train = partial(self.train, arrival=arrival)
        for kind, line in lines:
            begin = train if kind == SOLUTION.name else self.retrain
            guarded(f"the schedule of {line.arn}", lambda begin=begin, line=line: self.begun(begin, line))

    def begun(self, begin: Callable[[House, Line], None], line: Line) -> None:
        house = self.house.at(place_of(line.arn))
        try:
            with suppress(ResourceNotFoundException):  # deleted meanwhile
                begin(house, line)
        except LimitExceededException as reason:
            log.info("%s is to be trained, and waits: %s", line.arn, reason)

    def train(self, house: House, line: Line, arrival: Arrival) -> None:
        """A new version of a solution, unless one is being made, or nothing came in since the last one."""
        with house.reading() as connection:
            solution = book.find(connection, SOLUTION, line.arn)
            past = trainings(connection, line.arn)
        if obstacle_of_solution(solution, past):
            return
        recipe = RECIPES.get(last_part(solution["recipeArn"])) if "recipeArn" in solution else None
        if arrival(solution["datasetGroupArn"], learnt_from(recipe)) <= learnt_until(past):
            return
        with house.writing() as connection:
            solution = book.find(connection, SOLUTION, line.arn, lock=True)
            if solution["status"] != "ACTIVE" or schedules.find(connection, line.arn) != line:
                return  # another worker was first, or a caller
            arn = new_version(house, connection, solution, recipe)
            schedules.put(connection, Line(line.arn, line.period, line.after(clock.now())))
            log.info("automatic training of %s", arn)

    def retrain(self, house: House, line: Line) -> None:
        """A recommender's next model, told as an update; the one before it answers until then. One that does not
        answer, because it was stopped or its creation failed, is passed over until its next time."""
        with house.writing() as connection:
            recommender = book.find(connection, RECOMMENDER, line.arn, lock=True)
            if schedules.find(connection, line.arn) != line:
                return
            if recommender["status"] == "ACTIVE":
                if obstacle_of_recommender(recommender):
                    return
                config = recommender["recommenderConfig"]
                house.begin(connection, RECOMMENDER, "update", line.arn, recommenderConfig=config, retraining=True)
                log.info("automatic retraining of %s", line.arn)
            schedules.put(connection, Line(line.arn, line.period, line.counted_on(clock.now())))


def new_version(house: House, connection: Connection, solution: Document, recipe: type[Recipe] | None) -> str:
    path = f"{solution['name']}/{uuid.uuid4().hex[:8]}"
    document = house.create(
        connection,
        VERSION,
        {"solutionArn": solution["solutionArn"]},
        path,
        **taken_over(solution, recipe),
        name=path,
        trainingMode="FULL",  # AWS does not document which it is; this is what campaigns in step follow
        trainingType="AUTOMATIC",
    )
    return document["solutionVersionArn"]
