"""From a person's scores to a list: filter, exploration, promotion, in this order, with what each stage did."""

from math import ceil

import msgspec
import numpy as np

from . import exploration
from .allowed import All, Allowed, Without
from .exploration import Explored, Ground
from .scored import Scored

PROMOTED, EXPLORED = "Promoted item", "Exploration"
"""Amazon's words for `reason`."""


class Exploring(msgspec.Struct, frozen=True):
    """How an answer explores."""

    ground: Ground
    seed: int
    weight: float | None
    """explorationWeight; None where the service manages it."""


class Promotion(msgspec.Struct, frozen=True):
    name: str
    percent: int
    allowed: Allowed | None
    """What may be promoted. The filter of the request has no say in it."""
    seed: int
    """Of the places."""

    def count(self, n: int) -> int:
        """Of `n` places. Amazon does not say how it rounds."""
        return ceil(self.percent * n / 100)


class Wanted(msgspec.Struct, frozen=True):
    """A list that is asked for."""

    n: int
    items: int
    """Of the model; rows of the catalogue from there on are items that it does not know."""
    rows: int
    """Of the catalogue."""
    allowed: Allowed | None = None
    exploring: Exploring | None = None
    promotion: Promotion | None = None


class Chosen(msgspec.Struct, frozen=True):
    """A list, by row of the catalogue, best first."""

    rows: np.ndarray
    """(m,) int64, m <= n."""
    explored: np.ndarray
    """(m,) bool: there by exploration only."""
    promoted: np.ndarray
    """(m,) bool."""
    propensities: np.ndarray | None
    """(m,) float32 probability of each row to be in this person's list; None: each is 1."""


def choose(scored: Scored, wanted: Wanted) -> Chosen:
    promoted = promoted_rows(scored, wanted)
    n, allowed = wanted.n - len(promoted), wanted.allowed
    if len(promoted):
        rest = Without(np.sort(promoted), wanted.rows)
        allowed = rest if allowed is None else All((allowed, rest))
    found = explored_list(scored, n, allowed, wanted)
    if wanted.promotion is None or not len(promoted):
        return Chosen(found.rows, found.explored, np.zeros(len(found.rows), bool), found.propensities)
    size = len(promoted) + len(found.rows)
    places = np.zeros(size, bool)
    drawn = np.random.default_rng(wanted.promotion.seed).choice(size, len(promoted), replace=False)
    places[drawn] = True
    return Chosen(
        mixed(places, promoted, found.rows),
        mixed(places, np.zeros(len(promoted), bool), found.explored),
        places,
        None if found.propensities is None else mixed(places, np.ones(len(promoted), np.float32), found.propensities),
    )


def promoted_rows(scored: Scored, wanted: Wanted) -> np.ndarray:
    """Items that the model does not know yet come behind those that it can tell apart."""
    promotion = wanted.promotion
    if promotion is None:
        return np.empty(0, np.int64)
    count = promotion.count(wanted.n)
    rows = scored.best(count, promotion.allowed)
    if len(rows) < count and wanted.rows > wanted.items:
        later = np.arange(wanted.items, wanted.rows)
        if promotion.allowed is not None:
            later = later[promotion.allowed.among(later)]
        rows = np.concatenate([rows, later[: count - len(rows)]])
    return rows


def explored_list(scored: Scored, n: int, allowed: Allowed | None, wanted: Wanted) -> Explored:
    exploring = wanted.exploring
    if exploring is None or not len(exploring.ground.rows):
        rows = scored.best(n, allowed)
        return Explored(rows, np.zeros(len(rows), bool), None)
    ground = exploring.ground
    asked = exploring.weight is not None or exploration.has_its_turn(n, exploring.seed)
    # Of the lists where the service explores, one in forty does: the filter is not asked for the others.
    may = np.ones(len(ground.rows), bool) if allowed is None or not asked else allowed.among(ground.rows)
    if exploring.weight is None:
        return exploration.managed(ground, scored.best(n, allowed), may, n, exploring.seed)
    plain = scored.best(n + exploration.margin(n, exploring.weight), allowed)
    return exploration.configured(
        ground, plain, scored.of(plain), scored.of(ground.asked), may, n, exploring.weight, exploring.seed
    )


def mixed(places: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """One array with the values of `inside` where `places` is true, and those of `outside` elsewhere."""
    whole = np.empty(len(places), outside.dtype)
    whole[places], whole[~places] = inside, outside
    return whole
