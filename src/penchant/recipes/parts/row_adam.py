"""Adam for an embedding table of which a step touches few rows (imports torch).

Rows that a step does not touch keep their moments as they are ("lazy" Adam): a dense step over the whole table would
cost more than the transformer.
"""

import torch

FIRST, SECOND, EPSILON = 0.9, 0.98, 1e-8


class RowAdam:
    """The table and its moments. Kingma & Ba 2015 on the given rows only."""

    def __init__(self, table: torch.Tensor) -> None:
        self.table = table
        self.first = torch.zeros_like(table)
        self.second = torch.zeros_like(table)
        self.steps = 0

    @torch.no_grad()
    def step(self, rows: torch.Tensor, gradient: torch.Tensor, learning_rate: float) -> None:
        """Moves `rows` (n,) of the table, all distinct, against `gradient` (n, d)."""
        self.steps += 1
        first = self.first[rows].mul_(FIRST).add_(gradient, alpha=1 - FIRST)
        second = self.second[rows].mul_(SECOND).addcmul_(gradient, gradient, value=1 - SECOND)
        self.first[rows] = first
        self.second[rows] = second
        spread = second.div_(1 - SECOND**self.steps).sqrt_().add_(EPSILON)
        first.div_(1 - FIRST**self.steps).div_(spread)
        self.table.index_add_(0, rows, first, alpha=-learning_rate)
