"""What a search may try: the hyperparameters that vary, within which bounds, and where it begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...recipes.base import Recipe
from ...recipes.parameters import number, params

Value = bool | int | float | str
Values = dict[str, Value]
DECIMALS = 4
"""Of numbers that are tried."""
WIDE = 100
"""From this ratio of its ends on, a range of positive numbers is searched by their logarithms."""
STARTS_AT_MOST = 8


@dataclass(frozen=True)
class Dimension:
    name: str
    low: int | float = 0
    high: int | float = 0
    words: tuple[Value, ...] = ()
    """The values of a category; none for a number."""

    @property
    def is_whole(self) -> bool:
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def is_wide(self) -> bool:
        return self.low > 0 and self.high / self.low >= WIDE

    def nearest(self, value: Value) -> Value:
        """The value itself where it may be tried."""
        if self.words:
            return value if value in self.words else self.words[0]
        assert not isinstance(value, str)
        rounded = round(value) if self.is_whole else round(float(value), DECIMALS)
        return min(max(rounded, self.low), self.high)

    def at(self, place: float) -> Value:
        """The value at a place from 0 to 1 of the range."""
        if self.words:
            return self.words[min(int(place * len(self.words)), len(self.words) - 1)]
        if self.is_wide:
            return self.nearest(float(self.low * (self.high / self.low) ** place))
        return self.nearest(float(self.low + place * (self.high - self.low)))


def space_of(recipe: type[Recipe], given: Mapping[str, Any], fixed: Mapping[str, str]) -> list[Dimension]:
    """The ranges of an hpoConfig; without any, those of everything tunable that has no fixed value."""
    asked = any(given.values())
    defaults: dict[str, Any] = {field.name: field.default for field in params(recipe)}
    kinds = given if asked else recipe.hyperparameter_ranges()
    found = []
    for kind, rows in kinds.items():
        for row in rows:
            name = row["name"]
            if not asked and (not row["isTunable"] or name in fixed):
                continue
            if kind.startswith("categorical"):
                found.append(Dimension(name, words=tuple(word(text, defaults[name]) for text in row["values"])))
            elif kind.startswith("integer"):
                found.append(Dimension(name, int(row["minValue"]), int(row["maxValue"])))
            else:
                found.append(Dimension(name, float(row["minValue"]), float(row["maxValue"])))
    return found


def word(text: str, default: Value) -> Value:
    return text.lower() == "true" if isinstance(default, bool) else text


def starts(recipe: Recipe, space: Sequence[Dimension], best_before: Mapping[str, str], jobs: int) -> list[Values]:
    """What is tried first, each once: the recipe as it is, what was best in the version before, the recipe's portfolio,
    and points that are spread evenly. What lies outside of a range is moved to its nearest end."""
    wanted = min(jobs, max(1, min(STARTS_AT_MOST, jobs // 2)))
    usual: Values = {each.name: getattr(recipe, each.name) for each in space}
    before = {each.name: read(best_before[each.name], usual[each.name]) for each in space if each.name in best_before}
    points = [usual, *([{**usual, **before}] if before else []), *({**usual, **part} for part in recipe.portfolio)]
    found: list[Values] = []
    for point in (*points, *spread(space, wanted)):
        values = {each.name: each.nearest(point[each.name]) for each in space}
        if values not in found:
            found.append(values)
    return found[:wanted]


def read(text: str, default: Value) -> Value:
    """A value of the kind of its default, as the API writes it."""
    if isinstance(default, bool | str):
        return word(text, default)
    return number(text, type(default))


def spread(space: Sequence[Dimension], count: int) -> list[Values]:
    """Points of a Halton sequence, the same ones every time."""
    from scipy.stats import qmc

    if not space:
        return []
    places: np.ndarray = qmc.Halton(len(space), scramble=False).random(count + 1)[1:]  # the first is all zeros
    return [{each.name: each.at(float(place)) for each, place in zip(space, row, strict=True)} for row in places]
