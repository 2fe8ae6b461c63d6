"""What trees see of a person and an action. Training and answers use one function, so that both see the same."""

import numpy as np

from penchant.lake.action_set import NAMES, TAKEN
from penchant.recipes.parts.actions.known import DAY, Known, logit, pairs, tastes_of
from penchant.recipes.parts.actions.layout import MISSING, Layout
from penchant.recipes.parts.actions.past import Events, Past

NEVER = 3_650.0
"""Days since what never happened."""
ITEM_EVENTS, ACTION_EVENTS = 100.0, 300.0
"""More events than these count as so many: answers know no more of each type (Amazon's quotas)."""
WEEK, MONTH = 7.0, 28.0
OWN = 2.0
"""Actions that the rate of an action counts for beside what a person took of actions like it."""
AT_ONCE = 1_024
"""People."""


def names(layout: Layout) -> list[str]:
    """Of the columns of `features`: those of the person first."""
    types = [layout.types.id(code) for code in range(len(layout.types))]
    return [
        "items",
        "items of a week",
        "items of a month",
        "days since an item",
        *(f"{type_} of a month" for type_ in types),
        *(f"days since {type_}" for type_ in types),
        *(f"actions {name}" for name in NAMES),
        *(f"days since action {name}" for name in NAMES),
        *(layout.numbers.id(code) for code in range(len(layout.numbers))),
        *(layout.words.id(code) for code in range(len(layout.words))),
        *(f"this {name}" for name in NAMES),
        *(f"days since this {name}" for name in NAMES),
        "taken of actions like it",
        "taste",
        "lift of words",
        "log-odds of the rate",
        "log people who met it",
        "days since it was made",
        *layout.names(),
    ]


def shared(layout: Layout) -> int:
    """How many of the columns are of the person."""
    return 10 + 2 * len(layout.types) + len(layout.numbers) + len(layout.words)


def features(known: Known, past: Past, now: int, person: np.ndarray, action: np.ndarray) -> np.ndarray:
    """(r, F) float64 of pairs of person (row of `past`) and action, both (r,). Nothing of `past` is after `now`."""
    if len(past) == 1:
        mine = np.broadcast_to(of_people(known.layout, past, now), (len(person), shared(known.layout)))
    else:
        mine = of_people(known.layout, past, now)[person]
    return np.concatenate([mine, of_pairs(known, past, now, person, action), of_actions(known, now)[action]], axis=1)


def of_people(layout: Layout, past: Past, now: int) -> np.ndarray:
    count, items, actions = len(past), past.items, past.actions
    types, person, days = len(layout.types), past.items.person, (now - past.items.time) / DAY
    # One column more, for types that are not told apart.
    cell = person * (types + 1) + np.where(items.type < 0, types, items.type)

    def counted(within: float) -> np.ndarray:
        found = np.bincount(cell[days <= within], minlength=count * (types + 1)).reshape(count, types + 1)
        return np.minimum(found, ITEM_EVENTS)

    since = least(cell, days, count * (types + 1)).reshape(count, types + 1)
    ever, week, month = counted(np.inf), counted(WEEK), counted(MONTH)
    words = np.zeros((count, len(layout.words)))
    words[np.repeat(np.arange(count), np.diff(past.word_offsets)), past.word] = 1
    kind = actions.person * len(NAMES) + actions.type
    met = np.bincount(kind, minlength=count * len(NAMES)).reshape(count, len(NAMES))
    last = least(kind, (now - actions.time) / DAY, count * len(NAMES)).reshape(count, len(NAMES))
    return np.column_stack(
        [
            ever.sum(axis=1),
            week.sum(axis=1),
            month.sum(axis=1),
            since.min(axis=1),
            month[:, :types],
            since[:, :types],
            np.minimum(met, ACTION_EVENTS),
            last,
            past.numbers,
            words,
        ]
    )


def of_pairs(known: Known, past: Past, now: int, person: np.ndarray, action: np.ndarray) -> np.ndarray:
    actions, events = len(known.rate), past.actions
    wanted, row = np.unique(person * actions + action, return_inverse=True)
    key = events.person * actions + events.what
    place = np.minimum(np.searchsorted(wanted, key), len(wanted) - 1)
    here = wanted[place] == key if len(wanted) else np.zeros(len(key), bool)
    cell = place[here] * len(NAMES) + events.type[here]
    size = (len(wanted), len(NAMES))
    counts = np.minimum(np.bincount(cell, minlength=len(wanted) * len(NAMES)).reshape(size), ACTION_EVENTS)
    days = least(cell, (now - events.time[here]) / DAY, len(wanted) * len(NAMES)).reshape(size)
    tastes = tastes_of(past.items, known.item_vectors)
    return np.column_stack(
        [
            counts[row],
            days[row],
            taken_alike(known, events, person, action),
            np.einsum("ij,ij->i", tastes[person], known.taste[action].astype(np.float64)),
            lifted(known, past, person, action),
        ]
    )


def taken_alike(known: Known, events: Events, person: np.ndarray, action: np.ndarray) -> np.ndarray:
    """(r,) what share a person took of the other actions that they met; one more like this one counts more."""
    actions, similar = len(known.rate), known.layout.similar
    whose, which, took = pairs(events, actions)
    order = np.argsort(person, kind="stable")
    found = OWN * known.rate[action]
    weight = np.full(len(person), OWN)
    count = len(events.offsets) - 1
    for first in range(0, count, AT_ONCE):
        last = min(first + AT_ONCE, count)
        rows = order[slice(*np.searchsorted(person[order], [first, last]).tolist())]
        here = slice(*np.searchsorted(whose, [first, last]).tolist())
        if len(rows) and here.start < here.stop:
            met = np.zeros((last - first, actions), np.float32)
            taken = met.copy()
            met[whose[here] - first, which[here]] = 1
            taken[whose[here] - first, which[here]] = took[here]
            found[rows] += (taken @ similar)[person[rows] - first, action[rows]]
            weight[rows] += (met @ similar)[person[rows] - first, action[rows]]
    return found / weight


def lifted(known: Known, past: Past, person: np.ndarray, action: np.ndarray) -> np.ndarray:
    """(r,) what a person's words together say of the action."""
    if len(past) == 1:
        return known.lift[:, past.word].sum(axis=1, dtype=np.float64)[action]
    counts = np.diff(past.word_offsets)[person]
    total = np.concatenate([[0], np.cumsum(counts)])
    places = np.arange(total[-1]) + np.repeat(past.word_offsets[:-1][person] - total[:-1], counts)
    row = np.repeat(np.arange(len(person)), counts)
    return np.bincount(row, known.lift[action[row], past.word[places]], len(person))


def of_actions(known: Known, now: int) -> np.ndarray:
    layout = known.layout
    age = np.nan_to_num((now - layout.created) / DAY, nan=MISSING)
    return np.column_stack([logit(known.rate), np.log1p(known.met), age, layout.metadata])


def least(cell: np.ndarray, days: np.ndarray, size: int) -> np.ndarray:
    found = np.full(size, NEVER)
    np.minimum.at(found, cell, days)
    return found


RECENCY_AND_FREQUENCY = (
    *(f"actions {name}" for name in NAMES),
    *(f"days since action {name}" for name in NAMES),
    *(f"this {name}" for name in NAMES),
    *(f"days since this {name}" for name in NAMES),
)
"""The features of a plain model, which a good one is measured against."""
assert NAMES[TAKEN] == "TAKEN"
