"""Pooled dropout: the right share, the right mean, and nothing at all when the net is not training."""

import torch

from penchant.recipes.parts import dropout
from penchant.recipes.parts.dropout import PooledDropout


def test_drops_its_share_and_keeps_the_mean() -> None:
    x = torch.ones(400, 500)
    dropped = PooledDropout(0.4, seed=0)(x)
    assert abs((dropped == 0).float().mean().item() - 0.4) < 0.01
    assert abs(dropped.mean().item() - 1) < 0.02


def test_masks_differ_between_calls() -> None:
    layer = PooledDropout(0.5, seed=0)
    assert not torch.equal(layer(torch.ones(1000)), layer(torch.ones(1000)))


def test_larger_than_the_pool() -> None:
    layer = PooledDropout(0.5, seed=0)
    assert layer(torch.ones(dropout.POOL + 5)).shape == (dropout.POOL + 5,)


def test_nothing_is_dropped_in_use() -> None:
    x = torch.randn(10, 10)
    assert PooledDropout(0.5, seed=0).eval()(x) is x
