"""A batch inference job: for every line of the input files a line of recommendations, in files beside `_CHECK`.

A line that cannot be answered has an `error` and no `output`; the job still ends well, as Amazon's does. What a user
did since the training counts, where the recipe answers in real time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from ..asking.answers import Items, listed, ranked
from ..asking.deployed import Deployed
from ..asking.filtering import RELATED
from ..asking.preparing import Prepared, prepare
from ..contract.arns import last_part
from ..contract.errors import ApiError
from ..house import House
from ..jobs.job import Failed, Job
from ..recipes.catalog import RECIPES
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.scored import Scored
from ..store.objects import LocationError, Source
from .registry import task

CHECK = "_CHECK"
"""Recorded: an empty object beside the output. Writing it first shows whether we may."""
LINES = 200
"""Lines between two words on progress."""
CHUNK = 4 * 1024 * 1024

RANKING = "PERSONALIZED_RANKING"


class LineError(Exception):
    """Why one line of the input has no answer."""


@task("batchInferenceJob.create")
def batch_inference(job: Job, house: House) -> None:
    with house.reading() as connection:
        request = book.find(connection, KINDS["batchInferenceJob"], job.subject)
        version = book.find(connection, KINDS["solutionVersion"], request["solutionVersionArn"])
    batch = Batch(house, deployed(house, version, request), request.get("filterArn"), request["numResults"])
    target = request["jobOutput"]["s3DataDestination"]["path"].rstrip("/") + "/"
    try:
        sources = house.objects.sources(request["jobInput"]["s3DataSource"]["path"])
        if not sources:
            raise Failed("Invalid S3 input path. There is no file in it.")
        house.objects.put(target + CHECK, b"")
    except LocationError as error:
        raise Failed(f"Invalid S3 input path or output path. {error}") from None
    for number, source in enumerate(sources):
        told = Telling(job, number, len(sources))
        answers = (answered(line, batch) for line in told.through(lines(source)))
        house.objects.put(f"{target}{last_part(source.name)}.out", chunks(answers))


@task("batchSegmentJob.create")
def batch_segment(job: Job, house: House) -> None:
    raise Failed("Batch segment jobs are not built yet in this release of Penchant.")


def deployed(house: House, version: Document, request: Document) -> Deployed:
    """The job's solution version, as if a campaign pointed at it."""
    return Deployed(
        version["solutionVersionArn"],
        "batchInferenceJob",
        version["datasetGroupArn"],
        RECIPES[last_part(version["recipeArn"])],
        house.artifact_folder(version["solutionVersionArn"]),
        house.interactions_of(version["datasetGroupArn"]),
        request.get("batchInferenceJobConfig", {}),
        1,
    )


@dataclass(frozen=True)
class Batch:
    """What is the same for all lines of a job."""

    house: House
    deployed: Deployed
    filter: str | None
    number: int
    """Of results."""

    def answer(self, question: Any) -> Items:
        """Raises LineError, or an ApiError of the filter or its values."""
        if not isinstance(question, dict):
            raise LineError("The line is not a JSON object.")
        recipe_type = self.deployed.recipe.recipe_type
        request: dict[str, Any] = {} if self.filter is None else {"filterArn": self.filter}
        if question.get("filterValues"):
            if not isinstance(question["filterValues"], dict):
                raise LineError("filterValues must be an object of a text for each parameter.")
            request["filterValues"] = question["filterValues"]
        if recipe_type != RELATED or "userId" in question:
            request["userId"] = text(question, "userId")
        if recipe_type == RELATED:
            request["itemId"] = text(question, "itemId")
        if recipe_type != RANKING:
            return listed(*self.scored(request, self.number))[0]
        items = question.get("itemList")
        if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
            raise LineError("itemList must be a list of item ids.")
        prepared, scored = self.scored(request, len(items))
        return ranked(prepared, list(dict.fromkeys(items)), scored)

    def scored(self, request: dict[str, Any], number: int) -> tuple[Prepared, Scored]:
        preparing = prepare(self.house, self.deployed, request, number)
        if not preparing.ready:
            preparing.build()
        prepared = preparing.prepared()
        return prepared, preparing.model.score([prepared.asked])[0]


class Telling:
    """Progress over the lines of one of several files. How many lines there are is not known beforehand."""

    def __init__(self, job: Job, number: int, files: int):
        self.job, self.number, self.files = job, number, files

    def through(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for count, line in enumerate(lines):
            if count % LINES == 0:
                self.job.progress(self.number / self.files, f"File {self.number + 1} of {self.files}, line {count:,}.")
            yield line


def lines(source: Source) -> Iterator[bytes]:
    with source.open() as stream:
        for line in stream:
            if line.strip():
                yield line


def answered(line: bytes, batch: Batch) -> dict[str, Any]:
    """One line of output."""
    try:
        question = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"input": line.decode(errors="replace").strip(), "error": "The line is not JSON."}
    try:
        items = batch.answer(question)
    except (LineError, ApiError) as error:
        return {"input": question, "error": str(error)}
    output: dict[str, Any] = {"recommendedItems": [item["itemId"] for item in items]}
    if batch.deployed.recipe.scores_shown:
        output["scores"] = [item.get("score", 0.0) for item in items]  # recorded: unknown items have 0.0
    return {"input": question, "output": output, "error": None}


def text(question: dict[str, Any], name: str) -> str:
    value = question.get(name)
    if not isinstance(value, str) or not value:
        raise LineError(f"{name} must be a string.")
    return value


def chunks(answers: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Lines of JSON in pieces large enough for an object store's parts."""
    piece = bytearray()
    for answer in answers:
        piece += msgspec.json.encode(answer) + b"\n"
        if len(piece) >= CHUNK:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
