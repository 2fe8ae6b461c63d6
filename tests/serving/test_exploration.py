"""What exploration puts into lists: how much of it, of which items, when it changes, and with what probability."""

import numpy as np
import pytest

from penchant.serving.exploration import (
    DAY,
    ELIGIBLE,
    HOUR,
    MANAGED_SHARE,
    TAKING_PART,
    Explored,
    Ground,
    cap,
    configured,
    managed,
    margin,
    prior,
    seed,
    uncertainty,
)

LATEST = 1_700_000_000
OLD = LATEST - 100 * DAY
N = 10


def ground(old: int = 200, known: int = 20, unknown: int = 20, **more) -> Ground:
    """The old items come first, then those that are new and known to the model, then those it does not know."""
    rows = old + known + unknown
    created = np.full(rows, LATEST)
    created[:old] = OLD
    counts = {"impressions": np.zeros(rows, int), "clicks": np.zeros(rows, int), **more}
    return Ground.of(created, counts["impressions"], counts["clicks"], LATEST, old + known)


SCORES = np.random.default_rng(5).standard_normal(220).astype(np.float32)
SCORES[200:] -= 1
"""Of the items that a model knows; the new ones are below the others."""


def answer(
    ground: Ground, user: str, moment: float = 0, weight: float = 0.3, n: int = N, allowed: np.ndarray | None = None,
    scores: np.ndarray = SCORES,
) -> Explored:  # fmt: skip
    plain = np.argsort(-scores, kind="stable")[: n + margin(n, weight)]
    allowed = np.ones(len(ground.rows), bool) if allowed is None else allowed
    key = seed(user, moment, "model")
    return configured(ground, plain, scores[plain], scores[ground.asked], allowed, n, weight, key)


def answers(ground: Ground, users: int = 300, **more) -> list[Explored]:
    return [answer(ground, f"u{user}", **more) for user in range(users)]


PLAIN = np.argsort(-SCORES, kind="stable")

# Who is eligible.


def test_eligible_is_what_is_young_beside_the_newest_event() -> None:
    created = np.array([LATEST - 30 * DAY - 1, LATEST - 30 * DAY, LATEST, LATEST + DAY])
    none = np.zeros(4, int)
    assert Ground.of(created, none, none, LATEST, 4).rows.tolist() == [1, 2, 3]
    assert Ground.of(created, none, none, LATEST, 4, age_days=0.5).rows.tolist() == [2, 3]
    assert Ground.of(created, none, none, LATEST + 40 * DAY, 4).rows.tolist() == []


def test_the_most_uncertain_of_too_many_are_eligible() -> None:
    rows = 3 * ELIGIBLE
    clicks = np.where(np.arange(rows) % 3 == 0, 0, 50)
    few = Ground.of(np.full(rows, LATEST), np.zeros(rows, int), clicks, LATEST, rows)
    assert few.rows.tolist() == list(range(0, rows, 3))
    created = np.where(np.arange(rows) % 3 == 1, LATEST, LATEST - DAY)
    few = Ground.of(created, np.zeros(rows, int), np.zeros(rows, int), LATEST, rows)
    assert few.rows.tolist() == list(range(1, rows, 3))


def test_rows_the_model_does_not_know_come_last() -> None:
    found = ground(old=200, known=3, unknown=2)
    assert (found.rows.tolist(), found.known) == ([200, 201, 202, 203, 204], 3)
    assert found.asked[:3].tolist() == [200, 201, 202] and found.asked.max() < 203


def test_an_empty_catalogue() -> None:
    none = np.zeros(0, int)
    empty = Ground.of(none, none, none, 0, 0)
    assert len(empty.rows) == len(empty.asked) == 0
    assert len(configured(empty, none, SCORES[:0], SCORES[:0], none.astype(bool), N, 1, 7).rows) == 0


# How uncertain.


def test_uncertainty_falls_with_what_is_known() -> None:
    impressions, clicks = np.array([0, 10, 100, 1000, 1000]), np.array([0, 1, 10, 100, 0])
    found = uncertainty(impressions, clicks)
    assert found[0] == 1 and (np.diff(found) < 0).all()
    assert (np.diff(uncertainty(np.zeros(4, int), np.array([0, 1, 10, 100]))) < 0).all()


@pytest.mark.parametrize(
    ("impressions", "clicks"), [([5, 5], [0, 0]), ([5, 5], [5, 9]), ([1, 0], [0, 3]), ([7, 7], [1, 1]), ([0], [0])]
)
def test_catalogues_that_say_little_of_rates(impressions: list[int], clicks: list[int]) -> None:
    found = uncertainty(np.array(impressions), np.array(clicks))
    assert np.isfinite(found).all() and (found > 0).all() and (found <= 1).all()


def test_the_prior_is_that_of_the_catalogue() -> None:
    rng = np.random.default_rng(1)
    impressions = rng.integers(200, 2000, 3000)
    clicks = rng.binomial(impressions, rng.beta(0.05 * 40, 0.95 * 40, 3000))
    mean, strength = prior(impressions.astype(float), clicks.astype(float))
    assert mean == pytest.approx(0.05, rel=0.05) and strength == pytest.approx(40, rel=0.15)


# How lists change.


def test_weight_0_is_the_plain_list() -> None:
    for each in answers(ground(), weight=0):
        assert each.rows.tolist() == PLAIN[:N].tolist()
        assert each.explored.tolist() == [False] * N and each.propensities is None


def test_without_eligible_items_it_is_the_plain_list() -> None:
    for each in answers(ground(old=220, known=0, unknown=0)):
        assert each.rows.tolist() == PLAIN[:N].tolist()
        assert each.explored.tolist() == [False] * N and each.propensities is None


def test_what_a_filter_removed_is_not_explored() -> None:
    eligible = ground()
    allowed = eligible.rows % 4 == 0
    taken = np.concatenate([each.rows[each.explored] for each in answers(eligible, weight=1, allowed=allowed)])
    assert len(taken) and (taken % 4 == 0).all()
    assert all(each.propensities is None for each in answers(eligible, users=3, allowed=np.zeros(40, bool)))


@pytest.mark.parametrize("weight", [0.1, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("n", [1, 3, 10, 25])
def test_no_more_than_half_the_weight_is_explored(weight: float, n: int) -> None:
    crowded = ground(unknown=800)
    found = answers(crowded, users=60, weight=weight, n=n)
    most = cap(n, weight)
    assert most == int(np.ceil(weight * n / 2))
    assert {len(each.rows) for each in found} == {n}
    assert max(each.explored.sum() for each in found) <= most
    for each in found:
        assert len(set(each.rows.tolist())) == n
        assert set(each.rows[~each.explored].tolist()) <= set(PLAIN[: n + margin(n, weight)].tolist())
        assert not set(each.rows[each.explored].tolist()) & set(PLAIN[:n].tolist())
        assert (each.rows[each.explored] >= 200).all()


def test_more_weight_explores_more() -> None:
    found = [np.mean([each.explored.sum() for each in answers(ground(), weight=w)]) for w in (0.1, 0.3, 0.6, 1.0)]
    assert found[0] > 0 and (np.diff(found) > 0).all()


def test_what_is_not_explored_keeps_its_order() -> None:
    place = {code: place for place, code in enumerate(PLAIN.tolist())}
    for each in answers(ground(), weight=1):
        kept = [place[code] for code in each.rows[~each.explored].tolist() if code < 200]
        assert kept == sorted(kept)


def test_a_person_has_the_same_list_for_an_hour() -> None:
    eligible = ground()
    lists = [
        [answer(eligible, "u", moment).rows.tolist() for moment in (hour * HOUR, hour * HOUR + 3599.9)]
        for hour in range(30)
    ]
    assert all(first == last for first, last in lists)
    assert len({tuple(first) for first, _ in lists}) > 5
    assert len({tuple(each.rows.tolist()) for each in answers(eligible)}) > 50


def test_the_hour_and_the_person_and_the_model_make_the_seed() -> None:
    told = [("u", 0, "m"), ("u", HOUR, "m"), ("v", 0, "m"), ("u", 0, "n")]
    seeds = [seed(*each) for each in told]
    assert len(set(seeds)) == 4 and all(0 <= each < 2**64 for each in seeds)
    # The same in another process, which Python's own hash is not.
    assert seeds[0] == seed("u", HOUR - 1, "m") == 12488348930026979880


def test_the_list_does_not_change_when_another_item_appears() -> None:
    """Each item has a chance of its own, so that a refresh within the hour changes little."""
    before, after = ground(unknown=20), ground(unknown=21)
    same = [answer(before, f"u{u}").rows.tolist() == answer(after, f"u{u}").rows.tolist() for u in range(200)]
    assert np.mean(same) > 0.9


def test_what_was_shown_in_vain_is_explored_less() -> None:
    impressions, clicks = np.zeros(240, int), np.zeros(240, int)
    impressions[:200], clicks[:200] = 500, 25
    impressions[220:230] = 500
    eligible = ground(impressions=impressions, clicks=clicks)
    taken = np.concatenate([each.rows[each.explored] for each in answers(eligible, users=500)])
    in_vain, never = ((taken >= 220) & (taken < 230)).sum(), (taken >= 230).sum()
    assert never > 100 and in_vain < never / 10


def test_what_the_model_scores_higher_is_explored_more() -> None:
    scores = SCORES.copy()
    scores[200:210], scores[210:220] = np.sort(SCORES[:200])[-15], SCORES[:200].min()
    taken = np.concatenate([each.rows[each.explored] for each in answers(ground(unknown=0), scores=scores)])
    assert (taken < 210).sum() > 20 * (taken >= 210).sum() > 0 or not (taken >= 210).any()


def test_everything_new_has_its_turn() -> None:
    """Of more items than take part at a time, in the lists of many."""
    crowded = ground(known=0, unknown=4 * TAKING_PART)
    taken = np.concatenate(
        [each.rows[each.explored] for each in answers(crowded, users=2000, weight=1, scores=SCORES[:200])]
    )
    assert len(set(taken.tolist())) == len(crowded.rows) == 4 * TAKING_PART


def test_a_list_of_new_items_only() -> None:
    """Nothing that the model knows is allowed."""
    eligible = ground(known=0, unknown=20)
    none = np.zeros(0, int)
    found = configured(eligible, none, SCORES[:0], SCORES[eligible.asked], np.ones(20, bool), N, 0.3, 9)
    assert len(found.rows) == 2 and found.explored.all() and (found.rows >= 200).all()


def test_equal_scores() -> None:
    for each in answers(ground(), scores=np.zeros(220, np.float32), users=20):
        assert len(each.rows) == N and np.isfinite(each.propensities).all()


# With what probability.


@pytest.mark.parametrize(("weight", "unknown"), [(0.3, 20), (1.0, 20), (1.0, 4 * TAKING_PART)])
def test_propensities_are_how_often_it_happens(weight: float, unknown: int) -> None:
    """Over the hours of one person, whose plain list has three new items."""
    scores = SCORES.copy()
    scores[200:203] = np.sort(SCORES[:200])[[-2, -8, -11]]
    eligible = ground(unknown=unknown)
    hours = 3000
    happened, told = np.zeros(220 + unknown), np.zeros(220 + unknown)
    for hour in range(hours):
        each = answer(eligible, "u", hour * HOUR, weight, scores=scores)
        happened[each.rows] += 1
        told[each.rows] += each.propensities
        assert (each.propensities > 0).all() and (each.propensities <= 1).all()
    often = happened > (300 if unknown < TAKING_PART else hours * 0.9)
    assert often.sum() >= N - cap(N, weight)
    np.testing.assert_allclose(told[often] / happened[often], happened[often] / hours, rtol=0.12)
    # The model knows none of these from another, and to a person they are alike over the hours.
    assert told[220:].sum() / happened[220:].sum() == pytest.approx(happened[220:].mean() / hours, rel=0.12)


# Where the service manages it.


def test_a_thousandth_of_the_places() -> None:
    eligible = ground()
    plain = PLAIN[:25]
    places = explored = 0
    for user in range(20_000):
        each = managed(eligible, plain, np.ones(40, bool), 25, seed(f"u{user}", 0, "m"))
        places += len(each.rows)
        explored += each.explored.sum()
        if each.explored.any():
            new = each.rows[each.explored]
            assert (new >= 200).all() and not set(new.tolist()) & set(plain.tolist())
            assert each.rows[~each.explored].tolist() == plain[~each.explored].tolist()
            left = len(set(eligible.rows.tolist()) - set(plain.tolist()))
            np.testing.assert_allclose(each.propensities[each.explored], 25 * MANAGED_SHARE / left, rtol=1e-6)
        np.testing.assert_allclose(each.propensities[~each.explored], 1 - MANAGED_SHARE)
    assert explored / places == pytest.approx(MANAGED_SHARE, rel=0.12)


def test_managed_exploration_is_the_same_for_an_hour() -> None:
    eligible = ground()
    lists = [
        [managed(eligible, PLAIN[:500], np.ones(40, bool), 200, seed("u", moment, "m")).rows.tolist() for moment in (hour * HOUR, hour * HOUR + 1800)]
        for hour in range(200)
    ]  # fmt: skip
    assert all(first == last for first, last in lists)
    assert 20 < len({tuple(first) for first, _ in lists}) < 60


def test_managed_exploration_without_anything_to_explore() -> None:
    eligible = ground(unknown=0)
    for key in (0, 2**64 - 1):
        for plain, allowed in ((PLAIN[:5], np.zeros(20, bool)), (PLAIN[:0], np.ones(20, bool)), (np.arange(200, 220), np.ones(20, bool))):  # fmt: skip
            found = managed(eligible, plain, allowed, 20, key)
            assert found.rows.tolist() == plain.tolist() and not found.explored.any()


def test_managed_exploration_does_not_change_the_list_it_was_given() -> None:
    eligible, plain = ground(), PLAIN[:25].copy()
    found = managed(eligible, plain, np.ones(40, bool), 25, 2**64 - 1)
    assert found.explored.any() and plain.tolist() == PLAIN[:25].tolist()
