"""What may be asked of a search of hyperparameters: `hpoConfig`, held against the recipe's own ranges."""

from typing import Any

from ..contract.errors import InvalidInputException
from ..recipes.base import Recipe
from ..recipes.parameters import number
from ..resources.book import Document
from ..resources.trials import METRIC, METRICS

LIMITS = {"maxNumberOfTrainingJobs": 40, "maxParallelTrainingJobs": 10}
KINDS = {
    "integerHyperParameterRanges": "an integer",
    "continuousHyperParameterRanges": "a number",
    "categoricalHyperParameterRanges": "a word",
}


TYPES = ("Maximize", "Minimize")


def require_hpo(recipe: type[Recipe], config: Document) -> None:
    """Raises InvalidInputException."""
    require_objective(config.get("hpoObjective", {}))
    for name, limit in LIMITS.items():
        text = config.get("hpoResourceConfig", {}).get(name)
        if text is not None and not is_count(text, limit):
            raise InvalidInputException(
                f"hpoResourceConfig.{name} must be a whole number from 1 to {limit}, not '{text}'."
            )
    seen: set[str] = set()
    for kind in KINDS:
        for given in config.get("algorithmHyperParameterRanges", {}).get(kind, []):
            require_range(recipe, kind, given)
            if given["name"] in seen:
                raise InvalidInputException(f"The hyperparameter {given['name']} has two ranges; give it one.")
            seen.add(given["name"])


def require_objective(objective: Document) -> None:
    """AWS has no use for an hpoObjective; here it says what is searched for. Metrics are known by their names, so that
    a `metricRegex`, which finds one in a log, adds nothing and is let pass."""
    require_metric(objective, "hpoConfig.hpoObjective.metricName")
    if objective.get("type", TYPES[0]) not in TYPES:
        raise InvalidInputException(
            f"hpoConfig.hpoObjective.type must be {' or '.join(TYPES)}, not '{objective['type']}'."
        )


def require_metric(config: Document, where: str) -> None:
    if config.get("metricName", METRIC) not in METRICS:
        raise InvalidInputException(f"{where} must be one of {', '.join(METRICS)}, not '{config['metricName']}'.")


def is_count(text: str, limit: int) -> bool:
    try:
        return 1 <= number(text, int) <= limit
    except ValueError:
        return False


def require_range(recipe: type[Recipe], kind: str, given: Document) -> None:
    name = given.get("name", "")
    own = {row["name"]: (its_kind, row) for its_kind, rows in recipe.hyperparameter_ranges().items() for row in rows}
    if name not in own:
        raise InvalidInputException(recipe.unknown_hyperparameter())
    its_kind, row = own[name]
    if its_kind != kind:
        raise InvalidInputException(f"The hyperparameter {name} is {KINDS[its_kind]}: give its range in {its_kind}.")
    if not row["isTunable"]:
        raise InvalidInputException(
            f"The hyperparameter {name} of {recipe.name} cannot be tuned; set it in algorithmHyperParameters."
        )
    if kind.startswith("categorical"):
        require_words(name, given.get("values", []), row["values"])
    else:
        require_bounds(name, given, row)


def require_words(name: str, values: list[str], allowed: list[str]) -> None:
    if not values:
        raise InvalidInputException(
            f"The range of the hyperparameter {name} needs at least one of its values [{', '.join(allowed)}]."
        )
    for value in values:
        if value.lower() not in allowed:  # all words that can be tuned are true and false, in any case
            raise InvalidInputException(
                f"Value {value} for hyperparameter {name} is outside the allowed values [{', '.join(allowed)}]."
            )


def require_bounds(name: str, given: Document, row: dict[str, Any]) -> None:
    if "minValue" not in given or "maxValue" not in given:
        raise InvalidInputException(f"The range of the hyperparameter {name} needs a minValue and a maxValue.")
    low, high = row["minValue"], row["maxValue"]
    for value in (given["minValue"], given["maxValue"]):
        if not low <= value <= high:
            raise InvalidInputException(
                f"Value {value} for hyperparameter {name} is outside the allowed range [{low}, {high}]."
            )
    if given["minValue"] > given["maxValue"]:
        raise InvalidInputException(
            f"The range of the hyperparameter {name} must not end below its beginning: "
            f"minValue is {given['minValue']}, maxValue is {given['maxValue']}."
        )
