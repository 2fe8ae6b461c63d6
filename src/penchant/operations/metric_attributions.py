"""Metric attributions: what to count or add up of the events that recommendations led to, one for each group."""

from collections.abc import Iterable, Mapping

from ..contract.errors import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException
from ..house import House
from ..lake.attributed import Expression
from ..lake.schema import Schema
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..resources.schemas import schemas_of
from ..store import clock
from . import tokens
from .registry import Answer, operation
from .solution_data import NUMBERS

KIND = KINDS["metricAttribution"]
MOST_METRICS = 10


@operation("CreateMetricAttribution")
def create_metric_attribution(house: House, request: dict) -> Answer:
    metrics = request["metrics"]
    names = [key(metric["metricName"]) for metric in metrics]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInputException(
            f"The metric name {twice[0]} is given twice; names must differ, and not in case only, "
            "because they are published in capitals."
        )
    with house.writing() as connection:
        group = house.require(connection, KINDS["datasetGroup"], request["datasetGroupArn"])
        require_metrics(metrics, schemas_of(connection, group["datasetGroupArn"]))
        document = house.create(connection, KIND, request, request["name"], **numbered([], metrics, 0))
    return {"metricAttributionArn": document["metricAttributionArn"]}


@operation("UpdateMetricAttribution")
def update_metric_attribution(house: House, request: dict) -> Answer:
    """Takes effect at once: AWS gives it no status of its own. What is removed goes first, so that a name can be given
    a new expression in one call."""
    arn = required_arn(request)
    removed, added = request.get("removeMetrics", []), request.get("addMetrics", [])
    with house.writing() as connection:
        house.require(connection, KIND, arn)
        document = book.find(connection, KIND, arn, lock=True)  # two updates at once take turns
        kept = {key(metric["metricName"]): metric for metric in document["metrics"]}
        for name in dict.fromkeys(map(key, removed)):
            if kept.pop(name, None) is None:
                raise ResourceNotFoundException(f"The metric attribution {arn} has no metric {name} to remove.")
        added_names: set[str] = set()
        for name in (metric["metricName"] for metric in added):
            if key(name) in kept.keys() | added_names:
                raise ResourceAlreadyExistsException(f"The metric attribution {arn} already has a metric {name}.")
            added_names.add(key(name))
        if (count := len(kept) + len(added)) > MOST_METRICS:
            raise InvalidInputException(
                f"The metric attribution {arn} would have {count} metrics; at most {MOST_METRICS} are allowed."
            )
        require_metrics(added, schemas_of(connection, document["datasetGroupArn"]))
        book.amend(
            connection,
            KIND,
            arn,
            metricsOutputConfig=request.get("metricsOutputConfig", document["metricsOutputConfig"]),
            **numbered(kept.values(), added, document["lastMetricNumber"]),
        )
    return {"metricAttributionArn": arn}


@operation("ListMetricAttributionMetrics")
def list_metric_attribution_metrics(house: House, request: dict) -> Answer:
    arn = required_arn(request)
    limit = request.get("maxResults", MOST_METRICS)
    question = {"operation": "ListMetricAttributionMetrics", "of": arn}
    after = tokens.read(house.token_secret, house.place, question, request.get("nextToken"))
    with house.reading() as connection:
        try:
            metrics = house.find(connection, KIND, arn)["metrics"]
        except ResourceNotFoundException as error:  # AWS declares no other error for this operation
            raise InvalidInputException(str(error)) from None
    rest = [metric for metric in metrics if metric["number"] > after]
    shown = ("eventType", "metricName", "expression")
    answer: dict = {"metrics": [{name: metric[name] for name in shown} for metric in rest[:limit]]}
    if len(rest) > limit:
        answer["nextToken"] = tokens.write(house.token_secret, house.place, question, rest[limit - 1]["number"])
    return answer


def required_arn(request: dict) -> str:
    """The model leaves it open; without it there is nothing to do."""
    if "metricAttributionArn" not in request:
        raise InvalidInputException("metricAttributionArn is missing; name the metric attribution that is meant.")
    return request["metricAttributionArn"]


def key(name: str) -> str:
    """Names are published in capitals, so that those which differ in case only would be one series."""
    return name.upper()


def numbered(kept: Iterable[Document], added: Iterable[Document], last: int) -> Document:
    """Members of the document that stay inside. A metric has a number that is never given again: page tokens hold it,
    so that a list can grow and shrink between pages. Events from before it do not count for it."""
    now = clock.now()
    new = [{**metric, "number": number, "since": now} for number, metric in enumerate(added, last + 1)]
    return {"metrics": [*kept, *new], "lastMetricNumber": last + len(new)}


def require_metrics(metrics: Iterable[Document], schemas: Mapping[str, Schema]) -> None:
    """Raises InvalidInputException where a metric cannot be worked out from the group's data."""
    interactions = schemas.get("INTERACTIONS")
    if interactions is None or "EVENT_TYPE" not in interactions.column_names:
        raise InvalidInputException(
            "A metric attribution needs an Interactions dataset whose schema has a column EVENT_TYPE."
        )
    for metric in metrics:
        for name in ("metricName", "eventType"):
            if not metric[name].strip():
                raise InvalidInputException(f"Each metric needs a {name} that is not empty.")
        require_expression(metric, schemas)


def require_expression(metric: Document, schemas: Mapping[str, Schema]) -> None:
    name, expression = metric["metricName"], metric["expression"]
    found = Expression.parse(expression)
    if found is None:
        raise InvalidInputException(
            f"The expression of the metric {name} must be SUM(Items.COLUMN), SUM(Interactions.COLUMN) or "
            f"SAMPLECOUNT(), not '{expression}'."
        )
    if not found.column:
        return
    dataset, column = found.dataset.capitalize(), found.column
    schema = schemas.get(found.dataset)
    if schema is None:
        raise InvalidInputException(
            f"The metric {name} adds up {dataset}.{column}, and the dataset group has no {dataset} dataset."
        )
    try:
        type_ = schema.field(column).type
    except KeyError:
        raise InvalidInputException(
            f"The metric {name} adds up {dataset}.{column}, which is not in the schema; "
            f"it has {', '.join(schema.column_names)}."
        ) from None
    if type_ not in NUMBERS:
        raise InvalidInputException(
            f"The metric {name} adds up {dataset}.{column}, which is of type {type_}; it must be numeric."
        )
