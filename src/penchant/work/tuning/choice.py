"""What a solution leaves to be chosen when its version is trained: hyperparameters, or the recipe."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...contract.arns import last_part, service_arn
from ...house import House
from ...lake.training_set import TrainingSet
from ...recipes.base import Progress, Recipe
from ...recipes.catalog import RECIPES
from ...recipes.parameters import spelled
from ...recipes.parts import course
from ...recipes.popularity_count import PopularityCount
from ...resources import book
from ...resources.book import Document
from ...resources.kinds import KINDS
from ...resources.trials import JOBS_AT_ONCE, MOST_JOBS, Trial
from .goal import Goal
from .hands import Hands
from .notebook import Notebook
from .race import Race
from .search import Search
from .space import space_of, starts
from .validation import Validation

VERSION = KINDS["solutionVersion"]
RACED = "USER_PERSONALIZATION"
"""The recipes that AutoML tries where it is told none."""


class Choice(ABC):
    """Made for one training, and made once: `told` is what the version says of it afterwards."""

    def __init__(self, house: House, version: Document):
        self.version = version
        self.notebook = Notebook(house.database, version["solutionVersionArn"])
        self.told: Document = {}
        self.elsewhere = 0.0
        """Processor seconds that this process did not spend itself: those of others, and of an attempt that died."""

    def recipe(self, data: TrainingSet, progress: Progress) -> Recipe:
        """What is to be fitted on `data`. Raises Failed, and what `progress` raises."""
        progress(0.0, "Keeping the newest events to choose by.")
        before = core_seconds(self.notebook)
        validation = Validation.of(data)
        with Hands(validation, self.goal.metric, self.at_once, course.current().aside()) as hands:
            found = self.found(hands, progress)
        self.elsewhere = before + hands.core_seconds
        return found

    @property
    @abstractmethod
    def goal(self) -> Goal: ...

    at_once = 1
    """Trainings that may run at a time."""

    @abstractmethod
    def found(self, hands: Hands, progress: Progress) -> Recipe: ...


class ChoiceOfHyperparameters(Choice):
    """performHPO."""

    def __init__(self, house: House, version: Document, recipe: Recipe, best_before: dict[str, str]):
        super().__init__(house, version)
        self.usual, self.best_before = recipe, best_before
        self.config = version.get("solutionConfig", {})
        self.hpo = self.config.get("hpoConfig", {})
        limits = self.hpo.get("hpoResourceConfig", {})
        self.jobs = int(limits.get("maxNumberOfTrainingJobs", MOST_JOBS))
        self.at_once = int(limits.get("maxParallelTrainingJobs", JOBS_AT_ONCE))

    @property
    def goal(self) -> Goal:
        return Goal.of(self.hpo.get("hpoObjective", {}))

    def found(self, hands: Hands, progress: Progress) -> Recipe:
        given = self.hpo.get("algorithmHyperParameterRanges", {})
        space = space_of(type(self.usual), given, self.config.get("algorithmHyperParameters", {}))
        first = starts(self.usual, space, self.best_before, self.jobs)
        trial = Search(self.usual, space, first, self.goal, self.jobs, self.notebook, hands).run(progress)
        recipe: Recipe = replace(self.usual, **trial.parameters)
        self.told = {"tunedHPOParams": {"algorithmHyperParameters": spelled(recipe)}}
        return recipe


class ChoiceOfRecipe(Choice):
    """performAutoML."""

    def __init__(self, house: House, version: Document):
        super().__init__(house, version)
        self.config = version.get("solutionConfig", {}).get("autoMLConfig", {})
        self.recipes = [recipe() for recipe in raced(self.config.get("recipeList", []))]

    @property
    def widest(self) -> Recipe:
        """The one that reads the most."""
        return max(self.recipes, key=lambda recipe: len(recipe.reads))

    @property
    def goal(self) -> Goal:
        return Goal.of(self.config)

    def found(self, hands: Hands, progress: Progress) -> Recipe:
        recipe = self.recipes[Race(self.recipes, self.goal, self.notebook, hands).run(progress).number]
        self.told = {"recipeArn": service_arn("recipe", recipe.name)}
        return recipe


def raced(listed: Sequence[str]) -> list[type[Recipe]]:
    """The recipes of a recipeList, each once; without one all that Amazon lists for personalisation.

    Popularity is always among those that answer as it does, and first: it costs nothing, and nothing that is worse is
    worth having.
    """
    recipes = [RECIPES[last_part(arn)] for arn in dict.fromkeys(listed)]
    if not recipes:
        recipes = [each for each in RECIPES.values() if each.recipe_type == RACED and each.listed and not each.domain]
    if recipes[0].recipe_type == PopularityCount.recipe_type:
        recipes = [PopularityCount, *(recipe for recipe in recipes if recipe is not PopularityCount)]
    return recipes


def best_before(house: House, version: Document) -> dict[str, str]:
    """The hyperparameters that the last search for this solution found; none where there was none."""
    with house.reading() as connection:
        for arn in reversed(book.naming(connection, version["solutionArn"], VERSION)):
            earlier = book.find(connection, VERSION, arn)
            if earlier["status"] == "ACTIVE" and "tunedHPOParams" in earlier:
                found: dict[str, str] = earlier["tunedHPOParams"]["algorithmHyperParameters"]
                return found
    return {}


def core_seconds(notebook: Notebook) -> float:
    trials: list[Trial] = notebook.read()
    return sum(trial.core_seconds for trial in trials)


def seen_by(recipe: Recipe, data: TrainingSet) -> TrainingSet:
    """Data without the columns that a recipe does not read, where they were gathered for several."""
    none: dict[str, Any] = {}
    return replace(
        data,
        event_columns=data.event_columns if "INTERACTIONS" in recipe.reads else none,
        item_columns=data.item_columns if "ITEMS" in recipe.reads else none,
        user_columns=data.user_columns if "USERS" in recipe.reads else none,
    )
