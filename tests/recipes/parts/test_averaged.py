"""Averages of weights: over the newest steps, in the place of the weights for a while, and those that did best."""

import math

import pytest
import torch

from penchant.recipes.parts.averaged import Averaged


def stepped(steps: int) -> tuple[torch.Tensor, Averaged]:
    """A weight that is as large as the step it was made in."""
    weight = torch.zeros(2)
    averaged = Averaged([weight])
    for step in range(1, steps + 1):
        weight.fill_(step)
        averaged.add()
    return weight, averaged


def test_the_start_is_forgotten_at_once() -> None:
    assert stepped(1)[1].mean[0].tolist() == [1, 1]


@pytest.mark.parametrize("steps", [40, 400])
def test_the_newest_steps_weigh_most_however_many_there_were(steps: int) -> None:
    # As the square of their age from the start, so that three quarters of the way are the mean.
    assert stepped(steps)[1].mean[0][0] == pytest.approx(0.75 * steps, rel=0.02)


def test_averages_are_worn_for_a_while_only() -> None:
    weight, averaged = stepped(100)
    mean = averaged.mean[0].clone()
    with pytest.raises(KeyError), averaged.worn():
        assert torch.equal(weight, mean)
        raise KeyError
    assert weight.tolist() == [100, 100]
    assert torch.equal(averaged.mean[0], mean)


def test_the_best_are_kept_and_come_back() -> None:
    weight, averaged = stepped(10)
    best = averaged.mean[0].clone()
    averaged.judge(0, 3.0)
    for epoch, loss in ((1, 3.0), (2, 4.0), (3, math.inf), (4, math.nan)):
        weight.fill_(50)
        averaged.add()
        averaged.judge(epoch, loss)
    assert averaged.vain(5) == 4
    assert not torch.equal(averaged.mean[0], best)
    averaged.settle()
    assert torch.equal(weight, best)


def test_where_no_loss_is_a_number_the_newest_averages_are_taken() -> None:
    weight, averaged = stepped(10)
    averaged.judge(0, math.nan)
    assert averaged.vain(8) == 0
    averaged.settle()
    assert torch.equal(weight, averaged.mean[0]) and weight[0] < 10
