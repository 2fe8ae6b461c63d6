"""rankingInfluence: what a campaign or a batch job may ask of the recipe that has it, and what its data must have."""

from sqlalchemy import Connection

from ..contract.errors import InvalidInputException
from ..resources.book import Document
from ..resources.schemas import schemas_of
from .catalog import recipe_by

RANKING_INFLUENCE = "aws-semantic-similarity"


def require_influence(connection: Connection, version: Document, config: Document, where: str) -> None:
    """Raises InvalidInputException. `where` is the member of the request that has the configuration."""
    influence = config.get("rankingInfluence")
    if not influence:
        return
    if recipe_by(version["recipeArn"]).name != RANKING_INFLUENCE:
        raise InvalidInputException(f"{where}.rankingInfluence is for the recipe {RANKING_INFLUENCE} only.")
    schemas = schemas_of(connection, version["datasetGroupArn"])
    if influence.get("POPULARITY") and "INTERACTIONS" not in schemas:
        raise InvalidInputException(
            f"{where}.rankingInfluence has POPULARITY, which needs an Interactions dataset in the dataset group."
        )
    items = schemas.get("ITEMS")
    if influence.get("FRESHNESS") and (items is None or "CREATION_TIMESTAMP" not in items.column_names):
        raise InvalidInputException(
            f"{where}.rankingInfluence has FRESHNESS, which needs a column CREATION_TIMESTAMP in the Items schema."
        )
