"""An optimizationObjective: how values become rewards, and that the measured trade is the one that was asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from penchant.lake.training_set import TrainingSet
from penchant.measure.ranking import best, relevance, standard_ndcg
from penchant.recipes.parts.factored import Additions, FactoredModel
from penchant.recipes.parts.objective import normalised, pursuing
from penchant.recipes.popularity_count import PopularityCount
from penchant.work.objective import KEPT, TRIED, UNMEASURED, Objective, Pursuit, Try, choose
from tests.recipes.contract import training_set

USERS, ITEMS, SIZE = 400, 300, 8


def silent(done: float, sentence: str) -> None:
    pass


@dataclass(frozen=True)
class Taste(FactoredModel):
    """Knows what its users like, with or without their histories."""

    item_vectors: np.ndarray
    item_bias: np.ndarray
    start: np.ndarray
    tastes: np.ndarray

    def person_vectors(
        self, histories: Sequence[np.ndarray], users: Sequence[int | None], *moments: object
    ) -> np.ndarray:
        return self.tastes[np.array(users)]

    def additions(self, history: np.ndarray) -> Additions:
        return []


def taste(seed: int = 0) -> Taste:
    rng = np.random.default_rng(seed)
    return Taste(
        (1.2 * rng.standard_normal((ITEMS, SIZE))).astype(np.float32),
        rng.standard_normal(ITEMS).astype(np.float32),
        np.zeros(ITEMS, np.float32),
        (0.9 * rng.standard_normal((USERS, SIZE))).astype(np.float32),
    )


def taken(model: Taste, seed: int) -> np.ndarray:
    """(U, 20) items that users take by their tastes, some of them more than once."""
    logits = model.tastes @ model.item_vectors.T + model.item_bias
    noise = np.random.default_rng(seed).gumbel(size=(20, USERS, ITEMS))
    return (logits + noise).argmax(axis=2).T


@pytest.fixture(scope="module")
def model() -> Taste:
    return taste()


@pytest.fixture(scope="module")
def data(model: Taste) -> TrainingSet:
    return training_set(taken(model, 1).tolist(), ITEMS)


@pytest.fixture(scope="module")
def prices() -> np.ndarray:
    return np.random.default_rng(2).lognormal(3, 1, ITEMS)


@pytest.fixture(scope="module")
def outcomes(model: Taste, data: TrainingSet, prices: np.ndarray) -> dict[str, dict[str, float]]:
    """By sensitivity the weight, and the NDCG and the mean price of lists on events that nobody has seen."""
    later = taken(model, 3)
    found = {}
    for sensitivity in ("OFF", *KEPT):
        pursuit = Pursuit(Objective("PRICE", sensitivity), data, prices)
        pursued = pursuit.pursued(model, silent)
        lists = best(pursued.scores_many([data.history(user) for user in range(USERS)], np.arange(USERS)))
        sizes = np.array([len(set(truth)) for truth in later.tolist()])
        ndcg = standard_ndcg(relevance(lists, list(later)), sizes, 25).mean()
        found[sensitivity] = {"weight": pursuit.trade["weight"], "ndcg": ndcg, "price": prices[lists].mean()}
    return found


def test_the_more_sensitive_the_more_valuable_and_the_less_relevant(outcomes: dict[str, dict[str, float]]) -> None:
    ordered = [outcomes[sensitivity] for sensitivity in ("OFF", "LOW", "MEDIUM", "HIGH")]
    for less, more in pairwise(ordered):
        assert less["weight"] < more["weight"]
        assert less["price"] < more["price"]
        assert less["ndcg"] > more["ndcg"]
    assert ordered[0]["weight"] == 0
    assert ordered[3]["price"] > 1.25 * ordered[0]["price"]


@pytest.mark.parametrize("sensitivity", KEPT)
def test_what_is_lost_is_bounded_and_not_given_away(outcomes: dict[str, dict[str, float]], sensitivity: str) -> None:
    kept = outcomes[sensitivity]["ndcg"] / outcomes["OFF"]["ndcg"]
    assert KEPT[sensitivity] - 0.02 <= kept <= KEPT[sensitivity] + (1 - KEPT[sensitivity]) * 0.9


def test_the_trade_is_told(model: Taste, data: TrainingSet, prices: np.ndarray) -> None:
    pursuit = Pursuit(Objective("PRICE", "MEDIUM"), data, prices)
    told: list[float] = []
    pursuit.pursued(model, lambda done, sentence: told.append(done))
    trade = pursuit.trade
    assert (trade["itemAttribute"], trade["objectiveSensitivity"]) == ("PRICE", "MEDIUM")
    tried = trade["heldOut"]["tried"]
    assert [each["weight"] for each in tried] == [round(weight, 4) for weight in (0, *TRIED)]
    assert tried[0]["kept"] == 1
    rewards = [each["mean_reward_at_25"] for each in tried]
    assert rewards == sorted(rewards), "a larger weight never makes lists of less value"
    (chosen,) = [each for each in tried if each["weight"] == trade["weight"]]
    assert chosen["kept"] >= trade["heldOut"]["leastKept"] == KEPT["MEDIUM"]
    assert told == sorted(told) and 0 <= told[0] <= told[-1] <= 1


def test_off_changes_nothing_and_keeps_nothing_from_the_fit(
    model: Taste, data: TrainingSet, prices: np.ndarray
) -> None:
    pursuit = Pursuit(Objective("PRICE", "OFF"), data, prices)
    assert pursuit.training is data
    assert pursuit.pursued(model, silent) is model


def test_held_out_events_are_not_fitted_and_known_afterwards(data: TrainingSet, prices: np.ndarray) -> None:
    pursuit = Pursuit(Objective("PRICE", "LOW"), data, prices)
    assert 0.95 * len(data.item) < len(pursuit.training.item) < len(data.item)
    known = {}

    class Remembers(Taste):
        def brought_up(self, users: np.ndarray, histories: Sequence[np.ndarray], *newest: object) -> "Remembers":
            known.update(zip(users.tolist(), histories, strict=True))
            return self

    plain = taste()
    pursuit.pursued(Remembers(plain.item_vectors, plain.item_bias, plain.start, plain.tastes), silent)
    shorter = np.flatnonzero(np.diff(pursuit.training.offsets) < np.diff(data.offsets))
    assert sorted(known) == shorter.tolist()
    for user in shorter:
        np.testing.assert_array_equal(known[user], data.history(user))


def test_too_little_data_to_measure_by_has_a_modest_weight(model: Taste, prices: np.ndarray) -> None:
    few = training_set(taken(model, 1)[:50].tolist(), ITEMS)  # 1,000 events: not one can be spared
    pursuit = Pursuit(Objective("PRICE", "HIGH"), few, prices)
    assert pursuit.training is few
    pursued = pursuit.pursued(model, silent)
    np.testing.assert_allclose(pursued.item_bias - model.item_bias, UNMEASURED["HIGH"] * normalised(prices), atol=1e-5)
    assert "heldOut" not in pursuit.trade


def test_a_model_that_foretells_nothing_has_it_too(data: TrainingSet, prices: np.ndarray) -> None:
    never = taste()
    never.item_bias[:] = np.where(np.arange(ITEMS) < 30, 1000, 0)  # and nobody takes these
    others = training_set((30 + taken(taste(), 1) % 270).tolist(), ITEMS)
    pursuit = Pursuit(Objective("PRICE", "LOW"), others, prices)
    pursuit.pursued(never, silent)
    assert pursuit.trade["weight"] == round(UNMEASURED["LOW"], 4)


def test_a_model_without_terms_of_items_is_refused(data: TrainingSet, prices: np.ndarray) -> None:
    pursuit = Pursuit(Objective("PRICE", "LOW"), data, prices)
    with pytest.raises(TypeError, match="PopularityModel has no term of its items"):
        pursuit.pursued(PopularityCount().fit(data, silent), silent)


def test_new_users_see_the_objective_too(model: Taste) -> None:
    rewards = np.linspace(0, 1, ITEMS, dtype=np.float32)
    pursued = pursuing(model, rewards, 2.0)
    np.testing.assert_allclose(pursued.scores(np.empty(0, np.int32)), 2 * rewards)
    history = np.array([3])
    np.testing.assert_allclose(pursued.scores(history, 5) - model.scores(history, 5), 2 * rewards, atol=1e-4)


def test_rewards_are_from_0_to_1_and_one_absurd_value_does_not_flatten_them() -> None:
    values = np.append(np.arange(1_000.0), 1e300)
    rewards = normalised(values)
    assert rewards.dtype == np.float32
    assert (rewards.min(), rewards.max()) == (0, 1)
    assert 0.4 < rewards[500] < 0.6
    assert (np.diff(rewards) >= 0).all()


def test_unknown_values_are_neither_good_nor_bad() -> None:
    rewards = normalised(np.array([0.0, 1.0, np.nan, 1.0, np.inf]))
    assert rewards[2] == rewards[4] == pytest.approx(2 / 3)


@pytest.mark.parametrize("values", [[5.0, 5.0], [5.0, np.nan], [0.0] * 300])
def test_values_that_do_not_differ_prefer_nothing(values: list[float]) -> None:
    assert not normalised(np.array(values)).any()


def test_a_few_that_differ_are_seen() -> None:
    assert normalised(np.array([0.0] * 500 + [1.0])).tolist() == [0.0] * 500 + [1.0]
    assert np.isfinite(normalised(np.array([-1.7e308, 1.7e308]))).all()


def test_no_value_at_all_is_an_error() -> None:
    with pytest.raises(ValueError, match="No item has a value"):
        normalised(np.array([np.nan, np.inf]))


def test_the_largest_weight_that_surely_keeps_enough_is_chosen() -> None:
    before = np.full(100, 0.4)
    tried = [
        Try(weight, before * share, weight, weight)
        for weight, share in ((0, 1), (1, 0.99), (2, 0.97), (3, 0.5), (4, 1))
    ]
    assert choose(tried, 0.9) == 2  # what comes after one that costs too much is chance
    assert choose(tried, 0.98) == 1
    doubtful = before + np.where(np.arange(100) % 2, 0.4, -0.4)
    assert choose([tried[0], Try(1, doubtful, 1, 1)], 0.99) == 0


@pytest.mark.parametrize(
    ("config", "objective"),
    [
        ({}, None),
        ({"optimizationObjective": {"itemAttribute": "P", "objectiveSensitivity": "LOW"}}, Objective("P", "LOW")),
        ({"optimizationObjective": {"itemAttribute": "P"}}, Objective("P", "MEDIUM")),
    ],
)
def test_the_configuration(config: dict, objective: Objective | None) -> None:
    assert Objective.of(config) == objective
