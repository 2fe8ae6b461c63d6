"""What a campaign or a recommender answers with: its model, its configuration and the data of its group.

It is looked up again after a moment only, because it is asked at every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from ..contract.arns import last_part
from ..contract.errors import InvalidInputException, ResourceNotFoundException
from ..filters import Compiled, compile_text
from ..house import House
from ..lake.schema import Schema
from ..recipes.base import Recipe
from ..recipes.catalog import RECIPES
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS, Kind
from ..serving.answering import Answering
from ..serving.views import Source

CAMPAIGN, RECOMMENDER, DATASET = KINDS["campaign"], KINDS["recommender"], KINDS["dataset"]
CONFIG = {"campaign": "campaignConfig", "recommender": "recommenderConfig"}
LEAST = {"campaign": "minProvisionedTPS", "recommender": "minRecommendationRequestsPerSecond"}
WEIGHT, AGE_DAYS = "explorationWeight", "explorationItemAgeCutOff"
DEFAULT_WEIGHT, DEFAULT_AGE_DAYS = 0.3, 30.0
METADATA = "enableMetadataWithRecommendations"
ITEMS_ALONE = Schema.parse(
    '{"type":"record","name":"Items","namespace":"com.amazonaws.personalize.schema",'
    '"fields":[{"name":"ITEM_ID","type":"string"},{"name":"CATEGORY","type":["null","string"],"categorical":true}],'
    '"version":"1.0"}'
)
"""Of a group without an Items dataset, whose items have ids and nothing else."""


@dataclass(frozen=True)
class Deployed:
    arn: str
    kind: str
    group: str
    recipe: type[Recipe]
    folder: Path
    """Of the model."""
    events: int | None
    """The number of the group's Interactions dataset in the journal."""
    config: Mapping[str, Any]
    least: int
    """Requests a second that the customer asked for."""

    @cached_property
    def exploration_weight(self) -> float | None:
        """explorationWeight, None for a recipe without one."""
        if self.recipe.explores != "configured":
            return None
        return float(self.config.get("itemExplorationConfig", {}).get(WEIGHT, DEFAULT_WEIGHT))

    @cached_property
    def exploration_age_days(self) -> float:
        return float(self.config.get("itemExplorationConfig", {}).get(AGE_DAYS, DEFAULT_AGE_DAYS))

    @property
    def with_metadata(self) -> bool:
        """Amazon's v2 recipes have it without being asked."""
        return bool(self.config.get(METADATA)) or self.recipe.name.endswith("-v2")


@dataclass(frozen=True)
class Data:
    """The datasets of a group."""

    schemas: Mapping[str, Schema]
    """By dataset type."""
    items: Source
    users: Source | None
    events: Source | None
    actions: Source | None = None
    action_events: Source | None = None
    filters: dict[str, Compiled] = field(default_factory=dict)

    def compiled(self, text: str) -> Compiled:
        """A filter, which was judged when it was made. Raises FilterError where it does not fit the schemas now."""
        found = self.filters.get(text)
        if found is None:
            found = self.filters[text] = compile_text(text, self.schemas, extended=True)
        return found


def campaign(house: House, arn: str) -> Deployed:
    return pointed(house, CAMPAIGN, arn)


def recommender(house: House, arn: str) -> Deployed:
    return pointed(house, RECOMMENDER, arn)


def pointed(house: House, kind: Kind, arn: str) -> Deployed:
    """An ACTIVE one. Recorded: Amazon answers InvalidInputException for another."""
    try:
        return house.pointers((house.place, kind.name, arn), lambda: look_up(house, kind, arn))
    except ResourceNotFoundException:
        raise InvalidInputException(f"{arn} does not exist or is not active yet.") from None


def look_up(house: House, kind: Kind, arn: str) -> Deployed:
    with house.reading() as connection:
        document = house.find(connection, kind, arn)
        if document["status"] != "ACTIVE":
            raise ResourceNotFoundException(kind.absent(arn))
        folder = house.model_folder(connection, document)
    config = document.get(CONFIG[kind.name]) or {}
    return Deployed(
        arn,
        kind.name,
        document["datasetGroupArn"],
        RECIPES[last_part(document["recipeArn"])],
        folder,
        house.interactions_of(document["datasetGroupArn"]),
        config,
        int((document if kind is CAMPAIGN else config).get(LEAST[kind.name], 1)),
    )


def answering(house: House, deployed: Deployed) -> Answering:
    return house.live.model(deployed.folder)


def data_of(house: House, group: str) -> Data:
    """Raises ResourceNotFoundException for a group that is gone."""

    def look_up() -> Data:
        with house.reading() as connection:
            found = {
                document["datasetType"]: source_of(house, connection, document)
                for document in (book.find(connection, DATASET, arn) for arn in book.naming(connection, group, DATASET))
            }
        schemas = {dataset_type: source.schema for dataset_type, source in found.items()}
        nowhere = Source(-1, house.folder / "nowhere", ITEMS_ALONE)
        return Data(
            schemas,
            found.get("ITEMS", nowhere),
            found.get("USERS"),
            found.get("INTERACTIONS"),
            found.get("ACTIONS"),
            found.get("ACTION_INTERACTIONS"),
        )

    return house.pointers((house.place, "data", group), look_up)


def source_of(house: House, connection: Connection, dataset: Document) -> Source:
    schema = book.find(connection, KINDS["schema"], dataset["schemaArn"])
    return source(
        book.number_of(connection, dataset["datasetArn"]),
        house.dataset_folder(dataset["datasetArn"]),
        schema["schema"],
        schema.get("domain"),
    )


@lru_cache(maxsize=1024)
def source(number: int, folder: Path, schema: str, domain: str | None) -> Source:
    """The same one each time, which views find soonest."""
    return Source(number, folder, Schema.parse(schema, domain))
