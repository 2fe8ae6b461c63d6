"""What of a measurement fell into moments in which the machine itself was slow."""

import os

import numpy as np
import steadiness


def test_an_interval_that_a_slow_piece_overlaps_is_slow():
    machine = steadiness.Steadiness(core=0)
    machine._bounds = np.array([[1.0, 1.1], [2.0, 2.1]])
    began = np.array([0.0, 0.5, 0.5, 1.05, 1.2, 1.2, 2.2])
    ended = np.array([0.4, 1.05, 5.0, 1.06, 1.9, 2.05, 3.0])
    assert machine.slow(began, ended).tolist() == [False, True, True, True, False, True, False]


def test_where_nothing_was_slow_nothing_is():
    machine = steadiness.Steadiness(core=0)
    assert machine.slow(np.array([0.0]), np.array([9.0])).tolist() == [False]


def test_a_piece_is_slow_by_its_processor_time_and_not_by_the_clock():
    pieces = np.array([[0, 1, 1], [1, 1, 9], [9, 1.4, 10], [10, 1.6, 12], [12, 1, 13]], float)
    assert steadiness.slow_moments(pieces).tolist() == [[10, 12]]
    assert steadiness.slow_moments(pieces[:0]).shape == (0, 2)


def test_pieces_are_timed_beside():
    with steadiness.Steadiness(core=min(os.sched_getaffinity(0))) as machine:
        pass
    assert machine._process.returncode == 0
    assert machine._bounds.shape[1] == 2
