"""When a dataset group last got data: what makes an automatic training, or an update, worth its while."""

from collections.abc import Collection

from sqlalchemy import Connection

from .events.entry import moment_of
from .house import House
from .lake.table import Table
from .recipes.base import Recipe
from .resources import book
from .resources.kinds import KINDS

NEWEST_JOBS = 1_000
"""Imports that are looked at. Only one that took longer than so many later ones could be missed."""


def learnt_from(recipe: type[Recipe] | None) -> frozenset[str]:
    """The dataset types whose new records call for a training. AWS: interactions, of actions too for
    aws-next-best-action. A recipe that can do without interactions goes by what it cannot do without."""
    if recipe is None:
        return frozenset(["INTERACTIONS"])
    types = frozenset(["INTERACTIONS", *({"ACTION_INTERACTIONS"} & set(recipe.reads))])
    return types if "INTERACTIONS" in recipe.required_datasets else types | {*recipe.required_datasets}


def newest_arrival(house: House, group_arn: str, types: Collection[str]) -> float:
    """When one of these datasets last got data: an import into it ended, or a record was streamed. Seconds since the
    epoch, 0 for never. The house is that of the group's place."""
    with house.reading() as connection:
        datasets = [book.find(connection, KINDS["dataset"], arn) for arn in named(connection, group_arn)]
        arns = [each["datasetArn"] for each in datasets if each["datasetType"] in types]
        numbers = {arn: book.number_of(connection, arn) for arn in arns}
        imported = [ended for arn in arns for ended in imports_ended(house, connection, arn)]
    streamed = [moment_of(streamed_until(house, arn, number)) for arn, number in numbers.items()]
    return max([*imported, *streamed], default=0.0)


def named(connection: Connection, group_arn: str) -> list[str]:
    return book.naming(connection, group_arn, KINDS["dataset"])


def imports_ended(house: House, connection: Connection, dataset_arn: str) -> list[float]:
    kind = KINDS["datasetImportJob"]
    jobs = book.page(connection, kind, house.place, dataset_arn, 0, NEWEST_JOBS, newest_first=True)
    return [job["lastUpdatedDateTime"] for _, job in jobs if job["status"] == "ACTIVE"]


def streamed_until(house: House, dataset_arn: str, number: int) -> int:
    """The position of the newest record. What the journal has let go of is in the table, which costs more to ask."""
    return house.journal.newest(number) or Table(house.dataset_folder(dataset_arn)).position()
