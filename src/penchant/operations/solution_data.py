"""The rules of a solution's configuration that the schemas of its dataset group decide: events, columns, objective."""

from ..contract.errors import InvalidInputException
from ..lake.schema import Schema
from ..recipes.base import Recipe
from ..resources.book import Document
from ..resources.schemas import Schemas

NUMBERS = ("int", "long", "float", "double")
EVENTS = ("INTERACTIONS", "ACTION_INTERACTIONS")
SEMANTIC = "aws-semantic-similarity"
KEPT = ("USER_ID", "ITEM_ID", "ACTION_ID", "TIMESTAMP")
"""Columns without which there is nothing to train on."""


def require_data(schemas: Schemas, recipe: type[Recipe] | None, request: Document, group: Document) -> None:
    """Raises InvalidInputException."""
    if recipe and group.get("domain") and "ACTIONS" in recipe.required_datasets:
        raise InvalidInputException(f"The recipe {recipe.name} is for custom dataset groups only.")
    for dataset_type in recipe.required_datasets if recipe else ("INTERACTIONS",):
        if dataset_type not in schemas:
            raise InvalidInputException(
                f"The dataset group {group['datasetGroupArn']} has no {words(dataset_type)} dataset, "
                "which training needs."
            )
    if recipe and recipe.name == SEMANTIC:
        require_texts(schemas["ITEMS"])
    config = request.get("solutionConfig", {})
    require_events(schemas, request.get("eventType"), config)
    if recipe is None:
        return
    if "optimizationObjective" in config:
        require_objective(schemas, config["optimizationObjective"])
    require_columns(schemas, config.get("trainingDataConfig", {}))


def require_texts(items: Schema) -> None:
    """What aws-semantic-similarity compares: a name and a description."""
    names = [field.name for field in items.fields if field.item_name]
    if len(names) != 1:
        had = f"it has {', '.join(names)}" if names else "it has none"
        raise InvalidInputException(
            f"The recipe {SEMANTIC} needs exactly one column with itemName true in the Items schema; {had}."
        )
    if not any(field.textual and not field.item_name for field in items.fields):
        raise InvalidInputException(
            f"The recipe {SEMANTIC} needs a column with textual true in the Items schema, which describes the items."
        )


def require_events(schemas: Schemas, event_type: str | None, config: Document) -> None:
    """What the choice of events asks of the Interactions schema."""
    listed = config.get("eventsConfig", {}).get("eventParametersList", [])
    threshold = "eventValueThreshold" in config
    if "eventsConfig" in config:
        if event_type is not None or threshold:
            raise InvalidInputException("eventsConfig cannot be combined with eventType or eventValueThreshold.")
        types = [event.get("eventType") for event in listed]
        if not types or None in types or len(set(types)) < len(types):
            raise InvalidInputException("eventsConfig.eventParametersList must name each of its event types once.")
        if not any(event.get("weight", 1.0) > 0 for event in listed):
            raise InvalidInputException("At least one event type of eventsConfig must have a weight above 0.")
    columns = schemas["INTERACTIONS"].column_names if "INTERACTIONS" in schemas else ()
    if (event_type is not None or listed) and "EVENT_TYPE" not in columns:
        raise InvalidInputException("Choosing events by type needs a column EVENT_TYPE in the Interactions schema.")
    if (threshold or any("eventValueThreshold" in event for event in listed)) and "EVENT_VALUE" not in columns:
        raise InvalidInputException("eventValueThreshold needs a column EVENT_VALUE in the Interactions schema.")


def require_objective(schemas: Schemas, objective: Document) -> None:
    name = objective.get("itemAttribute")
    if name is None:
        raise InvalidInputException(
            "optimizationObjective.itemAttribute must name a numerical column of the Items dataset."
        )
    if "ITEMS" not in schemas:
        raise InvalidInputException("optimizationObjective needs an Items dataset in the dataset group.")
    try:
        field = schemas["ITEMS"].field(name)
    except KeyError:
        field = None
    if field is None or field.type not in NUMBERS or field.nullable:
        raise InvalidInputException(
            f"Item attribute {name} must be a non-nullable numerical column of the Items dataset."
        )


def require_columns(schemas: Schemas, config: Document) -> None:
    """Columns chosen for training must exist; ids, timestamps and types of events are always trained on."""
    named: dict[str, str] = {}
    for member in ("excludedDatasetColumns", "includedDatasetColumns"):
        for given, columns in config.get(member, {}).items():
            dataset_type = given.upper()
            if dataset_type in named:
                raise InvalidInputException(
                    f"trainingDataConfig names the {dataset_type} dataset twice, in {named[dataset_type]} and "
                    f"{member}; name it once."
                )
            named[dataset_type] = member
            if dataset_type not in schemas:
                raise InvalidInputException(
                    f"trainingDataConfig.{member} names {given}, but the dataset group has the datasets "
                    f"{', '.join(sorted(schemas))} only."
                )
            for column in columns:
                require_column(schemas[dataset_type], column, member)


def require_column(schema: Schema, column: str, member: str) -> None:
    try:
        name = schema.field(column).name
    except KeyError:
        raise InvalidInputException(
            f"trainingDataConfig.{member} names the column {column}, which the {words(schema.dataset_type)} schema "
            f"does not have; it has {', '.join(schema.column_names)}."
        ) from None
    if member != "excludedDatasetColumns":
        return
    if name == "EVENT_TYPE" and schema.dataset_type in EVENTS:
        raise InvalidInputException("EVENT_TYPE can not be excluded from training.")
    if name in KEPT:
        raise InvalidInputException(f"{name} can not be excluded from training: nothing can be learnt without it.")


def words(dataset_type: str) -> str:
    """'Item interactions' is called by the name its schema has: Interactions."""
    return dataset_type.replace("_", " ").capitalize()
