"""Weights averaged over the newer steps of a training, and those averages that did best so far (imports torch).

On few events the newest weights go back and forth, and from some epoch on they learn the events by heart. An average
weighs the newest steps most and forgets the first ones, with no length of its own (polynomial-decay averaging, Shamir &
Zhang, ICML 2013); it is as quiet as weights at the end of a falling learning rate, so that a training may end anywhere.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

NEWEST = 2.0
"""The average is over about the newest 1 / (NEWEST + 1) of all steps."""


class Averaged:
    """Of each step `add`, at the end of each epoch `judge`, and at the end of all `settle`."""

    def __init__(self, weights: Sequence[torch.Tensor]) -> None:
        """`weights` are those that are trained, changed in place."""
        self.weights = [weight.detach() for weight in weights]
        self.mean = [weight.clone() for weight in self.weights]
        self.best = [weight.clone() for weight in self.weights]
        self.steps = 0
        self.lowest: float | None = None
        """The loss of the best; None while none was judged."""
        self.epoch = 0
        """From which they are."""

    @torch.no_grad()
    def add(self) -> None:
        """A step was made."""
        self.steps += 1
        share = min(1.0, (NEWEST + 1) / (self.steps + NEWEST))
        for mean, weight in zip(self.mean, self.weights, strict=True):
            mean.lerp_(weight, share)

    @contextmanager
    def worn(self) -> Iterator[None]:
        """The averages stand in the place of the weights for a while."""
        own = [weight.clone() for weight in self.weights]
        put(self.mean, self.weights)
        try:
            yield
        finally:
            put(own, self.weights)

    def judge(self, epoch: int, loss: float) -> None:
        """The loss of the averages after the epochs 0 to `epoch`; one that is no number is never the lowest."""
        if not math.isfinite(loss) or (self.lowest is not None and loss >= self.lowest):
            return
        self.lowest, self.epoch = loss, epoch
        put(self.mean, self.best)

    def vain(self, epochs: int) -> int:
        """Of so many epochs, those since the best; 0 while none was judged."""
        return 0 if self.lowest is None else epochs - 1 - self.epoch

    def settle(self) -> None:
        """The best averages become the weights, or the newest where none was judged."""
        put(self.mean if self.lowest is None else self.best, self.weights)


@torch.no_grad()
def put(given: Sequence[torch.Tensor], into: Sequence[torch.Tensor]) -> None:
    for place, value in zip(into, given, strict=True):
        place.copy_(value)
