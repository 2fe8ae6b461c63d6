"""Training a solution version once more, to see that what is recorded of it is all that it depends on."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ..artifacts.sealed import ARRAYS, mapped
from ..contract.errors import ResourceInUseException
from ..house import House
from ..jobs.job import Job
from ..recipes.base import Progress
from ..recipes.catalog import RECIPES
from ..recipes.parameters import unspelled
from ..resources import trainings
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..resources.trainings import Training
from .objective import Objective
from .run import Run
from .train import fit_and_seal, selection

VERSION = KINDS["solutionVersion"]


def differences(house: House, version_arn: str, progress: Progress) -> list[str]:
    """The arrays of a version's model that are other when it is trained again on the versions of the tables that it
    was trained on, with its hyperparameters and its seed; none, where it can be repeated on this machine.

    Nothing of the installation changes. Raises ResourceNotFoundException, ResourceInUseException for a version that is
    not trained or of which an earlier release did not record enough, and what `progress` raises.
    """
    with house.reading() as connection:
        version = house.require(connection, VERSION, version_arn)
        training = trainings.of(connection, version_arn)
    if training is None or training.versions is None:
        raise ResourceInUseException(f"It is not recorded how {version_arn} was trained, so it cannot be repeated.")
    with TemporaryDirectory(dir=house.folder, prefix="repeat-") as folder:
        again(house, version, training, Path(folder) / "model", progress)
        return differing(house.artifact_folder(version_arn), Path(folder) / "model")


def again(house: House, version: Document, training: Training, folder: Path, progress: Progress) -> None:
    """Seals the model into a folder."""
    usual = RECIPES[training.recipe]
    features = unspelled(usual.feature_parameters, training.features)
    recipe = replace(unspelled(usual, training.parameters), features=features)
    config = {} if version.get("performAutoML") else version.get("solutionConfig", {})
    anew = replace(training, attempts=(), epochs=())
    run = Run(anew, 1, folder.parent / "kept", 0.0, progress, lambda training: None)
    fit_and_seal(
        Job("", "", version["solutionVersionArn"], 1, progress),
        house,
        version["datasetGroupArn"],
        recipe,
        selection({**version, "solutionConfig": config}),
        config.get("trainingDataConfig", {}),
        folder,
        Objective.of(config),
        run=run,
    )


def differing(one: Path, other: Path) -> list[str]:
    """The names of arrays that are not the same bit for bit in two sealed models."""
    first, second = mapped(one / ARRAYS), mapped(other / ARRAYS)
    return sorted(name for name in first.keys() | second.keys() if not same(first.get(name), second.get(name)))


def same(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None or (one.dtype, one.shape) != (other.dtype, other.shape):
        return False
    return one.tobytes() == other.tobytes()
