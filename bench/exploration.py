"""What our exploration would have earned, estimated from logs whose choices were left to chance with known probability.

    python bench/exploration.py --data FOLDER [--json FILE] [--resamples 1000]

FOLDER holds logged_feedback.parquet of the Open Bandit data set (Saito et al. 2021, https://arxiv.org/abs/2008.07146):
three places on a page, one row for each, logged under two policies ("random", and "bts": Bernoulli Thompson sampling).
For each of its three campaigns our policy is built from the first half of a log by time, and valued on the second half;
the halves of the campaigns are then put together. The policy is that of `penchant.serving.exploration` over a list of
three, with the logarithm of an item's smoothed rate of clicks for its score, and every item eligible; it knows nothing
of the person. No policy sees the half that it is valued on.

Estimates are clicks in a thousand places: SNIPS (self-normalised inverse propensity scores, weights clipped at the
square root of the rows) and DR (doubly robust, with an item's mean in a place, shrunk, for the reward). The intervals
are of 95 %, by resampling rows. Weights that are worth fewer than 100 rows, or that meet no click, give no estimate.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from penchant.serving.exploration import Ground, cap, configured, margin, seed

PLACES = 3
WEIGHTS = (0.0, 0.1, 0.3, 1.0)
LISTS = 4_000
"""Made to count with what probability a policy puts an item into a place."""
SMALLEST_SAMPLE = 100
STRENGTH = 200.0
"""Impressions that a smoothed rate starts with, at the mean of its campaign: a click is worth about so many."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--resamples", type=int, default=1000)
    arguments = parser.parse_args()
    feedback = pl.read_parquet(arguments.data / "logged_feedback.parquet").sort("timestamp", maintain_order=True)
    rows = []
    for log in ("random", "bts"):
        halves = [split(feedback, log, campaign) for campaign in sorted(feedback["campaign"].unique())]
        policies = {"bts, by its shares": [shares(feedback, "bts", *half) for half in halves]}
        policies |= {
            f"ours, exploration weight {weight}": [ours(Rates(first), weight) for first, _ in halves]
            for weight in WEIGHTS
        }
        rows.append(logged(log, halves, arguments.resamples))
        rows += [valued(log, name, halves, chances, arguments.resamples) for name, chances in policies.items()]
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(
            json.dumps({"data": arguments.data.name, "lists": LISTS, "rows": rows}, indent=2) + "\n"
        )


def split(feedback: pl.DataFrame, log: str, campaign: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The earlier and the later half of the log of a campaign."""
    rows = feedback.filter((pl.col("policy") == log) & (pl.col("campaign") == campaign))
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


class Rates:
    """Of the first half of a log: how often each item was shown and clicked, in all and in each place."""

    def __init__(self, first: pl.DataFrame):
        self.items = int(first["item_id"].max()) + 1  # type: ignore[arg-type]
        shown, clicked = np.zeros((PLACES, self.items)), np.zeros((PLACES, self.items))
        at = places(first), first["item_id"].to_numpy()
        np.add.at(shown, at, 1)
        np.add.at(clicked, at, first["click"].to_numpy())
        self.shown, self.clicked = shown.sum(axis=0), clicked.sum(axis=0)
        mean = self.clicked.sum() / self.shown.sum()
        self.smoothed = (self.clicked + STRENGTH * mean) / (self.shown + STRENGTH)
        """(I,) of clicks."""
        self.in_place = (clicked + STRENGTH * self.smoothed) / (shown + STRENGTH)
        """(3, I) of clicks."""


def places(rows: pl.DataFrame) -> np.ndarray:
    return rows["position"].to_numpy() - 1


def ours(rates: Rates, weight: float) -> np.ndarray:
    """(3, I) the probability of each item to be in each place."""
    zeros = np.zeros(rates.items)
    ground = Ground.of(zeros, rates.shown, rates.clicked, 0, rates.items)
    scores = np.log(rates.smoothed).astype(np.float32)
    plain = np.argsort(-scores, kind="stable")[: PLACES + margin(PLACES, weight)]
    chances = np.zeros((PLACES, rates.items))
    for person in range(LISTS if weight else 1):
        found = configured(
            ground,
            plain,
            scores[plain],
            scores[ground.asked],
            np.ones(len(ground.rows), bool),
            PLACES,
            weight,
            seed(str(person), 0, "bench"),
        )
        chances[np.arange(PLACES), found.rows] += 1
    assert found.explored.sum() <= cap(PLACES, weight)
    return chances / chances.sum(axis=1, keepdims=True)


def shares(feedback: pl.DataFrame, policy: str, first: pl.DataFrame, _: pl.DataFrame) -> np.ndarray:
    """(3, I) how often a logged policy put each item into each place, in the first half of its own log."""
    of_policy, _ = split(feedback, policy, first["campaign"][0])
    chances = np.zeros((PLACES, int(first["item_id"].max()) + 1))  # type: ignore[arg-type]
    np.add.at(chances, (places(of_policy), of_policy["item_id"].to_numpy()), 1)
    return chances / chances.sum(axis=1, keepdims=True)


Halves = list[tuple[pl.DataFrame, pl.DataFrame]]


def logged(log: str, halves: Halves, resamples: int) -> dict[str, Any]:
    """What the logged policy itself earned in the later halves."""
    clicks = np.concatenate([later["click"].to_numpy() for _, later in halves]).astype(float)
    mean = told(clicks, np.ones(len(clicks)), resamples)
    return {
        "log": log, "policy": f"{log}, as logged", "rows": len(clicks), "clicks": int(clicks.sum()), "mean": mean,
    }  # fmt: skip


def valued(log: str, name: str, halves: Halves, chances: list[np.ndarray], resamples: int) -> dict[str, Any]:
    """The estimates for a policy; `chances` are (3, I) for each campaign."""
    weights, rewards, corrected = [], [], []
    for (first, later), chance in zip(halves, chances, strict=True):
        place, item = places(later), later["item_id"].to_numpy()
        reward = later["click"].to_numpy().astype(float)
        weight = np.minimum(chance[place, item] / later["propensity_score"].to_numpy(), np.sqrt(len(later)))
        expected = Rates(first).in_place
        weights.append(weight)
        rewards.append(reward)
        corrected.append((chance * expected).sum(axis=1)[place] + weight * (reward - expected[place, item]))
    weight, reward, doubly = (np.concatenate(parts) for parts in (weights, rewards, corrected))
    size = weight.sum() ** 2 / (weight**2).sum()
    row = {
        "log": log, "policy": name, "rows": len(weight), "clicks": int(reward[weight > 0].sum()),
        "effective rows": round(size),
    }  # fmt: skip
    if size < SMALLEST_SAMPLE:
        return row | {"SNIPS": f"refused: fewer than {SMALLEST_SAMPLE} effective rows"}
    if not row["clicks"]:  # resampling no click gives none again, and an interval of nothing
        return row | {"SNIPS": "refused: no click"}
    return row | {
        "SNIPS": told(weight * reward, weight, resamples),
        "DR": told(doubly, np.ones(len(doubly)), resamples),
    }


def told(values: np.ndarray, weights: np.ndarray, resamples: int) -> str:
    """The sum of values by that of weights, in thousandths, and its interval."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(resamples):
        chosen = rng.integers(0, len(values), len(values))
        drawn.append(values[chosen].sum() / weights[chosen].sum())
    low, high = np.percentile(drawn, [2.5, 97.5]) * 1000
    return f"{values.sum() / weights.sum() * 1000:.2f} ({low:.2f} to {high:.2f})"


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in Markdown; a dash where there is no figure."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(str(row.get(name, "-")) for name in columns) + " |" for row in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
