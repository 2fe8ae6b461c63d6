"""Histories cut into training batches of like length, so that hardly a token is padding."""

from collections.abc import Iterator

import numpy as np

LENGTH_NOISE = 0.15
"""Lengths are blurred by this share before sorting, so that an epoch does not always group the same people."""


class Histories:
    """What an epoch trains on: the newest `limit` + 1 events of each history of two or more events."""

    def __init__(self, offsets: np.ndarray, limit: int) -> None:
        lengths = np.diff(offsets)
        kept = lengths >= 2
        self.stop = offsets[1:][kept]
        self.tokens = np.minimum(lengths[kept] - 1, limit)
        """(S,) inputs of each sequence: all its events but the last."""

    def epoch(self, batch_tokens: int, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches in random order, each (B, T) int64 rows of the event arrays, and a (B, T) mask of real inputs.

        The target of row r is row r + 1. A batch has at most `batch_tokens` tokens, padding included, or one sequence.
        """
        blur = rng.random(len(self.tokens)) * (1 + LENGTH_NOISE * self.tokens)
        order = np.argsort(self.tokens + blur)
        cuts = [0]
        longest = 0
        for place, tokens in enumerate(self.tokens[order].tolist()):
            longest = max(longest, tokens)
            if longest * (place + 1 - cuts[-1]) > batch_tokens and place > cuts[-1]:
                cuts.append(place)
                longest = tokens
        batches = np.split(order, cuts[1:])
        for batch in rng.permutation(len(batches)):
            yield self._rows(batches[batch])

    def _rows(self, sequences: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        tokens = self.tokens[sequences]
        step = np.arange(tokens.max())
        real = step < tokens[:, None]
        first = self.stop[sequences] - 1 - tokens
        return np.where(real, first[:, None] + step, first[:, None]), real
