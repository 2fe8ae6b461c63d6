"""An update of a model, which nobody asks for by name, and a version of trainingMode UPDATE, which is one that somebody
asked for.

Models are sealed, so an update is a new folder under that of the training, and a line in the database says which
answers. The line changes last: whatever dies before leaves the old model answering.
"""

import shutil
import time
from typing import Any

from sqlalchemy import Connection

from ..artifacts.sealed import MANIFEST, UPDATES, read_manifest
from ..contract.errors import ResourceNotFoundException
from ..house import House
from ..jobs.job import Failed, Job
from ..resources import book, updates
from ..resources.book import Document
from ..resources.kinds import KINDS, Kind
from ..resources.updates import Line
from .bring_up import UPDATE, Progress, bring_up
from .kept import POSITION
from .registry import task

VERSION, RECOMMENDER = KINDS["solutionVersion"], KINDS["recommender"]


@task("solutionVersion.refresh")
def refresh_version(job: Job, house: House) -> None:
    refresh_subject(job, house, VERSION)


@task("recommender.refresh")
def refresh_recommender(job: Job, house: House) -> None:
    refresh_subject(job, house, RECOMMENDER)


def refresh_subject(job: Job, house: House, kind: Kind) -> None:
    try:
        with house.reading() as connection:
            document = book.find(connection, kind, job.subject)
    except ResourceNotFoundException as gone:
        raise Failed(str(gone)) from None
    refresh(house, document, job.id, job.progress)


def refresh(house: House, document: Document, name: str, progress: Progress) -> None:
    """Update the model of a solution version or a recommender, under a name that is in its line, and let it answer.

    What an attempt before this one sealed has only to be told. Raises Failed.
    """
    trained, arn, model = house.trained_folder(document)
    folder = trained / UPDATES / name
    if not (folder / MANIFEST).exists():
        with house.reading() as connection:
            current = house.model_folder(connection, document)
        bring_up(house, document, trained, current, folder, progress)
    manifest = read_manifest(folder)
    told = manifest[UPDATE]
    line = Line(arn, model, name, told["read"], name, told["read"], manifest["position"], told)
    with house.writing() as connection:
        if is_still(connection, document, model):
            updates.answer_with(connection, line)
            return
    # Deleted or trained anew meanwhile: its folder was removed, and came back with what was sealed.
    shutil.rmtree(trained, ignore_errors=True)


def is_still(connection: Connection, document: Document, model: str) -> bool:
    """Whether a model is still that of its solution version or recommender."""
    kind = RECOMMENDER if "recommenderArn" in document else VERSION
    try:
        return book.find(connection, kind, document[kind.arn_key], lock=True).get("model", "") == model
    except ResourceNotFoundException:
        return False


def train_as_update(job: Job, house: House, version: Document) -> dict[str, Any]:
    """A version of trainingMode UPDATE: the newest version of its solution that was trained in FULL, brought up to the
    newest data. Its metrics are those of that one. Raises Failed."""
    began = time.process_time()
    with house.reading() as connection:
        full = fully_trained(connection, version["solutionArn"])
        current = house.model_folder(connection, full)
    trained, folder = house.trained_folder(full)[0], house.artifact_folder(job.subject)

    def facts() -> dict[str, Any]:
        return {
            "trainingHours": round((time.process_time() - began) / 3600, 3),
            "updated": full["solutionVersionArn"],
        }

    bring_up(house, full, trained, current, folder, job.progress, facts)
    manifest = read_manifest(folder)
    return {
        **{name: full[name] for name in ("metrics", "tunedHPOParams") if name in full},
        "trainingHours": manifest["trainingHours"],
        "tableVersions": manifest[UPDATE]["tableVersions"],
        POSITION: manifest[POSITION],
    }


def fully_trained(connection: Connection, solution_arn: str) -> Document:
    """The newest ACTIVE version of a solution that was trained in FULL. Raises Failed where there is none."""
    for arn in reversed(book.naming(connection, solution_arn, VERSION)):
        version = book.find(connection, VERSION, arn)
        if (version["status"], version["trainingMode"]) == ("ACTIVE", "FULL"):
            return version
    raise Failed(f"There is no active solution version with training mode set to FULL for solution {solution_arn}.")
