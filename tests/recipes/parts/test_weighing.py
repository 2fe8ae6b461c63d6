"""Groups of what is known beside the transformer stay where they pay, and go where they do not."""

from dataclasses import replace

import numpy as np
import pytest

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
        [Neighbours(np.zeros((ITEMS, 1), np.int32), np.zeros((ITEMS, 1), np.float32), 0.8)],
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


def after(*steps: int) -> Neighbours:
    """Each item is followed by those so many places on, modulo their number, the first of them most strongly."""
    items = (np.arange(ITEMS)[:, None] + steps) % ITEMS
    return Neighbours(items.astype(np.int32), np.tile(np.geomspace(1, 0.5, len(steps)), (ITEMS, 1)).astype("f4"), 0.5)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_table_that_foretells_best_is_taken_wherever_it_stands(place: int) -> None:
    """Everybody goes on by two items, so that the one that says so is right, and the next best has it among others."""
    rng = np.random.default_rng(1)
    histories = (rng.integers(0, ITEMS, (1_200, 1)) + 2 * np.arange(9)) % ITEMS
    held = hold_out(training_set(histories.tolist(), ITEMS), 0)
    usual = weighing()
    states = rng.standard_normal((len(held.users), SIZE)).astype(np.float32)
    tables = [after(1), after(3, 2)]
    tables.insert(place, after(2))
    weighed = replace(usual, held=held, states=states, successors=tables).decide()
    assert weighed.neighbours is tables[place]
    assert weighed.ndcg > 0.8
