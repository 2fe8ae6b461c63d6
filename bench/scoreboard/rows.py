"""The rows of the table: data, protocol, who is measured, and what each number is held against.

The protocols are those that published or recorded figures were made with; where a figure has another order of equal
times or another version of the data, its anchor says so.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from penchant.lake.attributes import Categories, Columns
from penchant.lake.selection import EVERYTHING, EventSelection, EventWeight
from penchant.lake.training_set import TrainingSet
from penchant.measure.cold_items import cold_items
from penchant.measure.notebook import notebook_split
from penchant.measure.split import split_newest, split_users
from penchant.measure.temporal import temporal_split
from penchant.recipes.base import InsufficientData, Model, Recipe
from penchant.recipes.catalog import RECIPES
from penchant.recipes.parts.transitions import Transitions

from . import sources
from .baselines import TUNED, Baseline, first_order_markov, popularity
from .tasks import WHOLE, Asked, ColdTask, NextTask, NotebookTask, Scorer, ServiceTask, Task, loo_task, temporal_task

GAMES_MASKED = 50
"""Items of the history that LRURec takes out of the ranking on Amazon Video Games."""
TEMPORAL_USERS = 5_000
MARKOV = "first-order Markov list"
CO_OCCURRENCE = "decayed co-occurrence"
PURCHASES_ALONE = "purchases alone"
WEIGHTED = EventSelection(weights=(EventWeight("view", 0.1), EventWeight("cart", 0.3), EventWeight("purchase", 1.0)))
"""What the retailer's events count: set beforehand, as a customer would, not tuned."""


class Skipped(Exception):
    """A model cannot be measured here yet; the message says why."""


@dataclass(frozen=True)
class Bar:
    """A metric, and what its measured value is held against. One that a model does not have is no line of the table."""

    metric: str
    anchor: str = ""
    """What others got."""
    floor: float | tuple[str, ...] | None = None
    """A figure, or the models of the same row of which the best counts."""
    goal: float | None = None
    times: float | None = None
    """The goal as a multiple of the floor."""
    surely: bool = False
    """Whether the interval of the difference to the floor's model has to lie above 0."""
    minutes: float | None = None
    """What the fit may take for the floor to count as reached."""


@dataclass(frozen=True)
class Fitted:
    scorer: Scorer
    timed: bool = False
    """Whether the time of a request moves its scores."""
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    name: str
    fit: Callable[[Task, int], Fitted]
    """With a seed. Raises Skipped."""
    seeded: bool = False
    """Whether another seed gives another model on the same task."""
    task: Callable[[Path, int], Task] | None = None
    """The row's queries with other histories and another training, where the contender sees other data."""


@dataclass(frozen=True)
class Row:
    name: str
    data: str
    """The folder of its files, of sources.FILES."""
    about: str
    bars: tuple[Bar, ...]
    task: Callable[[Path, int], Task]
    """Of the data folder and the number of the repetition."""
    ours: tuple[Contender, ...]
    beside: tuple[Contender, ...] = ()
    draws: int | None = None
    """Repetitions, where each is a draw of its own; otherwise there are as many as seeds."""
    varied: bool = False
    """Whether each repetition is another task."""


def recipe(name: str, label: str = "", items: bool = False, without: str | None = None, **settings: Any) -> Contender:
    """A recipe by its name, with `label` behind it in the table.

    `items`: the row is about their columns, and is skipped while the recipe reads none; `without` is one it shall not
    see.
    """

    def fit(task: Task, seed: int) -> Fitted:
        found = RECIPES.get(name)
        if found is None:
            raise Skipped(f"{name} is not built yet.")
        if items and "ITEMS" not in found.reads:
            raise Skipped(f"{name} does not read the columns of items yet.")
        seen = readable(found, task.training)
        seen = replace(seen, item_columns={key: each for key, each in seen.item_columns.items() if key != without})
        try:
            with seeded(seed):
                model = found(**settings).fit(seen, lambda done, message: None)
        except InsufficientData as refused:
            raise Skipped(str(refused)) from refused
        held = getattr(model, "held_out_ndcg", None)
        notes = {} if held is None else {"held out": round(float(held), 4)}
        return Fitted(functools.partial(asking, model), "time" in model.wants, notes)

    return Contender(f"{name}{label}", fit, seeded=True)


def asking(model: Model, asked: Asked) -> np.ndarray:
    users: list[int | None] = [None] * len(asked.histories) if asked.users is None else asked.users.tolist()
    return model.scores_asked(asked.histories, users, asked.moments)


def readable(found: type[Recipe], data: TrainingSet) -> TrainingSet:
    """The data with the columns that the recipe reads, as a training of the server gives it."""
    none: Columns = {}
    return replace(
        data,
        event_columns=data.event_columns if "INTERACTIONS" in found.reads else none,
        item_columns=data.item_columns if "ITEMS" in found.reads else none,
        user_columns=data.user_columns if "USERS" in found.reads else none,
    )


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Fits of the sequence model inside have this seed; 0 stands for the recipes' own.

    A recipe has no seed to set: it is a constant, so that one training gives one model.
    """
    from penchant.recipes.parts import sequence_fit

    usual = sequence_fit.fit_sequence_model
    other = functools.partial(usual, seed=sequence_fit.SEED + seed)
    with mock.patch.object(sequence_fit, "fit_sequence_model", other):
        yield


def plain(name: str, fit: Callable[[TrainingSet], Scorer]) -> Contender:
    return Contender(name, lambda task, seed: Fitted(fit(task.training)))


def tuned(kind: type[Baseline]) -> Contender:
    def fit(task: Task, seed: int) -> Fitted:
        scorer, settings = kind().tuned(task.training)
        return Fitted(scorer, notes={"settings": settings})

    return Contender(kind.name, fit)


def usual_co_occurrence(training: TrainingSet) -> Scorer:
    """As a recipe of ours would count it where the catalogue is large."""
    from penchant.recipes.parts.markov import fit_markov

    markov = fit_markov(Transitions(training))
    return lambda asked: np.stack([markov.follow(history) for history in asked.histories])


def chance(training: TrainingSet) -> Scorer:
    random = np.random.default_rng(0)
    return lambda asked: random.random((len(asked.histories), len(training.items)))


def genre_profile(training: TrainingSet) -> Scorer:
    """Cosine of an item's genres and those of the history: what a few lines make of metadata."""
    genres = training.item_columns["GENRE"]
    assert isinstance(genres, Categories)
    having = np.zeros((len(training.items), len(genres.words)), np.float32)
    having[np.repeat(np.arange(len(having)), np.diff(genres.offsets)), genres.codes] = 1
    having /= np.maximum(np.linalg.norm(having, axis=1, keepdims=True), 1)

    def scores(asked: Asked) -> np.ndarray:
        return np.stack([having[history].sum(axis=0) for history in asked.histories]) @ having.T

    return scores


def without_metadata(data: TrainingSet) -> TrainingSet:
    """Ids and times alone, as those had them whose figures are beside ours."""
    return replace(data, item_columns={})


def notebook_task(folder: Path, repetition: int) -> Task:
    return NotebookTask(notebook_split(without_metadata(sources.movielens_1m(folder))))


def draw_task(folder: Path, repetition: int) -> Task:
    return ServiceTask(split_users(sources.movielens_small(folder), f"draw {repetition}"))


def films_loo(folder: Path, repetition: int) -> Task:
    return loo_task(without_metadata(sources.movielens_1m(folder)), WHOLE, timed=True)


def games_loo(folder: Path, repetition: int) -> Task:
    return loo_task(sources.video_games(folder), GAMES_MASKED, timed=False)


def cold_task(folder: Path, repetition: int) -> Task:
    data = sources.movielens_1m(folder)
    return ColdTask(cold_items(data, np.argsort([int(user) for user in data.users]), repetition))


def temporal(read: Callable[[Path], TrainingSet]) -> Callable[[Path, int], Task]:
    return lambda folder, repetition: temporal_task(temporal_split(read(folder), most_users=TEMPORAL_USERS))


def purchase_task(selection: EventSelection) -> Callable[[Path, int], Task]:
    """The one later purchase that the file keeps of each buyer, asked for with the selected events.

    The file has no event of a buyer with the item that is kept, so what was seen is taken out of the ranking.
    """

    def made(folder: Path, repetition: int) -> Task:
        data, kept = sources.retailrocket(folder, selection)
        code = {item: place for place, item in enumerate(data.items)}
        bought = dict(kept.iter_rows())
        users = np.flatnonzero(np.diff(data.offsets) > 0)
        targets = np.array([code[bought[data.users[user]]] for user in users], np.int64)
        return NextTask(data, users, [data.history(user) for user in users], targets, WHOLE)

    return made


def instruments_task(folder: Path, repetition: int) -> Task:
    data = sources.instruments(folder)
    split = split_newest(data, np.flatnonzero(np.diff(data.offsets) >= 2))
    return ServiceTask(replace(split, training=sources.with_reviews(folder, split.training)))


def small(name: str, used: str, *bars: Bar, beside: tuple[Contender, ...] = ()) -> Row:
    """A row on ml-latest-small."""
    about = f"ml-latest-small as Amazon prepared it, its split and metrics, mean over draws: {used}"
    folder = "ml-latest-small"
    return Row(f"{folder}-{name}", folder, about, bars, draw_task, (recipe(used),), beside, draws=20, varied=True)


def global_split(name: str, read: Callable[[Path], TrainingSet]) -> Row:
    baselines = tuple(kind.name for kind in TUNED)
    return Row(
        f"time-{name}",
        name,
        f"{name} with its metadata, newest tenth of all events, ten successive targets of up to {TEMPORAL_USERS} users",
        (
            Bar("NDCG@10", "the best baseline", baselines, times=1.1),
            Bar("NDCG@10 timed", "the best baseline", baselines, times=1.1),
            Bar("NDCG@10 warm"),
            Bar("NDCG@10 last"),
        ),
        temporal(read),
        (recipe("aws-user-personalization-v2"),),
        tuple(tuned(kind) for kind in TUNED),
    )


def with_text(name: str, data: str, about: str, metric: str, column: str, task: Callable[[Path, int], Task]) -> Row:
    used = "aws-user-personalization"
    without = recipe(used, " without text", items=True, without=column)
    return Row(
        f"text-{name}",
        data,
        about,
        (Bar(metric, "Amazon's own gain with text, on Prime Pantry: +27 % NDCG@25", (without.name,), surely=True),),
        task,
        (recipe(used, items=True),),
        (without,),
    )


COLDSTART = "aws-hrnn-coldstart {}, drawn blindly {}"
HRNN = "aws-hrnn {}, our prototype {}"
STRICT = "aws-hrnn {}, measured so"
LOO = "SASRec+ .182, HSTU-large timed .2164 (GPU), LRURec .193 (other order of ties)"
MARKOV_LIST = plain(MARKOV, first_order_markov)
POPULARITY = plain("popularity", popularity)
COUNTED = plain(CO_OCCURRENCE, usual_co_occurrence)

ROWS = [
    Row(
        "ml-1m-notebook",
        "ml-1m",
        "MovieLens-1M, Amazon's notebook: newest tenth of each user, 25 items, seen ones removed",
        (
            Bar("MRR@25", HRNN.format(".3455", ".4250"), 0.425, 0.46),
            Bar("P@5", HRNN.format(".1691", ".2202"), 0.220, 0.24),
            Bar("P@10", HRNN.format(".1480", ".1859"), 0.186, 0.20),
            # Amazon's service was asked for 25 items, of which the seen ones then went to the end.
            Bar("MRR@25 strict", STRICT.format(".3455"), 0.3455),
            Bar("P@5 strict", STRICT.format(".1691"), 0.1691),
            Bar("P@10 strict", STRICT.format(".1480"), 0.1480),
        ),
        notebook_task,
        (recipe("aws-user-personalization-v2"), recipe("aws-user-personalization")),
        (POPULARITY, COUNTED),
    ),
    small(
        "personal",
        "aws-user-personalization",
        Bar("NDCG@25", "Amazon .3321-.3552", (MARKOV,), times=1.1),
        Bar("MRR@25", "Amazon .269-.288", (MARKOV,), times=1.1),
        Bar("coverage", "Amazon .077-.079", None, 0.2),
        beside=(MARKOV_LIST,),
    ),
    small("sims", "aws-sims", Bar("NDCG@25", "Amazon .2857-.2895", 0.2895)),
    small("ranking", "aws-personalized-ranking", Bar("NDCG@25", "Amazon .0879-.0956", 0.0956)),
    small("top-picks", "aws-vod-top-picks", Bar("NDCG@25", "Amazon .3460", 0.3460)),
    Row(
        "ml-1m-last",
        "ml-1m",
        "MovieLens-1M, leave-one-out, all items ranked, seen ones removed",
        (
            Bar("NDCG@10", LOO, 0.185, 0.21, minutes=10),
            Bar("NDCG@10 timed", LOO, 0.185, 0.21, minutes=10),
            Bar("R@10", "SASRec+ .315, HSTU-large .364"),
        ),
        films_loo,
        (recipe("aws-user-personalization-v2"),),
        (COUNTED,),
    ),
    Row(
        "video-games",
        "amazon-video-games",
        "Amazon Video Games, leave-one-out, all items ranked, newest 50 of the history removed",
        (
            Bar("NDCG@10", "LRURec .0620, our prototype .0718-.0727", 0.071, 0.078, minutes=3),
            Bar("R@10", "LRURec .1134"),
        ),
        games_loo,
        (recipe("aws-user-personalization-v2"),),
        (COUNTED,),
    ),
    Row(
        "ml-1m-cold",
        "ml-1m",
        "MovieLens-1M, half of the items without events, known by genre only; each repetition draws them anew",
        (
            Bar("P@5", COLDSTART.format(".1618", ".0392"), 0.1618),
            Bar("MRR@25", COLDSTART.format(".3227", ".1090")),
        ),
        cold_task,
        (recipe("aws-hrnn-coldstart", items=True), recipe("aws-user-personalization", items=True)),
        (plain("drawn blindly", chance), plain("genre profile", genre_profile)),
        varied=True,
    ),
    global_split("online-retail", sources.online_retail),
    global_split("globo-news", sources.globo),
    global_split("ml-1m", sources.movielens_1m),
    Row(
        "retailrocket",
        "retailrocket-subset",
        "RetailRocket, one later purchase of each buyer: all events, weighted by type, against purchases",
        (Bar("NDCG@10", "", (PURCHASES_ALONE,)), Bar("R@10", "", (PURCHASES_ALONE,))),
        purchase_task(WEIGHTED),
        (recipe("aws-user-personalization-v2"),),
        (
            replace(
                recipe("aws-user-personalization-v2"),
                name=PURCHASES_ALONE,
                task=purchase_task(EventSelection(event_type="purchase")),
            ),
            replace(recipe("aws-user-personalization-v2", ", all events alike"), task=purchase_task(EVERYTHING)),
        ),
    ),
    with_text(
        "instruments",
        "amazon-musical-instruments-5core",
        "Amazon Musical Instruments, newest tenth of each user, texts of the other reviews",
        "NDCG@25",
        "REVIEWS",
        instruments_task,
    ),
    with_text(
        "online-retail",
        "online-retail",
        "UCI Online Retail, newest tenth of all events, descriptions",
        "NDCG@10",
        "DESCRIPTION",
        temporal(sources.online_retail),
    ),
]
