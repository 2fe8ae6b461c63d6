"""What was measured when a model was trained, and how sure it is. Amazon's own answers have the metrics alone."""

from pathlib import Path
from typing import Any

from ..artifacts.sealed import read_manifest
from ..contract.errors import ResourceInUseException, ResourceNotFoundException
from ..house import House
from ..resources.kinds import KINDS
from .solutions import measured_version
from .subjects import subject

RECOMMENDER = KINDS["recommender"]
TOLD = ("recipe", "objective", "trainingHours", "seconds", "coreSeconds", "peakMemoryBytes", "seed", "tableVersions")
"""What is told of a manifest beside the metrics, where it is there."""


def measured(house: House, version_arn: str, recommender_arn: str) -> dict[str, Any]:
    """Of a solution version or a recommender, the other being empty: each metric with its standard error, its 95 %
    interval and the test users that it is the mean over; the same of the popular items, and what the model gains over
    them user by user; the trade that an optimizationObjective made; seconds, and the versions of the tables.

    Raises InvalidInputException, ResourceNotFoundException, or ResourceInUseException where nothing is trained yet.
    """
    _, arn = subject(version_arn, recommender_arn)
    try:
        manifest = read_manifest(version_folder(house, arn) if version_arn else recommender_folder(house, arn))
    except FileNotFoundError:  # deleted a moment ago
        raise ResourceNotFoundException(f"The model of {arn} is no longer there.") from None
    evaluation = dict(manifest.get("evaluation", {}))  # none in models of the first release
    plain = {name: {"mean": value} for name, value in manifest["metrics"].items()}
    metrics = plain | evaluation.pop("metrics", {})
    told = {name: manifest[name] for name in TOLD if name in manifest}
    return {"arn": arn, "metrics": dict(sorted(metrics.items())), **evaluation, **told}


def version_folder(house: House, arn: str) -> Path:
    measured_version(house, arn)
    return house.artifact_folder(arn)


def recommender_folder(house: House, arn: str) -> Path:
    with house.reading() as connection:
        recommender = house.find(connection, RECOMMENDER, arn)
    if "model" not in recommender:
        raise ResourceInUseException(
            f"Metrics for {arn} are not available while its status is {recommender['status']}."
        )
    folder: Path = house.recommender_folder(arn) / recommender["model"]
    return folder
