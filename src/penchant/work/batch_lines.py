"""What every batch job does with its files: a line of answers for every line of questions, in files beside `_CHECK`.

A line that cannot be answered has an `error` and no `output`; the job still ends well, as Amazon's does.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from ..contract.arns import last_part
from ..filters import FilterError
from ..filters.values import require_limits
from ..house import House
from ..jobs.job import Failed, Job
from ..resources.book import Document
from ..store.objects import LocationError, Source

CHECK = "_CHECK"
"""Recorded: an empty object beside the output. Writing it first shows whether we may."""
LINES = 200
"""Lines between two words on progress."""
CHUNK = 4 * 1024 * 1024

Answers = Iterable[dict[str, Any]]


class LineError(Exception):
    """Why one line of the input has no answer."""


class Telling:
    """Progress over the lines of one of several files. How many lines there are is not known beforehand."""

    def __init__(self, job: Job, number: int, files: int):
        self.job, self.number, self.files = job, number, files

    def through(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for count, line in enumerate(lines):
            if count % LINES == 0:
                self.at(count)
            yield line

    def at(self, count: int) -> None:
        self.job.progress(self.number / self.files, f"File {self.number + 1} of {self.files}, line {count:,}.")


def answer_files(job: Job, house: House, request: Document, answers: Callable[[Source, Telling], Answers]) -> None:
    """Writes what `answers` has for each file of the request's input. Raises Failed."""
    target = request["jobOutput"]["s3DataDestination"]["path"].rstrip("/") + "/"
    try:
        sources = house.objects.sources(request["jobInput"]["s3DataSource"]["path"])
        if not sources:
            raise Failed("Invalid S3 input path. There is no file in it.")
        house.objects.put(target + CHECK, b"")
    except LocationError as error:
        raise Failed(f"Invalid S3 input path or output path. {error}") from None
    for number, source in enumerate(sources):
        told = answers(source, Telling(job, number, len(sources)))
        house.objects.put(f"{target}{last_part(source.name)}.out", chunks(told))


def lines(source: Source) -> Iterator[bytes]:
    with source.open() as stream:
        for line in stream:
            if line.strip():
                yield line


def read(line: bytes) -> Any:
    """What a line of input says. Raises LineError where it is not JSON."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise LineError("The line is not JSON.") from None


def as_text(line: bytes) -> str:
    """A line that is not JSON, as its answer gives it back."""
    return line.decode(errors="replace").strip()


def text(question: dict[str, Any], name: str) -> str:
    value = question.get(name)
    if not isinstance(value, str) or not value:
        raise LineError(f"{name} must be a string.")
    return value


def filter_values(question: dict[str, Any]) -> dict[str, Any]:
    """What a question brings for the filter of its job."""
    if not question.get("filterValues"):
        return {}
    try:
        require_limits(question["filterValues"])
    except FilterError as error:
        raise LineError(str(error)) from None
    return {"filterValues": question["filterValues"]}


def chunks(answers: Answers) -> Iterator[bytes]:
    """Lines of JSON in pieces large enough for an object store's parts."""
    piece = bytearray()
    for answer in answers:
        piece += msgspec.json.encode(answer) + b"\n"
        if len(piece) >= CHUNK:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
