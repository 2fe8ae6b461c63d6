import numpy as np

from penchant.serving.allowed import Without
from penchant.serving.choosing import Exploring, Promotion, Wanted, choose
from penchant.serving.exploration import Ground
from penchant.serving.scored import Row
from tests.serving.test_scored import Marked

SIZE = 50
SCORES = -np.arange(SIZE, dtype=np.float32)


def marked(*rows: int) -> Marked:
    mask = np.zeros(SIZE + 2, bool)
    mask[list(rows)] = True
    return Marked(mask)


def test_the_plain_list():
    found = choose(Row(SCORES.copy()), Wanted(5, SIZE, SIZE, Without(np.array([1]), SIZE)))
    assert found.rows.tolist() == [0, 2, 3, 4, 5]
    assert not found.explored.any()
    assert not found.promoted.any()
    assert found.propensities is None


def test_promoted_items_have_their_share_and_are_not_there_twice():
    orders = set()
    for seed in range(30):
        promotion = Promotion("p", 25, marked(0, 1, 40, 41), seed)
        found = choose(Row(SCORES.copy()), Wanted(10, SIZE, SIZE, None, None, promotion))
        assert found.rows[found.promoted].tolist() == [0, 1, 40]  # 2.5 is 3
        assert found.rows[~found.promoted].tolist() == [2, 3, 4, 5, 6, 7, 8]
        orders.add(tuple(found.promoted.tolist()))
    assert len(orders) > 15


def test_items_that_came_later_are_promoted_behind_the_others():
    promotion = Promotion("p", 100, marked(7, SIZE + 1), 0)
    found = choose(Row(SCORES.copy()), Wanted(4, SIZE, SIZE + 2, None, None, promotion))
    assert found.rows[found.promoted].tolist() == [7, SIZE + 1]
    assert len(found.rows) == 4


def test_the_filter_holds_for_explored_items_too():
    ground = Ground.of(np.full(SIZE, 100), np.zeros(SIZE), np.zeros(SIZE), 100, SIZE)
    explored: set[int] = set()
    for seed in range(200):
        wanted = Wanted(4, SIZE, SIZE, Without(np.arange(30, 50), SIZE), Exploring(ground, seed << 20, 1.0))
        found = choose(Row(SCORES.copy()), wanted)
        assert len(set(found.rows.tolist())) == 4
        assert found.explored.sum() <= 2
        explored |= set(found.rows[found.explored].tolist())
    assert explored
    assert max(explored) < 30
