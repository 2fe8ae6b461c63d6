"""Weights of the parts of a score: found where the held-out events show them, left alone where they do not."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from penchant.recipes.parts.fusion import FADING, Case, Weights, choose, gains, log_flow, own_bonus

ITEMS, USERS = 50, 400
ONE = np.ones(1, np.float32)


def cases(seed: int, *, good: str) -> list[Case]:
    """Targets that one part of the score points to, while the others are noise."""
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((USERS, ITEMS)).astype(np.float32)
    neighbours = rng.standard_normal((USERS, ITEMS)).astype(np.float32)
    histories = [rng.choice(ITEMS, 5, replace=False) for _ in range(USERS)]
    targets = rng.integers(0, ITEMS, USERS)
    if good == "neighbours":
        targets = neighbours.argmax(axis=1)
    if good == "logits":
        targets = logits.argmax(axis=1)
    if good == "own":
        targets = np.array([rng.choice(history) for history in histories])
    if good == "others":
        targets = np.array([rng.choice(np.setdiff1d(np.arange(ITEMS), history)) for history in histories])
    if good == "recency":
        targets = np.minimum(rng.geometric(0.2, USERS) - 1, ITEMS - 1)
    half = USERS // 2
    return [
        Case(logits[part], neighbours[part], histories[part], [truth[None] for truth in targets[part]], [ONE] * half)
        for part in (slice(0, half), slice(half, USERS))
    ]


def chosen(good: str, recent: np.ndarray | None = None) -> Weights:
    made = cases(0, good=good)

    def again() -> Iterator[Case]:
        return iter(made)

    return choose(again, recent)[0]


def test_each_part_is_found() -> None:
    assert chosen("neighbours").neighbours > 1
    assert chosen("logits").neighbours < 0.5
    assert chosen("own").own > 0
    assert chosen("others").own < 0
    trend = np.log1p(100 * 0.8 ** np.arange(ITEMS))
    assert chosen("recency", trend).recency > 0.5


def test_noise_leaves_the_defaults() -> None:
    trend = np.random.default_rng(1).random(ITEMS)
    assert chosen("logits", trend).recency == 0
    assert chosen("recency", None).recency == 0


def test_several_truths_are_gained_from_together() -> None:
    """Of two items, one is first and one is beyond the cutoff: half of the gain but for the discount."""
    logits = np.zeros((1, 60), np.float32)
    logits[0, :30] = np.arange(60, 30, -1)
    case = Case(logits, np.zeros((1, 60), np.float32), [np.array([59])], [np.array([0, 29])], [np.ones(2, np.float32)])
    assert gains(case, [Weights()], None)[0, 0] == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_a_truth_gains_what_it_is_worth() -> None:
    """Of two items the one that is worth nine tenths is first, then it is beyond the cutoff."""
    logits = np.zeros((1, 60), np.float32)
    logits[0, :30] = np.arange(60, 30, -1)
    worths = np.array([0.9, 0.1], np.float32)
    ideal = 0.9 + 0.1 / np.log2(3)
    for truth, gained in (([0, 29], 0.9), ([29, 0], 0.1)):
        case = Case(logits, np.zeros((1, 60), np.float32), [np.array([59])], [np.array(truth)], [worths])
        assert gains(case, [Weights()], None)[0, 0] == pytest.approx(gained / ideal)
        scaled = replace(case, worths=[worths / 3])
        assert gains(scaled, [Weights()], None)[0, 0] == pytest.approx(gained / ideal)


def test_truths_that_are_worth_nothing_gain_nothing() -> None:
    case = Case(np.zeros((1, 9), np.float32), np.zeros((1, 9), np.float32), [np.array([1])], [np.array([0])], [0 * ONE])
    assert gains(case, [Weights()], None)[0, 0] == 0


def test_own_items_are_raised_once_by_how_often_and_by_how_lately() -> None:
    scores = np.zeros(4, np.float32)
    codes, bonus = own_bonus(np.array([1, 3, 1]), 2.0, 0.5, 0.0)
    scores[codes] += bonus
    np.testing.assert_allclose(scores, [0, 2 + 0.5 * np.log(2), 0, 2], rtol=1e-6)
    codes, bonus = own_bonus(np.array([1, 2, 3, 1, 2, 2]), 0.0, 0.0, -4.0)
    assert codes.tolist() == [1, 1, 2, 2, 2, 3]
    np.testing.assert_allclose(bonus, -4 * FADING ** np.array([2, 2, 0, 0, 0, 3]), rtol=1e-5)


def test_what_is_taken_again_in_the_next_visit_and_never_in_this_one() -> None:
    """Of a history of twenty distinct items the first ten are of another visit, and what comes next is one of those."""
    rng = np.random.default_rng(3)
    histories = [rng.permutation(ITEMS)[:20] for _ in range(USERS)]
    truths = [rng.choice(history[:10], 1) for history in histories]
    logits, flows = rng.standard_normal((2, USERS, ITEMS)).astype(np.float32)
    made = [Case(logits, flows, histories, truths, [ONE] * USERS)]
    weights, reached = choose(lambda: iter(made), None)
    assert weights.own > 0 > weights.fresh
    assert reached > gains(made[0], [replace(weights, fresh=0.0)], None).mean() + 0.05


def test_log_flow_is_relative_to_the_largest() -> None:
    np.testing.assert_allclose(np.exp(log_flow(np.array([0.0, 2.0, 4.0]))), [0.01, 0.51, 1.01], rtol=1e-5)
    np.testing.assert_allclose(np.exp(log_flow(np.zeros(2))), [0.01, 0.01], rtol=1e-5)
