"""What a search for hyperparameters and a race of recipes gain, and what they cost.

    python bench/tuning.py --data FOLDER [--json tuning.json] [--sets NAME …] [--recipes NAME …] [--jobs 20]
        [--parallel 1] [--draws 1] [--users N]

FOLDER holds one folder for each data set (docs/commands.md). For every data set and recipe: the recipe with its
defaults, and with hyperparameters searched for (performHPO) by `--jobs` trials; for every data set, AutoML over what
Amazon lists for personalisation and each of those recipes alone. Told of each are the metric on the validation part, by
which the searches choose, and on the test part, which no training and no choice has seen, both NDCG@25 as
GetSolutionMetrics has it, the gain on the test part over the defaults (for AutoML: over the best recipe) with its 95 %
interval over users, and seconds of the clock and of all cores together, a search's with the fit that follows it.
`ratio` is the test metric in that of the defaults (of the best recipe), `times` the cores' seconds in theirs.

A split tests a tenth of the users. `--draws` does everything again with another tenth, up to ten times, and pools them:
validation metrics are means, test users are put together, seconds are sums. `--users` draws some of the users, where
there are many.
"""

import argparse
import dataclasses
import json
import platform
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scoreboard import sources

from penchant.lake.training_set import TrainingSet
from penchant.measure.intervals import estimates
from penchant.measure.ranking import ranking_values
from penchant.measure.split import draw, split_newest
from penchant.recipes.base import Recipe
from penchant.recipes.catalog import RECIPES
from penchant.resources.trials import METRIC, Trial
from penchant.work.trials.lists import ListTrial
from penchant.work.tuning.choice import raced, seen_by
from penchant.work.tuning.goal import Goal
from penchant.work.tuning.hands import Hands
from penchant.work.tuning.race import Race
from penchant.work.tuning.search import Search
from penchant.work.tuning.space import space_of, starts
from penchant.work.tuning.validation import Validation

SETS: dict[str, Callable[[Path], TrainingSet]] = {
    "ml-1m": sources.movielens_1m,
    "online-retail": sources.online_retail,
    "ml-latest-small": sources.movielens_small,
    "amazon-musical-instruments-5core": sources.instruments,
}
TUNED = ("aws-sims", "aws-user-personalization", "aws-similar-items")
USUAL = ("ml-1m", "online-retail")
SEED = "tuning"


class Memory:
    """A notebook that is thrown away."""

    def __init__(self) -> None:
        self.trials: dict[int, Trial] = {}

    def read(self) -> list[Trial]:
        return [self.trials[number] for number in sorted(self.trials)]

    def write(self, changed: Iterable[Trial]) -> None:
        self.trials |= {trial.number: trial for trial in changed}

    def choose(self, trial: Trial) -> None:
        pass


@dataclass(frozen=True)
class Measured:
    """One way to a model, or what it came to in several draws."""

    data: str
    recipe: str
    way: str
    validation: float
    test: np.ndarray
    """(Q,) of each test user."""
    seconds: float
    core_seconds: float
    trials: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    chosen: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    draws: int = 1

    @staticmethod
    def pooled(draws: Sequence["Measured"]) -> "Measured":
        return replace(
            draws[0],
            validation=float(np.mean([draw.validation for draw in draws])),
            test=np.concatenate([draw.test for draw in draws]),
            seconds=sum(draw.seconds for draw in draws),
            core_seconds=sum(draw.core_seconds for draw in draws),
            trials=[trial for draw in draws for trial in draw.trials],
            chosen=[chosen for draw in draws for chosen in draw.chosen],
            draws=len(draws),
        )

    def line(self, against: "Measured") -> dict[str, Any]:
        gain = estimates({"gain": self.test - against.test})["gain"]
        return {
            "data": self.data,
            "recipe": self.recipe,
            "way": self.way,
            "validation": round(self.validation, 4),
            "test": round(float(self.test.mean()), 4),
            "ratio": round(float(self.test.mean() / max(against.test.mean(), 1e-9)), 3),
            "gain": round(gain.mean, 4),
            "low": round(gain.low, 4),
            "high": round(gain.high, 4),
            "seconds": round(self.seconds, 1),
            "core_seconds": round(self.core_seconds, 1),
            "times": round(self.core_seconds / max(against.core_seconds, 1e-9), 2),
            "draws": self.draws,
            "trials": len(self.trials),
            "chosen": self.chosen,
        }


@dataclass(frozen=True)
class Ground:
    """A data set, divided."""

    name: str
    trial: ListTrial
    validation: Validation
    jobs: int
    parallel: int

    @staticmethod
    def of(name: str, data: TrainingSet, jobs: int, parallel: int, number: int = 0) -> "Ground":
        """`number` is which tenth of the users is tested: no user is in two of them."""
        trial = ListTrial(data, SEED)
        trial.split = split_newest(data, tenth(data, number))
        trial.training = replace(trial.split.training, judged=True)
        return Ground(name, trial, Validation.of(trial.training), jobs, parallel)

    def hands(self, at_once: int) -> Hands:
        return Hands(self.validation, METRIC, at_once)

    def tested(self, recipe: Recipe) -> np.ndarray:
        model = recipe.fit(seen_by(recipe, self.trial.training), silent)
        lists = self.trial.lists(model, silent)
        return ranking_values(lists, self.trial.split.truths)[METRIC]

    def plain(self, recipe: Recipe) -> Measured:
        """With its defaults. The validation metric comes from a fit of its own, whose time does not count; it is the
        first one, which pays for what a process loads and compiles once."""
        training = seen_by(recipe, self.validation.training)
        each, _ = self.validation.values(recipe.fit(training, silent), training, METRIC, silent)
        wall, core = time.perf_counter(), time.process_time()
        test = self.tested(recipe)
        wall, core = time.perf_counter() - wall, time.process_time() - core
        return Measured(self.name, recipe.name, "defaults", float(each.mean()), test, wall, core)

    def searched(self, recipe: Recipe) -> Measured:
        wall, core, notebook = time.perf_counter(), time.process_time(), Memory()
        space = space_of(type(recipe), {}, {})
        with self.hands(self.parallel) as hands:
            first = starts(recipe, space, {}, self.jobs)
            found = Search(recipe, space, first, Goal(), self.jobs, notebook, hands).run(silent)  # type: ignore[arg-type]
            elsewhere = hands.core_seconds
        test = self.tested(replace(recipe, **found.parameters))
        wall, core = time.perf_counter() - wall, time.process_time() - core + elsewhere
        told = [trial.told() for trial in notebook.read()]
        return Measured(
            self.name, recipe.name, "HPO", value_of(found), test, wall, core, told, [dict(found.parameters)]
        )

    def raced(self, recipes: list[Recipe]) -> Measured:
        wall, core, notebook = time.perf_counter(), time.process_time(), Memory()
        with self.hands(1) as hands:
            found = Race(recipes, Goal(), notebook, hands).run(silent)  # type: ignore[arg-type]
        test = self.tested(recipes[found.number])
        wall, core = time.perf_counter() - wall, time.process_time() - core
        told = [trial.told() for trial in notebook.read()]
        chosen = [{"recipe": found.recipe}]
        return Measured(self.name, "AutoML", "AutoML", value_of(found), test, wall, core, told, chosen)


def value_of(trial: Trial) -> float:
    assert trial.value is not None
    return trial.value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder of data sets")
    parser.add_argument("--json", type=Path, default=Path("tuning.json"))
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(USUAL), metavar="NAME")
    parser.add_argument("--recipes", nargs="+", choices=[*TUNED, "AutoML"], default=[*TUNED, "AutoML"], metavar="NAME")
    parser.add_argument("--jobs", type=int, default=20, help="trials of a search")
    parser.add_argument("--parallel", type=int, default=1, help="trainings at a time")
    parser.add_argument("--draws", type=int, default=1, choices=range(1, 11), help="splits, each with other test users")
    parser.add_argument("--users", type=int, help="draw so many of the users")
    arguments = parser.parse_args()
    results: list[dict[str, Any]] = []
    trials: dict[str, Any] = {}
    for name in arguments.sets:
        data = some(SETS[name](arguments.data), arguments.users)
        grounds = [
            Ground.of(name, data, arguments.jobs, arguments.parallel, number) for number in range(arguments.draws)
        ]
        for recipe_name in arguments.recipes:
            lines, told = automl(grounds) if recipe_name == "AutoML" else hpo(grounds, RECIPES[recipe_name]())
            results += lines
            trials[f"{name}, {recipe_name}"] = told
            found = {"machine": platform.processor() or platform.machine(), "results": results, "trials": trials}
            arguments.json.write_text(json.dumps(found, indent=1))
            for line in lines:
                print(json.dumps(line), file=sys.stderr)
    print(markdown(results))


def hpo(grounds: Sequence[Ground], recipe: Recipe) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    plain = Measured.pooled([ground.plain(recipe) for ground in grounds])
    found = Measured.pooled([ground.searched(recipe) for ground in grounds])
    return [plain.line(plain), found.line(plain)], found.trials


def automl(grounds: Sequence[Ground]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Against the recipe with the best test metric, which nobody could have known before."""
    recipes = [recipe() for recipe in raced([])]
    alone = [Measured.pooled([ground.plain(recipe) for ground in grounds]) for recipe in recipes]
    best = max(alone, key=lambda each: each.test.mean())
    found = Measured.pooled([ground.raced(recipes) for ground in grounds])
    return [*(each.line(best) for each in alone), found.line(best)], found.trials


def tenth(data: TrainingSet, number: int) -> np.ndarray:
    """The users of Amazon's split, whose number is 0, or as many others."""
    able = np.flatnonzero(np.diff(data.offsets) >= 2)
    size = -(-len(able) // 10)
    return np.setdiff1d(draw(data, able, (number + 1) * size, SEED), draw(data, able, number * size, SEED))


def some(data: TrainingSet, count: int | None) -> TrainingSet:
    if count is None or count >= len(data.users):
        return data
    drawn = np.zeros(len(data.users), bool)
    drawn[draw(data, np.arange(len(data.users)), count, SEED)] = True
    return data.keep(np.repeat(drawn, np.diff(data.offsets)), drawn)


def markdown(lines: list[dict[str, Any]]) -> str:
    head = ("data", "recipe", "way", "validation", "test", "ratio", "gain", "low", "high", "seconds", "core_seconds")
    head += ("times",)
    rows = [[str(line[name]) for name in head] for line in lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(head), ["---"] * len(head), *rows])


def silent(done: float, sentence: str) -> None:
    pass


if __name__ == "__main__":
    main()
