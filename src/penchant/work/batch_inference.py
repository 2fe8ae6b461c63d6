"""A batch inference job: for every line of the input files a line of recommendations.

What a user did since the training counts, where the recipe answers in real time.
"""

from dataclasses import dataclass
from typing import Any

from ..asking.answers import Items, listed, ranked
from ..asking.deployed import Deployed
from ..asking.filtering import RELATED
from ..asking.preparing import Prepared, prepare
from ..contract.arns import last_part
from ..contract.errors import ApiError
from ..house import House
from ..jobs.job import Job
from ..recipes.catalog import RECIPES
from ..resources import book
from ..resources.book import Document
from ..resources.kinds import KINDS
from ..serving.scored import Scored
from .batch_lines import LineError, answer_files, as_text, filter_values, lines, read, text
from .batch_themes import ThemedBatch
from .registry import task
from .updates import refresh_for_batch

RANKING = "PERSONALIZED_RANKING"


@task("batchInferenceJob.create")
def batch_inference(job: Job, house: House) -> None:
    with house.reading() as connection:
        request = book.find(connection, KINDS["batchInferenceJob"], job.subject)
        version = book.find(connection, KINDS["solutionVersion"], request["solutionVersionArn"])
    refresh_for_batch(house, version, job.id, job.progress)
    batch = Batch(house, deployed(house, version, request), request.get("filterArn"), request["numResults"])
    if "themeGenerationConfig" in request:  # exactly where the mode is THEME_GENERATION
        themed = ThemedBatch(job, house, request, lambda line: answered(line, batch))
        answer_files(job, house, request, lambda source, told: themed.answers(lines(source), told))
        return
    answer_files(
        job, house, request, lambda source, told: (answered(line, batch) for line in told.through(lines(source)))
    )


def deployed(house: House, version: Document, request: Document) -> Deployed:
    """The job's solution version, as if a campaign pointed at it."""
    with house.reading() as connection:
        folder = house.model_folder(connection, version)
    return Deployed(
        version["solutionVersionArn"],
        "batchInferenceJob",
        version["datasetGroupArn"],
        RECIPES[last_part(version["recipeArn"])],
        folder,
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
        request |= filter_values(question)
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


def answered(line: bytes, batch: Batch) -> dict[str, Any]:
    """One line of output."""
    question: Any = as_text(line)
    try:
        question = read(line)
        items = batch.answer(question)
    except (LineError, ApiError) as error:
        return {"input": question, "error": str(error)}
    output: dict[str, Any] = {"recommendedItems": [item["itemId"] for item in items]}
    if batch.deployed.recipe.scores_shown:
        output["scores"] = [item.get("score", 0.0) for item in items]  # recorded: unknown items have 0.0
    return {"input": question, "output": output, "error": None}
