"""A batch inference job: for every line of the input files a line of recommendations, in files beside `_CHECK`.

A line that cannot be answered has an `error` and no `output`; the job still ends well, as Amazon's does. What a user
did since the training counts, where the recipe answers in real time.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from ..contract.arns import last_part
from ..house import House
from ..jobs.job import Failed, Job
from ..recipes.catalog import RECIPES
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import Answering, Ranked, open_answering
from ..serving.recent import CALLS, recent_items
from ..store.objects import LocationError, Source
from .registry import task

CHECK = "_CHECK"
"""Recorded: an empty object beside the output. Writing it first shows whether we may."""
LINES = 200
"""Lines between two words on progress."""
CHUNK = 4 * 1024 * 1024

RecentOf = Callable[[str], list[str]]
"""The items that a user took since the training, oldest first."""


class LineError(Exception):
    """Why one line of the input has no answer."""


@task("batchInferenceJob.create")
def batch_inference(job: Job, house: House) -> None:
    with house.reading() as connection:
        request = book.find(connection, KINDS["batchInferenceJob"], job.subject)
        version = book.find(connection, KINDS["solutionVersion"], request["solutionVersionArn"])
    if "filterArn" in request:
        raise Failed("Filters in batch inference jobs are not built yet in this release of Penchant.")
    answering = open_answering(house.artifact_folder(request["solutionVersionArn"]))
    recent_of = recent_since(house, version, answering)
    ranking = RECIPES[last_part(version["recipeArn"])].recipe_type == "PERSONALIZED_RANKING"
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
        answers = (
            answered(line, answering, recent_of, ranking, request["numResults"]) for line in told.through(lines(source))
        )
        house.objects.put(f"{target}{last_part(source.name)}.out", chunks(answers))


@task("batchSegmentJob.create")
def batch_segment(job: Job, house: House) -> None:
    raise Failed("Batch segment jobs are not built yet in this release of Penchant.")


def recent_since(house: House, version: Document, answering: Answering) -> RecentOf:
    """Reads the journal for one user at a time; there may be far more users than a job asks about."""
    dataset = house.interactions_of(version["datasetGroupArn"]) if answering.recipe.real_time else None
    if dataset is None:
        return lambda user_id: []
    return lambda user_id: recent_items(
        house.journal.of_subject(dataset, user_id, answering.position, CALLS), answering.selection
    )


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


def answered(line: bytes, answering: Answering, recent_of: RecentOf, ranking: bool, number: int) -> dict[str, Any]:
    """One line of output."""
    try:
        question = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {"input": line.decode(errors="replace").strip(), "error": "The line is not JSON."}
    try:
        ranked = rank(question, answering, recent_of) if ranking else recommend(question, answering, recent_of, number)
    except LineError as error:
        return {"input": question, "error": str(error)}
    output: dict[str, Any] = {"recommendedItems": [item_id for item_id, _ in ranked]}
    if answering.recipe.scores_shown:
        output["scores"] = [0.0 if score is None else score for _, score in ranked]  # recorded: unknown items have 0.0
    return {"input": question, "output": output, "error": None}


def recommend(question: Any, answering: Answering, recent_of: RecentOf, number: int) -> Ranked:
    user_id = text(question, "userId")
    return answering.recommend(user_id, number, recent_of(user_id))


def rank(question: Any, answering: Answering, recent_of: RecentOf) -> Ranked:
    items = question.get("itemList") if isinstance(question, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
        raise LineError("itemList must be a list of item ids.")
    user_id = text(question, "userId")
    return answering.rank(user_id, items, recent_of(user_id))


def text(question: Any, name: str) -> str:
    value = question.get(name) if isinstance(question, dict) else None
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
