"""A batch segment job: for every line of the input files the users most likely to take what it asks about.

The model answers with whom it knew at training, but for users who were deleted since. Filters see users as they are
now.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import polars as pl

from ..asking.deployed import Data, Deployed, answering, data_of
from ..asking.filtering import USERS, chosen
from ..asking.people import doings, people
from ..contract.arns import last_part
from ..contract.errors import ApiError
from ..filters import Catalogue, History, Question, Words
from ..house import House
from ..jobs.job import Failed, Job
from ..lake.table import Table
from ..recipes.catalog import RECIPES
from ..recipes.item_attribute_affinity import AttributeAffinityModel
from ..recipes.parts.segments import SegmentModel, best_users
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.answering import Answering
from ..store.objects import Source
from .attribute_expression import ExpressionError, read_expression
from .batch_lines import Answers, LineError, Telling, answer_files, as_text, filter_values, lines, read, text
from .registry import task

MOST_ITEMS, MOST_EXPRESSIONS = 500, 10
"""Queries of one file (Developer Guide, "Service quotas")."""


@task("batchSegmentJob.create")
def batch_segment(job: Job, house: House) -> None:
    with house.reading() as connection:
        request = book.find(connection, KINDS["batchSegmentJob"], job.subject)
        version = book.find(connection, KINDS["solutionVersion"], request["solutionVersionArn"])
    segments = Segments(house, version, request)
    answer_files(job, house, request, segments.answers)


@dataclass(frozen=True)
class Asked:
    """One line of the input."""

    question: Any
    items: np.ndarray | None = None
    """Codes of the items it asks about."""
    error: str | None = None


@dataclass(frozen=True)
class Segments:
    """What is the same for all lines of a job."""

    house: House
    version: Document
    request: Document

    def answers(self, source: Source, told: Telling) -> Answers:
        """Raises Failed where there are too many questions."""
        read_lines = list(islice(lines(source), self.most + 1))
        if len(read_lines) > self.most:
            raise Failed(
                f"The input file {last_part(source.name)} has more than {self.most} queries, the most that the recipe "
                f"{self.deployed.recipe.name} takes in one file. Divide it into several files."
            )
        return self.answered([self.asked(line) for line in read_lines], told)

    def answered(self, every: list[Asked], told: Telling) -> Iterator[dict[str, Any]]:
        affinities = self.model.affinities([asked.items for asked in every if asked.items is not None])
        for count, asked in enumerate(every):
            told.at(count)
            # One is taken for every question that names items, whatever becomes of it.
            affinity = None if asked.items is None else next(affinities)
            try:
                if affinity is None:
                    raise LineError(asked.error)
                allowed = self.allowed(asked.question)
            except (LineError, ApiError) as error:
                yield {"input": asked.question, "error": str(error)}
                continue
            users = best_users(affinity, self.request["numResults"], allowed)
            ids = [self.opened.users.id(user) for user in users.tolist()]
            yield {"input": asked.question, "output": {"usersList": ids}, "error": None}

    def asked(self, line: bytes) -> Asked:
        question: Any = as_text(line)
        try:
            question = read(line)
            if not isinstance(question, dict):
                raise LineError("The line is not a JSON object.")
            filter_values(question)
            by_attributes = isinstance(self.model, AttributeAffinityModel)
            return Asked(question, self.having(question) if by_attributes else self.item(question))
        except (LineError, ExpressionError) as error:
            return Asked(question, error=str(error))

    def item(self, question: dict[str, Any]) -> np.ndarray:
        item_id = text(question, "itemId")
        code = self.opened.code(item_id)
        if code is None:
            raise LineError(f"The item {item_id} was not there when the solution version was trained.")
        return np.array([code], np.int64)

    def having(self, question: dict[str, Any]) -> np.ndarray:
        """Codes of the items that fulfil an expression."""
        assert isinstance(self.model, AttributeAffinityModel)
        attributes, items = self.model.attributes, None
        for condition in read_expression(text(question, "itemAttributes"), self.data.schemas["ITEMS"]):
            if not attributes.has(condition.column):
                raise LineError(
                    f"The solution version has learnt nothing of the column {condition.column}: it was left out of the "
                    "training, or no item had a value in it."
                )
            found = attributes.having(condition.column, condition.value)
            if not len(found):
                raise LineError(
                    f"No item had the value {condition.value!r} in the column {condition.column} when the solution "
                    "version was trained."
                )
            items = found if items is None else np.intersect1d(items, found, assume_unique=True)
        assert items is not None
        if not len(items):
            raise LineError("No item had all of these attributes when the solution version was trained.")
        return items

    def allowed(self, question: dict[str, Any]) -> np.ndarray | None:
        """(U,) bool of the users who may be in the answer; None for all. Raises an ApiError of the filter or its
        values."""
        given = {"filterArn": self.request.get("filterArn"), **filter_values(question)}
        filter_ = chosen(self.house, self.deployed, self.data, given, None, USERS)
        if filter_ is None:
            return self.present
        history = self.history if filter_.compiled.asks_events else History()
        mask = filter_.compiled.mask(Question(self.catalogue, filter_.values, history=history))
        mask = mask[: len(self.opened.users)]
        return mask if self.present is None else mask & self.present

    @property
    def most(self) -> int:
        return MOST_EXPRESSIONS if isinstance(self.model, AttributeAffinityModel) else MOST_ITEMS

    @cached_property
    def deployed(self) -> Deployed:
        """The job's solution version, as if a campaign pointed at it."""
        return Deployed(
            self.version["solutionVersionArn"],
            "batchSegmentJob",
            self.version["datasetGroupArn"],
            RECIPES[last_part(self.version["recipeArn"])],
            self.house.artifact_folder(self.version["solutionVersionArn"]),
            None,
            {},
            1,
        )

    @cached_property
    def opened(self) -> Answering:
        return answering(self.house, self.deployed)

    @property
    def model(self) -> SegmentModel:
        assert isinstance(self.opened.model, SegmentModel)
        return self.opened.model

    @cached_property
    def data(self) -> Data:
        return data_of(self.house, self.version["datasetGroupArn"])

    @cached_property
    def catalogue(self) -> Catalogue:
        return people(self.house, self.data, self.opened.users)

    @cached_property
    def history(self) -> History:
        return doings(self.house, self.data, self.catalogue)

    @cached_property
    def present(self) -> np.ndarray | None:
        """(U,) bool: who was not deleted since the training; None where nobody was.

        A deletion leaves no row of a user. Without one, rows that are gone were replaced by an import, and the model
        answers with whom it knew.
        """
        with self.house.reading() as connection:
            arns = book.naming(connection, self.version["datasetGroupArn"], KINDS["dataDeletionJob"])
            jobs = [book.find(connection, KINDS["dataDeletionJob"], arn) for arn in arns]
            dataset = self.house.dataset_of(connection, self.version["datasetGroupArn"], "INTERACTIONS")
        since = self.version["creationDateTime"]
        if dataset is None or not any(job["lastUpdatedDateTime"] > since and job.get("numDeleted") for job in jobs):
            return None
        rows = Table(self.house.dataset_folder(dataset["datasetArn"])).rows()
        there = rows.select(pl.col("USER_ID").unique()).collect(engine="streaming")["USER_ID"]
        return Words.of_vocabulary(self.opened.users).texts.is_in(there.implode()).to_numpy()
