"""Updates of deployed models: what is due is begun, by whichever worker looks first.

AWS (Developer Guide, "Automatic updates"): every two hours, of the newest version that was trained in full, if it is
deployed and if something came in. As with the schedules of trainings, a look keeps no state, and the line that one
worker writes when it begins tells a second one that there is nothing to do.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache

from sqlalchemy import Connection

from ..arrivals import newest_arrival
from ..contract.arns import last_part, place_of
from ..contract.errors import ResourceNotFoundException
from ..house import House
from ..recipes.base import AUTOMATIC, Recipe
from ..recipes.catalog import RECIPES
from ..resources import book, updates
from ..resources.book import Document
from ..resources.kinds import KINDS, Kind
from ..resources.updates import Line
from ..resources.updating import DATA, due, has_data, known_since, newest_full, obstacle
from ..store import clock
from .alone import alone
from .refresh import Progress, refresh
from .upkeep import forever, guarded

log = logging.getLogger(__name__)

CAMPAIGN, VERSION, RECOMMENDER = KINDS["campaign"], KINDS["solutionVersion"], KINDS["recommender"]
Arrival = Callable[[str, frozenset[str]], float]
"""(dataset group ARN, dataset types) -> when one of these datasets last got data, 0 for never."""


class Updates:
    """`seconds` is the pause between two looks."""

    def __init__(self, house: House, seconds: float):
        self.house, self.seconds = house, seconds

    def start(self) -> None:
        """In a thread of this process, until it ends; in none where nothing is ever updated."""
        if any(self.house.update_seconds.values()):
            threading.Thread(target=forever, args=(self.seconds, self.look), name="updates", daemon=True).start()

    def look(self) -> None:
        """One round: begin what is due."""
        # Once for all models of a group.
        arrival = cache(lambda group, types: newest_arrival(self.house.at(place_of(group)), group, types))
        for kind, arn in self.deployed():
            guarded(f"the update of {arn}", lambda kind=kind, arn=arn: self.consider(kind, arn, arrival))

    def deployed(self) -> list[tuple[Kind, str]]:
        """Solution versions and recommenders that answer."""
        with self.house.reading() as connection:
            campaigns = [book.find(connection, CAMPAIGN, arn) for arn in book.everywhere(connection, CAMPAIGN)]
            recommenders = book.everywhere(connection, RECOMMENDER)
        versions = dict.fromkeys(each["solutionVersionArn"] for each in campaigns if each["status"] == "ACTIVE")
        return [*((VERSION, arn) for arn in versions), *((RECOMMENDER, arn) for arn in recommenders)]

    def consider(self, kind: Kind, arn: str, arrival: Arrival) -> None:
        house = self.house.at(place_of(arn))
        with suppress(ResourceNotFoundException):  # deleted meanwhile
            with house.reading() as connection:
                document = book.find(connection, kind, arn)
                line = updates.find(connection, arn, document.get("model", ""))
                if not is_due(house, connection, kind, document, line):
                    return
            if arrival(document["datasetGroupArn"], data_of(document)) <= known_since(document, line):
                return
            with house.writing() as connection:
                same = book.find(connection, kind, arn, lock=True) == document
                if not same or updates.find(connection, arn, document.get("model", "")) != line:
                    return  # another worker was first, or a training
                job = house.put(connection, f"{kind.name}.refresh", arn, kind.life["refresh"])
                updates.begin(connection, arn, document.get("model", ""), job, clock.now())
            log.info("update of %s", arn)


def is_due(house: House, connection: Connection, kind: Kind, document: Document, line: Line | None) -> bool:
    if "recipeArn" not in document:
        return False
    period = house.update_seconds.get(recipe_of(document).updated, 0.0)
    if not period or clock.now() < due(document, line, period) or updates.at_work(connection, line):
        return False
    return obstacle(connection, kind, document) is None


def data_of(document: Document) -> frozenset[str]:
    return DATA[recipe_of(document).updated]


def recipe_of(document: Document) -> type[Recipe]:
    return RECIPES[last_part(document["recipeArn"])]


def refresh_for_batch(house: House, version: Document, name: str, progress: Progress) -> None:
    """AWS: a batch inference job on the newest fully trained version has it updated first, deployed or not, where its
    recipe has automatic updates."""
    if recipe_of(version).updated != AUTOMATIC or not house.update_seconds[AUTOMATIC]:
        return
    arn = version["solutionVersionArn"]
    with alone(house.artifact_folder(arn), "update"):  # of many jobs on one version the first does it
        with house.reading() as connection:
            if newest_full(connection, version["solutionArn"]) != arn:
                return
            line, here = updates.find(connection, arn), has_data(connection, version, recipe_of(version))
        since = known_since(version, line)
        if not here or newest_arrival(house, version["datasetGroupArn"], DATA[AUTOMATIC]) <= since:
            return
        with house.writing() as connection:
            updates.begin(connection, arn, "", name, clock.now())
        refresh(house, version, name, progress)
