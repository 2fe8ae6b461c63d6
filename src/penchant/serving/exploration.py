"""Exploration: now and then an item that little is known of takes a place in a list. Pure functions over arrays.

What does not depend on the person (which items are eligible, how uncertain each is) is `Ground`, computed when counts
are refreshed and never during a request. What chance decides is the same for a person for an hour, so that a page that
is loaded again is the same page.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from math import ceil, isfinite

import msgspec
import numpy as np

from ..filters import Words

ELIGIBLE = 512
"""Items of a model that are eligible at a time: the most uncertain, and the newer of two alike. What is shown and not
taken makes way for the next."""
TAKING_PART = 128
"""Of those that a request allows, so many take part for a person and an hour, each as often as another. A list has room
for a few, and more would only take time."""
SMALLEST_UNIT = 1e-6
"""Scores that differ by less are equal."""
SAMPLE = 128
"""Items of the catalogue whose scores tell what a person's ordinary score is."""
DRAWS = 100
"""Of the Monte-Carlo estimate of propensities."""
PRIOR_STRENGTH = 10.0
"""What is assumed of an item before it was shown weighs as much as so many impressions, where the catalogue cannot say:
it has no impressions, or too few to tell items apart."""
STRONGEST_PRIOR = 1_000.0
MANAGED_SHARE = 0.001
"""Of the places of all lists, where the service manages exploration: about 0.1 % (AWS's cheat sheet)."""
MANAGED_AGE_DAYS = 30.0
DAY = 86_400
HOUR = 3600
NORMALS = 1 << 17
"""Kept normal draws (512 KiB). To make new ones would be most of the work of a request."""


@dataclass(frozen=True)
class Ground:
    """Get one with `Ground.of`."""

    rows: np.ndarray
    """(E,) int64 rows of the live catalogue, ascending: what may be explored. Those the model does not know come last.
    At most `ELIGIBLE`."""
    sigma: np.ndarray
    """(E,) float32 in [0, 1]: how little is known of each; 1 for an item that was never shown nor taken."""
    known: int
    """So many of the rows are items of the model."""
    sample: np.ndarray
    """(S,) int64 items of the model, evenly spaced over its catalogue."""

    @staticmethod
    def of(
        created: np.ndarray,
        impressions: np.ndarray,
        clicks: np.ndarray,
        latest: int,
        known: int,
        age_days: float = MANAGED_AGE_DAYS,
    ) -> "Ground":
        """`created`, `impressions`, `clicks` are (rows,) by row of the live catalogue, of which the first `known` are
        the model's. Eligible is what was created at most `age_days` before `latest`, the dataset's newest event (not
        before now: data from last year has its new items too). Times are seconds since the epoch.
        """
        young = np.flatnonzero(created >= latest - age_days * DAY)
        sigma = uncertainty(impressions, clicks)[young]
        most = np.lexsort((young, -created[young], -sigma))[:ELIGIBLE]
        most = most[np.argsort(young[most])]
        rows = young[most].astype(np.int64)
        sample = np.unique(np.linspace(0, known - 1, min(known, SAMPLE)).astype(np.int64))
        return Ground(rows, sigma[most].astype(np.float32), int(np.searchsorted(rows, known)), sample)

    def moved(self, before: Words, after: Words) -> "Ground":
        """For another catalogue of the same model, in which items that the model does not know have other rows, or
        none. `before` and `after` are the ids of the rows of both."""
        places = after.codes([before[row] for row in self.rows[self.known :].tolist()])
        here = [(row, self.known + at) for at, row in enumerate(places) if row is not None]
        later = np.array(sorted(here), np.int64).reshape(-1, 2)
        rows = np.concatenate([self.rows[: self.known], later[:, 0]])
        return Ground(
            rows, np.concatenate([self.sigma[: self.known], self.sigma[later[:, 1]]]), self.known, self.sample
        )

    @cached_property
    def asked(self) -> np.ndarray:
        """Items of the model whose raw scores `configured` needs of a person."""
        return np.concatenate([self.rows[: self.known], self.sample])

    @cached_property
    def places(self) -> np.ndarray:
        """(E,) int64 into the kept normal draws: an item's own, whichever others are eligible."""
        return (self.rows * 0x9E3779B1 >> 15) % NORMALS


class Explored(msgspec.Struct, frozen=True):
    """A list after exploration."""

    rows: np.ndarray
    """(<= n,) int64, the best first."""
    explored: np.ndarray
    """(<= n,) bool: in the list by exploration only."""
    propensities: np.ndarray | None
    """(<= n,) float32: the probability of each row to be in this person's list, over the hours. None: each is 1.
    Where more is eligible than takes part at a time, that of rows from the plain list is given those that do."""


def seed(user_id: str, moment: float, model: str) -> int:
    """For `configured` and `managed`: the same for a person and a model for an hour. `moment` in seconds, `model` any
    name of it. 64 bits."""
    told = f"{int(moment // HOUR)}\0{model}\0{user_id}".encode()
    return int.from_bytes(blake2b(told, digest_size=8).digest(), "little")


def uncertainty(impressions: np.ndarray, clicks: np.ndarray) -> np.ndarray:
    """(N,) in [0, 1]: the standard deviation of each item's posterior rate of clicks, as a share of the prior's.

    An item shown m times and taken k times has the posterior Beta(p s + k, (1 - p) s + n - k) with n = max(m, k), as
    whoever took an item has seen it. The mean p and the strength s of the prior are those of the catalogue (empirical
    Bayes by moments: Kleinman 1973, "Proportions with extraneous variance", JASA 68), because to a uniform prior every
    new item looks better than all that are known. Without impressions there is no rate, and only how often an item was
    taken counts.
    """
    clicks = clicks.astype(np.float64)
    shown = np.maximum(impressions, clicks)
    mean, strength = prior(impressions.astype(np.float64), clicks)
    variance = 1 / (strength + shown + 1)
    prior_variance = 1 / (strength + 1)
    if 0 < mean < 1:
        rate = (mean * strength + clicks) / (strength + shown)
        variance *= rate * (1 - rate)
        prior_variance *= mean * (1 - mean)
    return np.minimum(np.sqrt(variance / prior_variance), 1)


def prior(impressions: np.ndarray, clicks: np.ndarray) -> tuple[float, float]:
    """Mean and strength (in impressions) of the rate of clicks over a catalogue; a mean of 0 or 1 says nothing."""
    shown = impressions > 0
    m = impressions[shown]
    k = np.minimum(clicks[shown], m)
    total = m.sum()
    if not total:
        return 0.0, PRIOR_STRENGTH
    p, count = k.sum() / total, len(m)
    within = p * (1 - p)
    room = total - (m * m).sum() / total - (count - 1)
    if within == 0 or room <= 0:
        return float(p), PRIOR_STRENGTH
    between = ((m * (k / m - p) ** 2).sum() - within * (count - 1)) / (within * room)
    # 1 / (s + 1); nothing between the items says that all are alike, too much that the prior is worth nothing.
    return float(p), float(1 / np.clip(between, 1 / (STRONGEST_PRIOR + 1), 0.5) - 1)


def configured(
    ground: Ground,
    plain: np.ndarray,
    plain_scores: np.ndarray,
    scores: np.ndarray,
    allowed: np.ndarray,
    n: int,
    weight: float,
    seed: int,
) -> Explored:
    """A list of `n` by explorationWeight, of aws-user-personalization and the use cases that take the same setting.

    `plain` are the person's best codes without exploration, `margin(n, weight)` more than `n` where there are more,
    with raw `plain_scores`; `scores` are those of `ground.asked`; `allowed` is (E,) bool over `ground.rows`: what the
    request's filters let through. Weight 0 is the plain list.

    An eligible item i has the score z + sqrt(weight) * sigma_i * e, with e ~ N(0, 1) its own for the person and the
    hour: Thompson sampling from a posterior whose variance is scaled by the weight. z is 0 for the score of the plain
    list's last place and -1 for the median of the catalogue, so that an item of which nothing is known (the model does
    not even score it, and it has that median) needs one standard deviation at weight 1. Of eligible items from outside
    the plain list at most `cap(n, weight)` get in.
    """
    joining = np.flatnonzero(allowed & (ground.sigma > 0))
    if weight <= 0 or n <= 0 or not len(joining):
        return Explored(plain[:n], np.zeros(len(plain[:n]), bool), None)
    turn = 1.0
    if len(joining) > TAKING_PART:
        turn = TAKING_PART / len(joining)
        joining = joining[(seed // NORMALS + np.arange(TAKING_PART)) % len(joining)]
    middle = median(scores[ground.known :]) if len(ground.sample) else 0.0
    own = np.full(len(ground.rows), middle, np.float32)
    own[: ground.known] = scores[: ground.known]
    last = float(plain_scores[:n][-1]) if len(plain) else middle
    unit = unit_of(last - middle, plain_scores)

    rows, ranked = ground.rows[joining], plain.tolist()
    inside = {code: place for place, code in enumerate(ranked[:n])}
    within = [(at, inside[row]) for at, row in enumerate(rows.tolist()) if row in inside]
    at, places = np.array(within, np.int64).reshape(-1, 2).T
    joins = set(rows.tolist())
    fixed = np.array(
        [*range(len(inside)), *(at for at, code in enumerate(ranked) if at >= n and code not in joins)], int
    )
    from_outside = np.ones(len(rows), bool)
    from_outside[at] = False
    order = np.concatenate([at, np.flatnonzero(from_outside)])  # those of the list first
    policy = Policy(
        listed=(plain_scores[fixed] - last) / unit,
        places=places,
        others=(own[joining][order[len(at) :]] - last) / unit,
        reach=(np.sqrt(weight) * ground.sigma[joining][order]).astype(np.float32),
        n=n,
        most=cap(n, weight),
    )
    candidates = np.concatenate([plain[fixed], rows[order[len(at) :]]])
    kept = normals()
    noise = kept[(ground.places[joining][order] + seed % NORMALS) % NORMALS]
    listed, others = (scores[0] for scores in policy.scores(noise[None]))
    best_others = np.argsort(-others, kind="stable")[: policy.most]
    drawn = np.concatenate([listed, others[best_others]])
    best = np.concatenate([np.arange(len(listed)), len(listed) + best_others])[np.argsort(-drawn, kind="stable")[:n]]
    start = (seed >> 32) % (NORMALS - len(rows) * DRAWS)
    included = policy.included(kept[start : start + len(rows) * DRAWS].reshape(DRAWS, len(rows)))
    explored = best >= len(fixed)
    # What is shown has happened at least once, and must not have been impossible.
    propensities = np.maximum(included[best], 1 / DRAWS) * np.where(explored, turn, 1)
    return Explored(candidates[best], explored, propensities.astype(np.float32))


def cap(n: int, weight: float) -> int:
    """Places of a list of `n` that exploration takes at most."""
    return ceil(weight * n / 2)


def margin(n: int, weight: float) -> int:
    """Items beyond `n` that may move up in the plain list, where chance lets an eligible one of it fall."""
    return cap(n, weight)


def unit_of(gap: float, scores: np.ndarray) -> float:
    """From the median to the list; where the list is no better than that, the spread within it."""
    if isfinite(gap) and gap > SMALLEST_UNIT:
        return gap
    spread = float(np.std(scores)) if len(scores) else 0.0
    return spread if isfinite(spread) and spread > SMALLEST_UNIT else 1.0


def median(values: np.ndarray) -> float:
    """The upper one of two, in a tenth of the time of `numpy.median`."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


@dataclass(frozen=True)
class Policy:
    """A list of which chance decides a part. Scores are z of `configured`, float32."""

    listed: np.ndarray
    """(L,) of the plain list and what may move up into it."""
    places: np.ndarray
    """(P,) of those in it that chance moves."""
    others: np.ndarray
    """(O,) of eligible items from outside."""
    reach: np.ndarray
    """(P + O,): the standard deviations, of those in the list first."""
    n: int
    most: int
    """How many from outside may get in."""

    def scores(self, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(D, L) and (D, O) of each draw. `noise` is (D, P + O) standard normal."""
        listed, inside = np.repeat(self.listed[None], len(noise), axis=0), len(self.places)
        if inside:
            listed[:, self.places] += self.reach[:inside] * noise[:, :inside]
        return listed, self.others + self.reach[inside:] * noise[:, inside:]

    def included(self, noise: np.ndarray) -> np.ndarray:
        """(L + O,) the share of the draws in whose list each is."""
        listed, others = self.scores(noise)
        best = highest(others, min(self.most, others.shape[1]))
        together = np.concatenate([listed, best], axis=1)
        limit = highest(together, min(self.n, together.shape[1]))[:, :1]
        lowest = np.maximum(limit, best[:, :1]) if best.shape[1] else limit
        whole = np.concatenate([listed >= limit, others >= lowest], axis=1)
        return whole.sum(axis=0, dtype=np.int32) / len(noise)


def highest(values: np.ndarray, count: int) -> np.ndarray:
    """(D, count) the highest of each row, the least of them first."""
    if not count:
        return values[:, :0]
    least = values.shape[1] - count
    return np.partition(values, least, axis=1)[:, least:]


def managed(ground: Ground, plain: np.ndarray, allowed: np.ndarray, n: int, seed: int) -> Explored:
    """A list of `n` where the service manages exploration (aws-user-personalization-v2): each place goes with the
    probability `MANAGED_SHARE` to an eligible item that the list does not have, each as likely as another.

    `plain` are the person's best codes and `allowed` is as in `configured`. Propensities are those of
    a list that explores fewer items than are eligible; None where nothing is.
    """
    rows = plain[:n]
    explored = np.zeros(len(rows), bool)
    if not len(rows) or not allowed.any():
        return Explored(rows, explored, None)
    propensities = np.full(len(rows), 1 - MANAGED_SHARE, np.float32)
    if not has_its_turn(len(rows), seed):
        return Explored(rows, explored, propensities)
    left = np.setdiff1d(ground.rows[allowed], rows)
    rng = np.random.default_rng(seed)
    while not explored.any():  # as the list is one of those with such a place
        explored = rng.random(len(rows)) < MANAGED_SHARE
    explored &= np.cumsum(explored) <= len(left)
    rows = rows.copy()
    rows[explored] = rng.choice(left, explored.sum(), replace=False)
    propensities[explored] = min(len(rows) * MANAGED_SHARE / max(len(left), 1), 1)
    return Explored(rows, explored, propensities)


def has_its_turn(n: int, seed: int) -> bool:
    """Whether a list of `n` is one of the few in which `managed` explores."""
    return seed / 2**64 >= (1 - MANAGED_SHARE) ** n


@cache
def normals() -> np.ndarray:
    """(NORMALS,) float32 standard normal draws, the same in every process."""
    return np.random.default_rng(0).standard_normal(NORMALS, dtype=np.float32)
