"""Groups of what is known beside the transformer stay where they pay, and go where they do not."""

import numpy as np

from penchant.recipes.parts.hold_out import hold_out
from penchant.recipes.parts.neighbours import Neighbours
from penchant.recipes.parts.weighing import Weighing
from tests.recipes.contract import training_set

ITEMS, SIZE = 30, 30


def weighing(**added: float) -> Weighing:
    """Vectors of items are axes; each group points to the truth, times a number, beside noise."""
    rng = np.random.default_rng(0)
    data = training_set(rng.integers(0, ITEMS, (1_200, 9)).tolist(), ITEMS)
    held = hold_out(data, 0)
    truths = np.zeros((len(held.users), SIZE), np.float32)
    truths[np.arange(len(truths)), held.following] = 1
    return Weighing(
        held,
        rng.standard_normal(truths.shape).astype(np.float32),
        {
            name: (share * truths + rng.standard_normal(truths.shape)).astype(np.float32)
            for name, share in added.items()
        },
        np.eye(ITEMS, dtype=np.float32),
        Neighbours(np.zeros((ITEMS, 1), np.int32), np.zeros((ITEMS, 1), np.float32), 0.8),
        None,
        lambda: None,
    )


def test_what_pays_stays() -> None:
    weighed = weighing(right=3.0).decide()
    assert weighed.groups == ("right",)
    assert weighed.ndcg > weighing().decide().ndcg + 0.1


def test_what_leads_astray_goes() -> None:
    weighed = weighing(right=3.0, astray=-3.0).decide()
    assert weighed.groups == ("right",)


def test_there_may_be_none() -> None:
    assert weighing().decide().groups == ()
