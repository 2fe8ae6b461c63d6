"""What an attempt may have: of the machine, or of the container that the machine is to it."""

import os
import subprocess
import sys

import pytest

from penchant import main
from penchant.jobs import memory
from penchant.jobs.memory import MIB, held, limit_of_each, limits_of_container
from penchant.settings import Settings
from penchant.work.registry import TASKS
from penchant.work.smaller import ADVICE, advice


def test_by_default_four_fifths_are_shared(monkeypatch):
    monkeypatch.setattr(memory, "of_machine", lambda: 10 * 2**30)
    assert limit_of_each(2) == 4 * 2**30
    assert main.memory_limit(Settings(heavy_jobs=4), advice).bytes == 2 * 2**30
    assert main.memory_limit(Settings(heavy_memory_mib=700), advice).bytes == 700 * MIB


def test_the_machine_has_what_it_says():
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < memory.of_machine() <= whole


@pytest.mark.parametrize(
    ("groups", "files", "limits"),
    [
        ("0::/\n", {"memory.max": "1048576\n"}, [1_048_576]),
        ("0::/\n", {"memory.max": "max\n"}, []),
        ("0::/a/b\n", {"a/b/memory.max": "300\n", "a/memory.max": "max\n", "memory.max": "900\n"}, [300, 900]),
        ("4:cpu:/a\n3:memory:/a\n", {"memory/a/memory.limit_in_bytes": "500\n", "a/memory.max": "7\n"}, [500]),
        ("0::/gone\n", {}, []),
    ],
)
def test_control_groups_limit_it(tmp_path, groups, files, limits):
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "cgroup").write_text(groups)
    for name, text in files.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(text)
    assert list(limits_of_container(tmp_path / "proc", tmp_path / "cgroup")) == limits


def test_nobody_holds_anything_who_is_gone():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert held(process.pid) == 0
    assert held(os.getpid()) > MIB


def test_every_heavy_job_has_advice():
    from penchant.work.all import is_heavy

    heavy = {name for name in TASKS if is_heavy(name)}
    assert {name.split(".")[0] for name in heavy} >= set(ADVICE)
    assert all(advice(name).endswith(".") for name in heavy)
    assert "maxParallelTrainingJobs" in advice("solutionVersion.create")
