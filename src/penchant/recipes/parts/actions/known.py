"""What is known of each action at a moment: how often it is taken, by whom, and whether that is enough for a score."""

from dataclasses import dataclass

import numpy as np

from penchant.lake.action_set import TAKEN
from penchant.recipes.parts.actions.layout import Layout
from penchant.recipes.parts.actions.past import EVER, Events, Past

DAY = 86_400
WINDOW = 42 * DAY
"""Amazon's six weeks: an action has a score if, in so long before the newest event with any action,"""
LEAST_TAKEN, LEAST_OTHER = 50, 50
"""it has so many TAKEN, and so many NOT_TAKEN or VIEWED."""
LIKE_IT, ITSELF, BY_WORD = 10.0, 20.0, 10.0
"""People that a prior counts for: of the rate of all for that of actions like one, of theirs for its own, and of its
own for that among users with a word."""
RANK = 16
"""Dimensions of items and of tastes."""
NEWEST_ITEMS = 50
"""Of a person, that make the taste."""
MOST_EVENTS = 3_000_000
"""Newest item events that vectors of items are made from."""


@dataclass(frozen=True)
class Known:
    layout: Layout
    at: int
    """Seconds since the epoch of the newest event."""
    item_vectors: np.ndarray
    """(I, R) float32. Only products of two of them mean anything."""
    rate: np.ndarray
    """(A,) float64: the share of the people who met an action lately and took it, drawn to that of actions like it, and
    that to the rate of all: where little is known of an action, little is said of it."""
    met: np.ndarray
    """(A,) float64: people."""
    scored: np.ndarray
    """(A,) bool: Amazon's rule."""
    lift: np.ndarray
    """(A, words) float32: by how much a word of the user moves the log-odds of the rate."""
    taste: np.ndarray
    """(A, R) float32: how those who took an action differ in taste from those who met it."""

    @staticmethod
    def of(layout: Layout, past: Past, item_count: int, item_vectors: np.ndarray | None = None) -> "Known":
        """At the newest event, of everything that `past` holds. SciPy and scikit-learn are imported
        where `item_vectors` are not given."""
        if item_vectors is None:
            item_vectors = vectors(past.items, len(past), item_count)
        actions = len(layout.value)
        events = past.actions
        newest = int(events.time.max(initial=0))
        lately = events.between(newest - WINDOW, newest)
        enough = np.bincount(lately.what[lately.type == TAKEN], minlength=actions) >= LEAST_TAKEN
        enough &= np.bincount(lately.what[lately.type != TAKEN], minlength=actions) >= LEAST_OTHER
        person, action, took = pairs(lately, actions)
        met = np.bincount(action, minlength=actions).astype(np.float64)
        taken = np.bincount(action, took, actions)
        rate = shrunk(met, taken, layout.similar)
        tastes = tastes_of(past.items, item_vectors)
        taste = np.zeros((actions, item_vectors.shape[1]))
        for at in range(item_vectors.shape[1]):
            of_met = np.bincount(action, tastes[person, at], actions) / (met + ITSELF)
            of_takers = np.bincount(action, tastes[person, at] * took, actions) / (taken + ITSELF)
            taste[:, at] = of_takers - of_met
        return Known(
            layout,
            max(newest, int(past.items.time.max(initial=0))),
            item_vectors,
            rate,
            met,
            enough,
            lifts(past, person, action, took, rate, len(layout.words)),
            taste.astype(np.float32),
        )


def pairs(events: Events, actions: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Person, action, and 1.0 where it was taken, of each two that met in these events."""
    key, inverse = np.unique(events.person * actions + events.what, return_inverse=True)
    took = np.zeros(len(key))
    took[inverse[events.type == TAKEN]] = 1
    person, action = np.divmod(key, max(1, actions))
    return person, action, took


def shrunk(met: np.ndarray, taken: np.ndarray, similar: np.ndarray) -> np.ndarray:
    everywhere = (taken.sum() + 1) / (met.sum() + 2)
    others = (similar @ taken + LIKE_IT * everywhere) / (similar @ met + LIKE_IT)
    return (taken + ITSELF * others) / (met + ITSELF)


def lifts(
    past: Past, person: np.ndarray, action: np.ndarray, took: np.ndarray, rate: np.ndarray, words: int
) -> np.ndarray:
    counts = np.diff(past.word_offsets)[person]
    total = np.concatenate([[0], np.cumsum(counts)])
    places = np.arange(total[-1]) + np.repeat(past.word_offsets[:-1][person] - total[:-1], counts)
    cell = np.repeat(action, counts) * words + past.word[places]
    size = (len(rate), words)
    met = np.bincount(cell, minlength=len(rate) * words).reshape(size)
    taken = np.bincount(cell, np.repeat(took, counts), len(rate) * words).reshape(size)
    of_word = (taken + BY_WORD * rate[:, None]) / (met + BY_WORD)
    return (logit(of_word) - logit(rate)[:, None]).astype(np.float32)


def logit(share: np.ndarray) -> np.ndarray:
    return np.log(share) - np.log1p(-share)


def vectors(items: Events, people: int, item_count: int) -> np.ndarray:
    """(I, R) float32: the right singular vectors of who touched what. An item that nobody touched is at the origin."""
    from scipy.sparse import csr_matrix
    from sklearn.utils.extmath import randomized_svd

    rank = min(RANK, people, item_count)
    if rank < 2 or not len(items.what):
        return np.zeros((item_count, 1), np.float32)
    after = np.partition(items.time, -MOST_EVENTS)[-MOST_EVENTS] - 1 if len(items.time) > MOST_EVENTS else EVER
    items = items.between(after, np.iinfo(np.int64).max)
    counts = np.bincount(items.what, minlength=item_count)
    table = csr_matrix((1 / np.sqrt(counts[items.what]), (items.person, items.what)), (people, item_count))
    found = randomized_svd(table, rank, n_iter=2, random_state=0)[2].T
    # A rare item is found in few rows, and is as short as these are few; its direction is what matters.
    return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def tastes_of(items: Events, item_vectors: np.ndarray) -> np.ndarray:
    """(n, R) float64 of length 1, or 0 without a known item: the mean of the newest items of each person."""
    age = np.repeat(items.offsets[1:], np.diff(items.offsets)) - np.arange(len(items.what))  # 1 for the newest
    kept = (age <= NEWEST_ITEMS) & (items.what >= 0)
    person, item, count = items.person[kept], items.what[kept], len(items.offsets) - 1
    total = np.stack([np.bincount(person, axis[item], count) for axis in item_vectors.T.astype(np.float64)], axis=1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
