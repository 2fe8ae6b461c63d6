"""Fits aws-user-personalization-v2 with other settings on one data set, beside its parts and plain counting.

    python bench/variants.py --data FOLDER [--protocol loo|notebook] [--json FILE] [--seed N] [--set epochs=7 ...]

FOLDER holds interactions.parquet with the columns user_id, item_id and seq or timestamp or both (seq orders, and
settles equal timestamps). Without timestamps the protocol is leave-one-out, with them that of Amazon's notebook.
Nothing is chosen by looking at the test split: the recipe chooses on events that it keeps from its own training, and
the settings in penchant/recipes/parts/settings.py were compared by the column "held out", which is of these events.
What the recipes reach is measured by quality.py.
"""

import argparse
import dataclasses
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from penchant.lake.training_set import TrainingSet
from penchant.measure import leave_one_out as loo
from penchant.measure import notebook, ranking
from penchant.recipes.parts import slit
from penchant.recipes.parts.markov import fit_markov
from penchant.recipes.parts.recency import recent_popularity
from penchant.recipes.parts.sequence_fit import SEED, fit_sequence_model
from penchant.recipes.parts.sequence_model import SequenceModel
from penchant.recipes.parts.settings import Settings, settings_for
from penchant.recipes.parts.transitions import Transitions

RECIPE = "aws-user-personalization-v2"
MASKED = 50
"""Items of the history that leave-one-out takes out of the ranking, as LRURec does."""
ONCE = 256
HRNN = {"MRR@25": 0.3455, "P@5": 0.1691, "P@10": 0.1480}
"""What Amazon published of aws-hrnn on MovieLens-1M (see penchant.measure.notebook)."""
MOVIELENS_1M = (6_040, 1_000_209)

Scorer = Callable[[Sequence[np.ndarray], np.ndarray], np.ndarray]
"""(histories, user codes) -> (B, I) scores."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--protocol", choices=["loo", "notebook"])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting other than ours")
    arguments = parser.parse_args()
    data, timed = read(arguments.data / "interactions.parquet")
    protocol = arguments.protocol or ("notebook" if timed else "loo")
    split = loo.leave_one_out(data) if protocol == "loo" else notebook.notebook_split(data)
    print(
        f"{arguments.data.name}: {len(data.users)} users, {len(data.items)} items, {len(data.item)} events; {protocol}"
    )
    settings = changed(settings_for(split.training, slit.LARGEST_CATALOGUE), arguments.set)
    rows: list[dict[str, Any]] = []
    for name, scorer, costs in fits(split.training, timed, protocol == "notebook", settings, arguments.seed):
        rows.append({"model": name, **evaluate(split, scorer), **costs})
        print(f"  {name}: done", file=sys.stderr)
    if protocol == "notebook" and (len(data.users), len(data.item)) == MOVIELENS_1M:
        rows.append({"model": "aws-hrnn (published by Amazon)", **HRNN})
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(report(arguments.data.name, protocol, data, split, rows), indent=2) + "\n")


def read(path: Path) -> tuple[TrainingSet, bool]:
    """The data set, and whether it has timestamps (without, its order stands in their place)."""
    frame = pl.read_parquet(path)
    timed = "timestamp" in frame.columns
    order = [name for name in ("seq", "timestamp") if name in frame.columns][:1]
    frame = frame.sort("user_id", *order, maintain_order=True)
    users, user = np.unique(frame["user_id"].cast(pl.String).to_numpy().astype(str), return_inverse=True)
    items, item = np.unique(frame["item_id"].cast(pl.String).to_numpy().astype(str), return_inverse=True)
    by_user = np.argsort(user, kind="stable")
    timestamp = frame["timestamp" if timed else order[0]].cast(pl.Int64).to_numpy()
    offsets = np.concatenate([[0], np.cumsum(np.bincount(user))]).astype(np.int64)
    weight = np.ones(len(item), np.float32)
    data = TrainingSet(
        users.tolist(), items.tolist(), offsets, item[by_user].astype(np.int32), timestamp[by_user], weight
    )
    return data, timed


def changed(settings: Settings, changes: Sequence[str]) -> Settings:
    """The settings with some of them replaced, each given as NAME=VALUE with a JSON value."""
    pairs = [change.split("=", 1) for change in changes]
    return dataclasses.replace(settings, **{name: json.loads(value) for name, value in pairs})


def fits(
    training: TrainingSet, timed: bool, known: bool, settings: Settings, seed: int
) -> Iterator[tuple[str, Scorer, dict[str, Any]]]:
    """Fits one model after the other: its name, what scores with it, and what it cost.

    `known`: the queries are the training histories as they are, so that stored user vectors may be used.
    """
    counts = np.bincount(training.item, minlength=len(training.items)).astype(np.float32)
    yield "popularity", lambda histories, users: np.tile(counts, (len(histories), 1)), {}
    recent = recent_popularity(training) if timed else None
    if recent is not None:
        trend = recent.astype(np.float32)
        yield "popularity, half-life 7 days", lambda histories, users: np.tile(trend, (len(histories), 1)), {}
    watch = Watch()
    markov = fit_markov(Transitions(training))
    yield (
        "decayed co-occurrence",
        lambda histories, users: np.stack([markov.follow(h) for h in histories]),
        watch.read(),
    )
    watch = Watch()
    model = fit_sequence_model(training, lambda done, message: None, recency=True, seed=seed, settings=settings)
    costs = {"held out": round(model.held_out_ndcg, 4)} | watch.read()
    chosen = {
        "neighbours": model.neighbour_weight,
        "own": model.own_weight,
        "habit": model.habit_weight,
        "fresh": model.fresh_weight,
        "recency": model.recency_weight,
    }
    costs["settings"] = dataclasses.asdict(settings) | {"seed": seed, "weights": chosen}
    none = {f"{name}_weight": 0.0 for name in ("neighbour", "own", "habit", "fresh")}
    alone = dataclasses.replace(model, **none, item_bias=np.minimum(model.item_bias, 0))
    costs |= latency(model, training)
    yield "v2, transformer alone", asking(alone, known), {}
    yield RECIPE, asking(model, known), costs


def latency(model: SequenceModel, training: TrainingSet) -> dict[str, float]:
    """Microseconds of one request's scores, for a known user and for a history the model has not seen."""
    users = np.random.default_rng(0).choice(np.flatnonzero(np.diff(training.offsets) > 0), 300)
    micros: dict[str, float] = {}
    for name, known in (("µs known user", True), ("µs new history", False)):
        start = time.perf_counter()
        for user in users:
            history = training.history(user)
            model.scores(history if known else history[-50:], user if known else None)
        micros[name] = round((time.perf_counter() - start) / len(users) * 1e6)
    return micros


def asking(model: SequenceModel, known: bool) -> Scorer:
    return lambda histories, users: model.scores_many(histories, users if known else None)


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.core = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, Any]:
        """By the clock, and of all cores together."""
        return {
            "seconds": round(time.perf_counter() - self.wall, 1),
            "core seconds": round(time.process_time() - self.core, 1),
        }


def evaluate(split: loo.LeaveOneOut | notebook.Split, scorer: Scorer) -> dict[str, float]:
    """The protocol's metrics, to 4 decimals."""
    metrics = evaluate_loo(split, scorer) if isinstance(split, loo.LeaveOneOut) else evaluate_notebook(split, scorer)
    return {name: round(value, 4) for name, value in metrics.items()}


def evaluate_loo(split: loo.LeaveOneOut, scorer: Scorer) -> dict[str, float]:
    ranks = []
    for start in range(0, len(split.users), ONCE):
        part = slice(start, start + ONCE)
        scores = scorer(split.histories[part], split.users[part])
        ranks.append(loo.target_ranks(scores, split.targets[part], split.histories[part], MASKED))
    together = np.concatenate(ranks)
    metrics = {f"R@{cutoff}": loo.recall(together, cutoff) for cutoff in (10, 20)}
    metrics |= {f"NDCG@{cutoff}": loo.ndcg(together, cutoff) for cutoff in (10, 20)}
    return metrics


def evaluate_notebook(split: notebook.Split, scorer: Scorer) -> dict[str, float]:
    """With the items of the history removed, and (marked "kept") by Amazon's own metrics with them kept."""
    unseen, kept = [], []
    for start in range(0, len(split.users), ONCE):
        part = slice(start, start + ONCE)
        scores = scorer(split.histories[part], split.users[part])
        kept.append(ranking.best(scores))
        unseen.append(notebook.unseen_best(scores, split.histories[part]))
    relevant = ranking.relevance(np.concatenate(unseen), split.truths)
    metrics = {"MRR@25": float(ranking.reciprocal_rank(relevant).mean())}
    metrics |= {f"P@{cutoff}": float(ranking.precision(relevant, cutoff).mean()) for cutoff in ranking.CUTOFFS}
    metrics["NDCG@10 (AWS)"] = float(notebook.notebook_ndcg(relevant, 10).mean())
    raw = ranking.ranking_metrics(np.concatenate(kept), split.truths, len(split.training.items))
    metrics["MRR@25 kept"] = raw["mean_reciprocal_rank_at_25"]
    metrics["P@10 kept"] = raw["precision_at_10"]
    metrics["coverage kept"] = raw["coverage"]
    return metrics


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown; a figure nobody has told is a dash."""
    columns = list(dict.fromkeys(name for row in rows for name in row if name != "settings"))
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(str(row.get(name, "-")) for name in columns) + " |" for row in rows]
    return "\n".join(lines)


def report(
    name: str, protocol: str, data: TrainingSet, split: loo.LeaveOneOut | notebook.Split, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """All that is needed to tell whether another run measured the same thing."""
    libraries = ("numpy", "polars", "scipy", "torch")
    return {
        "data": name,
        "protocol": protocol,
        "users": len(data.users),
        "items": len(data.items),
        "events": len(data.item),
        "test_users": len(split.users),
        "test_split_sha256": test_hash(data, split),
        "versions": {library: importlib.metadata.version(library) for library in libraries},
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "rows": rows,
    }


def test_hash(data: TrainingSet, split: loo.LeaveOneOut | notebook.Split) -> str:
    """sha256 over the lines `user,item,place` of the test events, place 0 being the first of a user."""
    truths = split.targets[:, None] if isinstance(split, loo.LeaveOneOut) else split.truths
    digest = hashlib.sha256()
    for user, truth in zip(split.users, truths, strict=True):
        for place, item in enumerate(truth):
            digest.update(f"{data.users[user]},{data.items[item]},{place}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
