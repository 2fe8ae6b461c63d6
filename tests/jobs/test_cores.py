"""How many cores there are to share."""

import os

import pytest

from penchant.jobs import cores


@pytest.mark.parametrize(
    ("quota", "bound", "found"),
    [
        ("max 100000", 6, 6),
        ("200000 100000", 6, 2),
        ("150000 100000", 6, 2),
        ("50000 100000", 6, 1),
        ("900000 100000", 4, 4),
    ],
)
def test_a_quota_counts_as_cores(monkeypatch, tmp_path, quota, bound, found):
    monkeypatch.setattr(cores, "QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(bound)))
    assert cores.of_machine() == bound  # no such file
    cores.QUOTA.write_text(quota + "\n")
    assert cores.of_machine() == found


def test_everybody_gets_a_core(monkeypatch):
    monkeypatch.setattr(cores, "of_machine", lambda: 5)
    assert [cores.share(at_once) for at_once in (1, 2, 5, 6)] == [5, 2, 1, 1]
