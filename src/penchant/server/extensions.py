"""What Amazon does not have: GET /penchant/v1/NAME, or POST with a JSON object, answered with JSON."""

from collections.abc import Callable, Mapping
from typing import Any

from ..contract.errors import InvalidInputException
from ..house import House
from ..operations.activity import busiest
from ..operations.attributed import attributed
from ..operations.explanations import explain
from ..operations.measured import measured
from ..operations.rejections import listed
from ..operations.schedules import scheduled
from ..operations.searches import searched
from ..operations.trainings import trained
from ..operations.updates import updated

Asked = Mapping[str, str]
"""The query's parameters."""


def activity(house: House, asked: Asked) -> dict[str, Any]:
    """The busiest items of the last hours. GET /penchant/v1/activity?datasetGroupArn=ARN&hours=24"""
    try:
        hours = float(asked.get("hours", "24"))
    except ValueError:
        raise InvalidInputException("hours must be a number.") from None
    return {"items": busiest(house, asked.get("datasetGroupArn", ""), hours)}


def attributions(house: House, asked: Asked) -> dict[str, Any]:
    """What the events of a metric attribution come to, by source and time.
    GET /penchant/v1/attributions?metricAttributionArn=ARN&startTime=…&endTime=…&period=900"""
    times = (asked.get(name) for name in ("startTime", "endTime", "period"))
    return attributed(house, asked.get("metricAttributionArn", ""), *times)


def metrics(house: House, asked: Asked) -> dict[str, Any]:
    """The metrics of a model, and how sure they are. GET /penchant/v1/metrics?solutionVersionArn=ARN, or
    ?recommenderArn=ARN"""
    return measured(house, asked.get("solutionVersionArn", ""), asked.get("recommenderArn", ""))


def progress(house: House, asked: Asked) -> dict[str, Any]:
    """How far the newest job of a resource is. GET /penchant/v1/progress?arn=ARN"""
    return house.progress(asked.get("arn", ""))


def rejections(house: House, asked: Asked) -> dict[str, Any]:
    """What was refused, dropped or changed on its way in. GET /penchant/v1/rejections, of all datasets of the caller or
    of one group: ?datasetGroupArn=ARN"""
    return {"rejections": listed(house, asked.get("datasetGroupArn"))}


def schedules(house: House, asked: Asked) -> dict[str, Any]:
    """When a solution or a recommender is next trained by itself. GET /penchant/v1/schedules?solutionArn=ARN, or
    ?recommenderArn=ARN"""
    return scheduled(house, asked.get("solutionArn", ""), asked.get("recommenderArn", ""))


def trainings(house: House, asked: Asked) -> dict[str, Any]:
    """How a training goes, or went. GET /penchant/v1/trainings?solutionVersionArn=ARN, or ?recommenderArn=ARN"""
    return trained(house, asked.get("solutionVersionArn", ""), asked.get("recommenderArn", ""))


def trials(house: House, asked: Asked) -> dict[str, Any]:
    """The trials of a search for hyperparameters or a recipe. GET /penchant/v1/trials?solutionVersionArn=ARN"""
    return searched(house, asked.get("solutionVersionArn", ""))


def updates(house: House, asked: Asked) -> dict[str, Any]:
    """What a model learnt since its training, and when it will again. GET /penchant/v1/updates?solutionVersionArn=ARN,
    or ?recommenderArn=ARN"""
    return updated(house, asked.get("solutionVersionArn", ""), asked.get("recommenderArn", ""))


EXTENSIONS: dict[str, Callable[[House, Asked], dict[str, Any]]] = {
    "activity": activity,
    "attributions": attributions,
    "metrics": metrics,
    "progress": progress,
    "rejections": rejections,
    "schedules": schedules,
    "trainings": trainings,
    "trials": trials,
    "updates": updates,
}

POSTED: dict[str, Callable[[House, dict[str, Any]], dict[str, Any]]] = {
    # The history that counted, the stages of the scores, what filters removed and which events moved an item up.
    "explain": explain,
}
