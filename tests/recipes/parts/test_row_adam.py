"""Adam by rows: where every step touches every row it is Adam, and other rows stay where they are."""

import torch

from penchant.recipes.parts.row_adam import EPSILON, FIRST, SECOND, RowAdam


def test_is_adam_where_all_rows_are_touched() -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(5, 3, generator=generator)
    ours = RowAdam(start.clone())
    parameter = torch.nn.Parameter(start.clone())
    theirs = torch.optim.Adam([parameter], lr=0.01, betas=(FIRST, SECOND), eps=EPSILON)
    for _ in range(20):
        gradient = torch.randn(5, 3, generator=generator)
        parameter.grad = gradient.clone()
        theirs.step()
        ours.step(torch.arange(5), gradient, 0.01)
    torch.testing.assert_close(ours.table, parameter.detach())


def test_untouched_rows_do_not_move() -> None:
    adam = RowAdam(torch.zeros(4, 2))
    for _ in range(3):
        adam.step(torch.tensor([1, 3]), torch.ones(2, 2), 0.1)
    assert (adam.table[[0, 2]] == 0).all()
    assert (adam.table[[1, 3]] < 0).all()
