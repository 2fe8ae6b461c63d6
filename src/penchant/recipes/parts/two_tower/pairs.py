"""Pairs of items that the same person took soon after one another: what the two towers learn to bring together."""

from collections.abc import Iterator

import numpy as np

from penchant.lake.training_set import TrainingSet

WINDOW = 5
"""Events apart, at most. A pair so many apart is drawn with a chance in proportion to 1 / distance."""


class Pairs:
    def __init__(self, data: TrainingSet) -> None:
        lengths = np.diff(data.offsets)
        place = np.arange(len(data.item)) - np.repeat(data.offsets[:-1], lengths)
        self.item, self.weight = data.item, data.weight
        self.later = np.flatnonzero(place > 0)
        """Events that have one before them."""
        self.place = place[self.later]

    def __len__(self) -> int:
        """Events that an epoch reads."""
        return len(self.later)

    def epoch(self, size: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Of every event a pair with one before it, shuffled, in batches of about `size`: codes (B,) of the earlier and
        of the later item, and the weight (B,) of the later event. Pairs of an item with itself are left out."""
        chances = np.cumsum(1 / np.arange(1, WINDOW + 1))
        most = np.minimum(self.place, WINDOW)
        lag = 1 + np.searchsorted(chances, rng.random(len(most)) * chances[most - 1], side="right")
        lag = np.minimum(lag, most)
        order = rng.permutation(len(most))
        later = self.later[order]
        earlier = later - lag[order]
        apart = self.item[earlier] != self.item[later]
        earlier, later = earlier[apart], later[apart]
        for start in range(0, len(later), size):
            of, to = earlier[start : start + size], later[start : start + size]
            yield self.item[of], self.item[to], self.weight[to]
