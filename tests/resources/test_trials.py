from dataclasses import replace

import numpy as np
import pytest
import sqlalchemy as sa

from penchant.resources import book, trials
from penchant.resources.kinds import KINDS
from penchant.resources.trials import COMPLETE, PRUNED, Point, Trial

POINT = Point(1 / 3, 0.25, 0.5, 1.5, 2.5)


@pytest.fixture
def version(any_house) -> str:
    arn = any_house.place.arn("solution", "s/1")
    with any_house.writing() as connection:
        document = {"solutionVersionArn": arn, "status": "ACTIVE"}
        book.enter(connection, KINDS["solutionVersion"], document)
    return arn


def test_what_is_written_is_read(any_house, version):
    first = Trial(0, "aws-sims", {"a": 0.5, "b": 3, "c": True, "d": "word"})
    second = Trial(1, "aws-sims", {}).measured(POINT, np.arange(3, dtype=np.float32))
    with any_house.writing() as connection:
        for trial in (second, first):
            trials.write(connection, version, trial)
        trials.write(connection, version, replace(first, lost=1.25).ended(PRUNED, "Too slow."))
    with any_house.reading() as connection:
        found = trials.of(connection, version)
    assert [each.number for each in found] == [0, 1]
    assert (found[0].parameters, found[0].state, found[0].sentence) == (first.parameters, PRUNED, "Too slow.")
    assert [type(value) for value in found[0].parameters.values()] == [float, int, bool, str]
    assert found[1].curve == (POINT,) and found[1].value == 0.25 and found[1].core_seconds == 2.5
    assert found[0].core_seconds == found[0].told()["coreSeconds"] == 1.25, "what came to nothing was paid all the same"
    np.testing.assert_array_equal(found[1].each, [0, 1, 2])


def test_one_is_chosen_and_single_users_are_forgotten(any_house, version):
    each = np.ones(3, np.float32)
    with any_house.writing() as connection:
        for number in range(3):
            trials.write(connection, version, Trial(number, "r", {}).measured(POINT, each).ended(COMPLETE))
        trials.choose(connection, version, 1)
        found = trials.of(connection, version)
    assert [trial.chosen for trial in found] == [False, True, False]
    assert all(trial.each is None for trial in found)


def test_they_go_with_their_version(any_house, version):
    with any_house.writing() as connection:
        trials.write(connection, version, Trial(0, "r", {}))
        book.strike(connection, KINDS["solutionVersion"], version)
        assert trials.of(connection, version) == []
    with pytest.raises(sa.exc.IntegrityError), any_house.writing() as connection:
        trials.write(connection, version, Trial(1, "r", {}))


def test_the_curve_is_ordered_by_share():
    whole, part = Point(1.0, 0.5, 0.1, 3, 3), Point(1 / 9, 0.2, 0.1, 1, 1)
    trial = Trial(0, "r", {}).measured(whole, np.ones(1)).measured(part, np.zeros(1))
    assert trial.curve == (part, whole)
    assert trial.value == 0.5
    np.testing.assert_array_equal(trial.each, [1])
    told = trial.told()
    assert (told["seconds"], told["coreSeconds"], told["value"]) == (4, 4, 0.5)
    assert "finished" not in told and told["state"] == "running"
