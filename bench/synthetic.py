"""Made-up interactions of any number, for what must be measured at sizes that no public data set has.

    python bench/synthetic.py --rows 1000000 [--seed 1] CSV

Two months of a shop of news and films. People come in sessions, of which most have few events and few people have most;
evenings and weekends are fuller. Each session is about one of the topics of its person, and half of its steps go to the
item that follows the one before, as episodes do; the other steps go by what is popular in the topic today. Popularity
has a long tail, drifts from day to day, and fades after an item appears: within days for some, within months for most.
Now and then something bursts and is many times as popular for a day.

Rows come in the order of time, a day at a time, so that memory does not grow with their number. One seed gives the same
rows everywhere. The catalogue grows with the square root of the rows, as it does in logs of one shop over time (Heaps'
law), and people as the rows.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

START = 1_700_000_000
DAY = 86_400
DAYS = 60
ITEMS_BY_ROOT = 25
"""Items for each square root of the rows: 25,000 for a million, 137,000 for thirty."""
ROWS_OF_PERSON = 12
ACTIVITY_SPREAD = 1.2
"""Of the logarithm of how often somebody comes."""
EVENTS_OF_SESSION = 4
LONGEST_SESSION = 50
TOPICS = 200
TOPICS_OF_PERSON = 3
TAIL = 1.0
"""Exponent of popularity over ranks."""
FOLLOWED = 0.5
"""Share of steps within a session that go to the next item of its topic."""
OLD_ITEMS = 0.5
"""Share of items that are there from the first day."""
FADING = 0.4
"""Share of items whose popularity halves within days, as that of news does."""
DAYS_OF_NEWS, DAYS_OF_OTHERS = 1.5, 40.0
DRIFT = 0.15
"""How much the logarithm of a topic's popularity moves in a day."""
BURSTS_OF_DAY = 3
BURST = 60.0
WEEK = np.array([1.0, 0.95, 0.95, 1.0, 1.1, 1.3, 1.25])
HOURS = np.array([2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 9, 10, 9, 9, 9, 10, 11, 13, 15, 16, 14, 9, 5], float)


@dataclass(frozen=True)
class World:
    """Who and what there is. Items are in the order of their topics."""

    rows: int
    topic_starts: np.ndarray
    """(TOPICS + 1,) int64 into the items."""
    appeal: np.ndarray
    """(I,) of a fresh item, within its topic."""
    born: np.ndarray
    """(I,) day on which it appears, below 0 for those that are older than the log."""
    half_life: np.ndarray
    """(I,) days."""
    activity: np.ndarray
    """(U,) ascending to 1: the sum of the shares of the sessions of the people up to each."""
    interests: np.ndarray
    """(U, TOPICS_OF_PERSON) int64."""
    seed: int

    @staticmethod
    def of(rows: int, seed: int) -> "World":
        rng = np.random.default_rng([seed, rows])
        items = max(TOPICS, round(ITEMS_BY_ROOT * rows**0.5))
        people = max(1, rows // ROWS_OF_PERSON)
        size = 1 / np.arange(1, TOPICS + 1) ** 0.7
        topic = np.sort(np.append(np.arange(TOPICS), rng.choice(TOPICS, items - TOPICS, p=size / size.sum())))
        starts = np.searchsorted(topic, np.arange(TOPICS + 1))
        rank = np.empty(items)
        for begin, end in pairwise(starts.tolist()):
            rank[begin:end] = rng.permutation(end - begin)
        activity = np.cumsum(rng.lognormal(0, ACTIVITY_SPREAD, people))
        return World(
            rows=rows,
            topic_starts=starts,
            appeal=(rank + 3) ** -TAIL,
            born=np.where(rng.random(items) < OLD_ITEMS, -rng.exponential(60, items), rng.uniform(0, DAYS, items)),
            half_life=np.where(rng.random(items) < FADING, DAYS_OF_NEWS, DAYS_OF_OTHERS) * rng.lognormal(0, 0.4, items),
            activity=activity / activity[-1],
            interests=rng.choice(TOPICS, (people, TOPICS_OF_PERSON), p=size / size.sum()),
            seed=seed,
        )

    def days(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Users (int64), items (int64) and times (int64 seconds, ascending) of each day; together exactly the rows."""
        rng = np.random.default_rng([self.seed, self.rows, 1])
        of_topic = np.zeros(TOPICS)
        share = np.resize(WEEK, DAYS) * np.linspace(0.8, 1.2, DAYS)
        until = np.round(np.cumsum(share) / share.sum() * self.rows).astype(int)
        for day, count in enumerate(np.diff(until, prepend=0).tolist()):
            of_topic = 0.98 * of_topic + rng.normal(0, DRIFT, TOPICS)
            yield self._day(day, count, np.exp(of_topic), rng)

    def _day(self, day: int, count: int, of_topic: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
        age = day - self.born
        weight = np.where(age >= 0, self.appeal * np.exp2(-np.maximum(age, 0) / self.half_life), 0)
        weight[rng.integers(0, len(weight), BURSTS_OF_DAY)] *= BURST
        weight += 1e-9  # something is there to take in every topic
        reached = np.append(0, np.cumsum(weight))
        low, high = reached[self.topic_starts[:-1]], reached[self.topic_starts[1:]]
        lengths = sessions(count, rng)
        person = np.searchsorted(self.activity, rng.random(len(lengths)))
        liked = self.interests[person]
        preference = np.cumsum(of_topic[liked], axis=1)
        topic = liked[
            np.arange(len(liked)), (rng.random((len(liked), 1)) * preference[:, -1:] > preference).sum(axis=1)
        ]
        items = np.empty((len(lengths), lengths.max(initial=0)), np.int64)
        for step in range(items.shape[1]):
            going = np.flatnonzero(lengths > step)
            at = topic[going]
            drawn = low[at] + rng.random(len(going)) * (high[at] - low[at])
            item = np.minimum(np.searchsorted(reached, drawn, side="right") - 1, self.topic_starts[at + 1] - 1)
            if step:
                follower = items[going, step - 1] + 1
                there = (follower < self.topic_starts[at + 1]) & (self.born[np.minimum(follower, len(age) - 1)] <= day)
                item = np.where(there & (rng.random(len(going)) < FOLLOWED), follower, item)
            items[going, step] = item
        begins = rng.choice(24, len(lengths), p=HOURS / HOURS.sum()) * 3_600 + rng.integers(0, 3_600, len(lengths))
        place = np.arange(items.shape[1])
        real = place < lengths[:, None]
        pause = rng.integers(5, 240, items.shape)
        time = START + day * DAY + begins[:, None] + np.cumsum(np.where(real, pause, 0), axis=1)
        users = np.broadcast_to(person[:, None], items.shape)
        order = np.argsort(time[real], kind="stable")
        return users[real][order], items[real][order], time[real][order]


def sessions(events: int, rng: np.random.Generator) -> np.ndarray:
    """Lengths of sessions with so many events together."""
    lengths = np.minimum(rng.geometric(1 / EVENTS_OF_SESSION, 2 * events // EVENTS_OF_SESSION + 10), LONGEST_SESSION)
    until = np.cumsum(lengths)
    last = int(np.searchsorted(until, events))
    lengths = lengths[: last + 1]
    lengths[-1] -= until[last] - events
    return lengths


def frames(rows: int, seed: int = 1) -> Iterator[pl.DataFrame]:
    """USER_ID, ITEM_ID and TIMESTAMP, a frame for each day."""
    for users, items, times in World.of(rows, seed).days():
        yield pl.DataFrame({"USER_ID": users, "ITEM_ID": items, "TIMESTAMP": times}).with_columns(
            pl.format("user-{}", "USER_ID").alias("USER_ID"), pl.format("item-{}", "ITEM_ID").alias("ITEM_ID")
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("csv", type=Path)
    options = parser.parse_args()
    with options.csv.open("wb") as file:
        for number, frame in enumerate(frames(options.rows, options.seed)):
            frame.write_csv(file, include_header=number == 0)


if __name__ == "__main__":
    main()
