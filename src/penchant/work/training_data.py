"""What a training reads: the tables of a dataset group, and those of their columns that its recipe learns from."""

from collections.abc import Mapping
from typing import Any

from ..house import House
from ..lake.attributes import learnt_from
from ..lake.encode import NOWHERE, Versions, items_alone, training_set
from ..lake.schema import Field
from ..lake.selection import EventSelection
from ..lake.table import INCREMENTAL, Table
from ..lake.training_set import TrainingSet
from ..recipes.base import Recipe
from ..resources import book
from ..resources.kinds import KINDS
from ..resources.schemas import schemas_of


def datasets_of(house: House, group_arn: str) -> list[str]:
    with house.reading() as connection:
        return book.naming(connection, group_arn, KINDS["dataset"])


def made(house: House, group_arn: str, dataset_type: str) -> float | None:
    """When the dataset of a type was created, seconds since the epoch; None where there is none."""
    with house.reading() as connection:
        for arn in book.naming(connection, group_arn, KINDS["dataset"]):
            document = book.find(connection, KINDS["dataset"], arn)
            if document["datasetType"] == dataset_type:
                created: float = document["creationDateTime"]
                return created
    return None


def tables_of(house: House, group_arn: str) -> dict[str, Table]:
    """The tables of a dataset group by dataset type, where something was imported or streamed."""
    tables = {}
    with house.reading() as connection:
        for arn in book.naming(connection, group_arn, KINDS["dataset"]):
            table = Table(house.dataset_folder(arn))
            if table.exists():
                tables[book.find(connection, KINDS["dataset"], arn)["datasetType"]] = table
    return tables


def learnt_columns(house: House, group_arn: str, recipe: Recipe, config: Mapping[str, Any]) -> dict[str, list[Field]]:
    """By dataset type, the columns that a recipe reads and a `trainingDataConfig` leaves to it.

    EVENT_TYPE is there whatever the configuration says: it can not be excluded.
    """
    with house.reading() as connection:
        schemas = schemas_of(connection, group_arn)
    included, excluded = (
        {kind.upper(): {name.lower() for name in names} for kind, names in config.get(member, {}).items()}
        for member in ("includedDatasetColumns", "excludedDatasetColumns")
    )

    def chosen(kind: str, field: Field) -> bool:
        name = field.name.lower()
        return field.name == "EVENT_TYPE" or (
            name not in excluded.get(kind, ()) and (kind not in included or name in included[kind])
        )

    return {
        kind: [field for field in schemas[kind].fields if learnt_from(field) and chosen(kind, field)]
        for kind in recipe.reads
        if kind in schemas
    }


def counted(tables: Mapping[str, Table], recipe: Recipe) -> Mapping[str, Table]:
    """What of the tables a recipe may learn from: for user segments, of bulk data only what was imported in FULL mode
    (Developer Guide, "Getting user segments"), beside the records that were put one by one."""
    if recipe.recipe_type != "USER_SEGMENTATION":
        return tables
    return {kind: table.without(INCREMENTAL) for kind, table in tables.items()}


def read(
    tables: Mapping[str, Table],
    selection: EventSelection,
    learnt: Mapping[str, list[Field]],
    versions: Versions | None = None,
) -> tuple[TrainingSet, Versions]:
    """The data of fixed `versions`, by default the newest, in an Interactions table that exists, or else in an Items
    table. Raises SelectionError."""
    if "INTERACTIONS" not in tables or (versions and versions.interactions == NOWHERE):
        alone = versions or Versions(NOWHERE, tables["ITEMS"].version())
        return items_alone(tables["ITEMS"], alone, learnt.get("ITEMS", ())), alone
    interactions, items = tables["INTERACTIONS"], tables.get("ITEMS")
    users = tables.get("USERS") if learnt.get("USERS") else None
    actions = [tables.get(kind) if kind in learnt else None for kind in ("ACTIONS", "ACTION_INTERACTIONS")]
    versions = versions or Versions.newest(interactions, items, users, *actions)
    return training_set(interactions, items, versions, selection, users, learnt, *actions), versions
