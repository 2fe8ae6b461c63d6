"""The trial of user segments: a fifth of everybody's events, and what is measured with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from penchant.lake.training_set import TrainingSet
from penchant.recipes.item_affinity import ItemAffinity
from penchant.recipes.parts.segments import SegmentModel
from penchant.work.trials.segments import SegmentTrial
from penchant.work.trials.trials import trial_of
from tests.recipes.contract import training_set


@dataclass(frozen=True)
class Oracle(SegmentModel):
    """Knows who will take what."""

    truth: np.ndarray
    """(U, I) bool."""
    known: TrainingSet | None = None

    def scores(self, history: np.ndarray, user: int | None = None) -> np.ndarray:
        return np.zeros(self.truth.shape[1], np.float32)

    def affinities(self, asked: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
        return (self.truth[:, codes].any(axis=1).astype(np.float32) for codes in asked)

    def questions(self) -> list[np.ndarray]:
        return [np.array([item]) for item in range(self.truth.shape[1])]

    def knowing(self, data: TrainingSet) -> "Oracle":
        return Oracle(self.truth, data)


def world(users: int = 300) -> TrainingSet:
    rng = np.random.default_rng(0)
    return training_set([rng.integers(0, 40, int(rng.integers(1, 30))).tolist() for _ in range(users)], 50)


def truth_of(trial: SegmentTrial) -> np.ndarray:
    truth = np.zeros((len(trial.data.users), len(trial.data.items)), bool)
    truth[trial.users, trial.items] = True
    return truth


def silent(done: float, sentence: str) -> None:
    pass


def test_the_newest_fifth_of_everybody_is_kept_from_training() -> None:
    data = world()
    trial = trial_of(ItemAffinity(), data, "seed")
    assert isinstance(trial, SegmentTrial)
    truth = truth_of(trial)
    for user in range(len(data.users)):
        history, rest = data.history(user), trial.training.history(user)
        assert len(rest) == len(history) - round(len(history) / 5)
        np.testing.assert_array_equal(rest, history[: len(rest)])
        assert set(np.flatnonzero(truth[user])) == set(history[len(rest) :].tolist())


def test_amazons_minimum_is_that_of_all_data() -> None:
    data = training_set([[step % 50 for step in range(20)] for _ in range(52)], 50)  # 1,040 interactions
    trial = SegmentTrial(data, "seed")
    assert len(trial.training.item) == 1_000
    assert len(np.unique(trial.users)) == 10
    again, other = SegmentTrial(data, "seed"), SegmentTrial(data, "another")
    np.testing.assert_array_equal(again.users, trial.users)
    assert set(other.users.tolist()) != set(trial.users.tolist())
    exact = SegmentTrial(data.keep(np.arange(len(data.item)) < 1_000), "seed")
    assert exact.metrics(Oracle(truth_of(exact)), silent) == {
        "coverage": 0.0, "hits_at_1_percent": 0.0, "recall_at_1_percent": 0.0,
    }  # fmt: skip


def test_what_is_measured_can_be_counted() -> None:
    trial = SegmentTrial(world(), "seed")
    truth = truth_of(trial)
    told: list[float] = []
    metrics = trial.metrics(Oracle(truth), lambda done, sentence: told.append(done))
    takers = truth.sum(axis=0)[truth.any(axis=0)]
    assert metrics["hits_at_1_percent"] == round(float(np.minimum(takers, 3).mean()), 4)  # a hundredth of 300
    assert metrics["recall_at_1_percent"] == round(float((np.minimum(takers, 3) / takers).mean()), 4)
    assert 0 < metrics["coverage"] <= 1
    assert told == sorted(told) and told[0] == 0 and told[-1] < 1
    worst = trial.metrics(Oracle(~truth), silent)
    assert worst["hits_at_1_percent"] == worst["recall_at_1_percent"] == 0


def test_too_many_questions_are_sampled(monkeypatch) -> None:
    trial = SegmentTrial(world(), "seed")
    monkeypatch.setattr("penchant.work.trials.segments.ANSWERS_AT_MOST", 300 * 7)
    asked, takers = trial.questions(Oracle(truth_of(trial)))
    assert len(asked) == len(takers) == 7
    assert [codes.tolist() for codes in asked] == [
        codes.tolist() for codes in trial.questions(Oracle(truth_of(trial)))[0]
    ]


def test_the_finished_model_knows_everything() -> None:
    data = world()
    trial = SegmentTrial(data, "seed")
    finished = trial.finished(Oracle(truth_of(trial)), silent)
    assert isinstance(finished, Oracle) and finished.known is data
