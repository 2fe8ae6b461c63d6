"""A made-up world with actions, because no public data has any: what decides here is known, and is not what RFM sees.

Whether an offered action is taken depends on the taste for what the action is about (seen in the items that a user
touches), on the user's plan (a column of Users), on what the user did lately, on how often the user took actions of its
type, and on how often it was offered before.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from penchant.lake.action_set import NOT_TAKEN, TAKEN, VIEWED, ActionSet
from penchant.lake.attributes import Numbers, categories
from penchant.lake.training_set import TrainingSet

DAY = 86_400
START = 1_700_000_000
GENRES, TYPES, PLANS = 6, 4, 3


@dataclass(frozen=True)
class World:
    data: TrainingSet
    chance: np.ndarray
    """(N,) of each event with an action: how likely it was to be TAKEN."""


def world(users: int = 1_500, actions: int = 16, days: int = 120, offers: int = 12, seed: int = 0) -> World:
    rng = np.random.default_rng(seed)
    items = 120
    genre = rng.integers(GENRES, size=items)
    taste = rng.dirichlet([0.3] * GENRES, users)
    plan = rng.integers(PLANS, size=users)
    per_day = rng.gamma(1.5, 0.12, users)
    item_user, item_time, item = [], [], []
    for user in range(users):
        count = max(2, rng.poisson(per_day[user] * days))
        liked = rng.choice(GENRES, count, p=taste[user])
        item_user.append(np.full(count, user))
        item_time.append(np.sort(rng.uniform(0, days, count)))
        item.append(np.array([rng.choice(np.flatnonzero(genre == each)) for each in liked]))
    buys = [rng.random(len(each)) < 0.25 for each in item]
    about, type_ = np.arange(actions) % GENRES, np.arange(actions) % TYPES
    appeal, by_plan = rng.normal(-1.2, 0.5, actions), rng.normal(0, 0.9, (PLANS, TYPES))
    rows = []
    for user in range(users):
        moments = np.sort(rng.uniform(days - 90, days, rng.poisson(offers)))
        taken_of_type, offered = np.zeros(TYPES), np.zeros(actions)
        for moment in moments.tolist():
            action = int(rng.integers(actions))
            lately = ((item_time[user] < moment) & (item_time[user] > moment - 10) & buys[user]).sum()
            odds = (
                appeal[action]
                + 2.5 * (taste[user, about[action]] - 1 / GENRES)
                + by_plan[plan[user], type_[action]]
                + 0.6 * min(lately, 3)
                + 0.4 * min(taken_of_type[type_[action]], 3)
                - 0.5 * min(offered[action], 3)
            )
            chance = 1 / (1 + np.exp(-odds))
            took = rng.random() < chance
            kind = TAKEN if took else NOT_TAKEN if rng.random() < 0.4 else VIEWED
            rows.append((user, START + int(moment * DAY), action, kind, chance))
            offered[action] += 1
            taken_of_type[type_[action]] += took
    columns = list(zip(*rows, strict=True))
    ids = [f"u{user:05}" for user in range(users)]
    met = np.unique(columns[0])
    lengths = np.bincount(np.array(columns[0]), minlength=users)[met]
    plans = pl.Series([f"plan{each}" for each in plan])
    item_lengths = [len(each) for each in item]
    action_set = ActionSet(
        [f"a{action:03}" for action in range(actions)],
        [ids[user] for user in met.tolist()],
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array(columns[2], np.int32),
        np.array(columns[3], np.int8),
        np.array(columns[1], np.int64),
        {
            "TYPE": categories(pl.Series([f"type{each}" for each in type_]), several=False),
            "ABOUT": categories(pl.Series([f"genre{each}" for each in about])),
            "VALUE": Numbers(1.0 + np.arange(actions) % 10),
        },
        {"PLAN": categories(plans.gather(met))},
    )
    data = TrainingSet(
        ids,
        [f"i{number:04}" for number in range(items)],
        np.concatenate([[0], np.cumsum(item_lengths)]).astype(np.int64),
        np.concatenate(item).astype(np.int32),
        (START + np.concatenate(item_time) * DAY).astype(np.int64),
        np.ones(sum(item_lengths), np.float32),
        {"EVENT_TYPE": categories(pl.Series(np.where(np.concatenate(buys), "Purchase", "View")), several=False)},
        user_columns={"PLAN": categories(plans)},
        actions=action_set,
    )
    return World(data, np.array(columns[4]))
